"""The denoiser of digits is as good as it has to be, the filters beside it are set fairly, and the table is its own."""

import numpy as np
import pytest

from aecore import checkpoints, corruption, datasets
from aecore.imaging import classical_denoising, metrics
from aecore.pretrain import evaluation
from aecore.specs import NOISES, NoiseSpec
from aecore.tasks import denoising

X = datasets.load_test("mnist")[0]


def test_the_denoiser_is_as_good_as_it_has_to_be():
    found = evaluation.measure_denoising(checkpoints.load(denoising.MODEL), X[:1_000], NoiseSpec("gaussian", 0.5))
    assert found["psnr"] >= 21.0
    assert found["ssim"] >= 0.89


@pytest.mark.parametrize("kind", NOISES)
def test_one_network_improves_every_kind_of_noise_that_it_was_trained_on(kind):
    noise = NoiseSpec(kind, NOISES[kind][2])
    noisy = corruption.corrupt(X[:200], noise, np.random.default_rng(3))
    x_hat = np.asarray(checkpoints.load(denoising.MODEL).reconstruct(noisy))
    after, before = (np.minimum(metrics.psnr(X[:200] / 255, y), 60).mean() for y in (x_hat, noisy))
    assert after > before + 4
    untouched = np.asarray(checkpoints.load(denoising.MODEL).reconstruct(X[:200].astype(np.float32) / 255))
    assert metrics.psnr(X[:200] / 255, untouched).mean() > 30


def test_the_table_is_what_the_methods_do():
    row = denoising.nearest_row("gaussian", 0.5)
    assert row["amount"] == 0.5625
    images = X[: denoising.N_MEASURED]
    again = denoising.measure(NoiseSpec("gaussian", row["amount"]), images, {"median": row["filters"]["median"]})
    assert again["noisy"] == pytest.approx(row["noisy"], abs=0.01)
    assert again["network"] == pytest.approx(row["network"], abs=0.05)
    for which in ("raw_figures", "affine_figures"):
        assert again["filters"]["median"][which] == pytest.approx(row["filters"]["median"][which], abs=0.01)
    assert {kind: len(rows) for kind, rows in denoising.table().items()} == dict.fromkeys(NOISES, denoising.STEPS)


def test_the_best_setting_is_the_best():
    noise, images = NoiseSpec("gaussian", 0.4), datasets.load("mnist").x_train[-20:]
    best = denoising.tune(noise, images)
    y = corruption.corrupt(images, noise, np.random.default_rng(1))[..., 0]
    filter_ = classical_denoising.FILTERS["gaussian"]

    def psnr(setting):
        z = np.clip(np.stack([filter_.apply(image, setting) for image in y]), 0, 1)
        return metrics.psnr(images[..., 0] / 255, z).mean()

    assert max(filter_.settings, key=psnr) == best["gaussian"]["raw"]


@pytest.mark.parametrize("name", classical_denoising.FILTERS)
def test_every_filter_removes_noise_and_leaves_a_black_picture_black(name):
    filter_ = classical_denoising.FILTERS[name]
    smooth = np.outer(np.hanning(28), np.hanning(28))
    noisy = np.clip(smooth + 0.15 * np.random.default_rng(0).standard_normal((28, 28)), 0, 1)
    best = max(metrics.psnr(smooth[None], filter_.apply(noisy, s)[None])[0] for s in filter_.settings)
    assert best > metrics.psnr(smooth[None], noisy[None])[0] + 1
    for setting in filter_.settings:
        assert filter_.apply(np.zeros((28, 28)), setting) == pytest.approx(0, abs=1e-9)


def test_the_best_affine_map_is_the_least_squares_fit():
    rng = np.random.default_rng(0)
    y = rng.random(500)
    assert classical_denoising.best_affine(0.7 * y - 0.2, y) == pytest.approx((0.7, -0.2))
    x = rng.random(500)
    assert classical_denoising.best_affine(x, y) == pytest.approx(tuple(np.polyfit(y, x, 1)))
    assert classical_denoising.best_affine(x, np.zeros(500)) == pytest.approx((0, x.mean()))


def test_each_filter_answers_raw_and_mapped_with_its_figures():
    found = denoising.by_filters(X[0].tobytes(), "gaussian", 0.5, 3)
    assert set(found) == set(classical_denoising.FILTERS)
    for raw, mapped in found.values():
        assert raw.x_hat.shape == mapped.x_hat.shape == (28, 28, 1)
        assert raw.psnr == pytest.approx(metrics.psnr(X[:1] / 255, raw.x_hat[None] / 255)[0])
        assert mapped.psnr > raw.psnr  # clipping lifted the black, the map puts it back


@pytest.mark.slow
def test_a_curve_falls_with_the_noise_and_is_the_weights_own():
    name = denoising.MODEL
    shipped = denoising.curve("mnist", "gaussian", name)
    assert [amount for amount, _ in shipped] == [0.0, *denoising.amounts("gaussian")]
    psnr = [value for _, value in shipped]
    assert psnr == sorted(psnr, reverse=True)
    spec = checkpoints.about(name).model_spec
    assert denoising.curve("mnist", "gaussian", "a run", spec, checkpoints.weights(name)) == shipped
    untrained = [np.zeros_like(array) for array in checkpoints.weights(name)]
    grey = denoising.curve("mnist", "gaussian", "another", spec, untrained)
    assert max(value for _, value in grey) < 8


def test_the_plain_autoencoder_keeps_more_of_the_noise():
    noisy = denoising.noisy(X[0], NoiseSpec("gaussian", 0.5), 0)
    plain, denoised = (denoising.by_network(name, noisy.tobytes()) for name in (denoising.PLAIN, denoising.MODEL))
    assert denoising.judged(X[0], denoised).psnr > denoising.judged(X[0], plain).psnr + 3
    assert denoising.noise_kept(X[0], noisy, plain) > 0.2
    assert denoising.noise_kept(X[0], noisy, denoised) < 0.1
    assert denoising.noise_kept(X[0], noisy, noisy) == pytest.approx(1)
    assert denoising.noise_kept(X[0], noisy, X[0]) == denoising.noise_kept(X[0], X[0], noisy) == 0
