"""A recipe gives the same weights again, never sees what is held out, and learns."""

import dataclasses

import numpy as np
import pytest

from aecore import datasets
from aecore.imaging.augmentation import distorted_copies
from aecore.pretrain import autoencoders, checkpoint_maker, denoisers, schedule
from aecore.pretrain.__main__ import main
from aecore.pretrain.recipes import Recipe
from aecore.specs import ModelSpec, TrainSpec

TINY = Recipe("Tiny", ModelSpec("vae", 2, (16,)), TrainSpec("fashion_mnist", epochs=3), distortion=0.3, n_copies=1)


@pytest.mark.slow
def test_a_recipe_gives_the_same_weights_again():
    first, again = ([weights for _, _, weights, _, _ in autoencoders.train(TINY)] for _ in range(2))
    assert len(first) == 4  # epoch 0 and three more
    assert all(np.array_equal(a, b) for a, b in zip(first[-1], again[-1], strict=True))


@pytest.mark.slow
def test_a_recipe_learns_and_never_sees_what_is_held_out(monkeypatch):
    losses = [loss for _, loss, *_ in autoencoders.train(TINY, hold_out=True)]
    assert losses[-1] < losses[0]
    plain = dataclasses.replace(TINY, distortion=0.0)
    *_, (_, _, expected, _, _) = autoencoders.train(plain, hold_out=True)
    data = datasets.load("fashion_mnist")
    changed = dataclasses.replace(data, x_train=data.x_train.copy())
    changed.x_train[-autoencoders.HOLD_OUT["fashion_mnist"] :] = 255
    monkeypatch.setattr(datasets, "load", lambda name: changed)
    *_, (_, _, weights, _, _) = autoencoders.train(plain, hold_out=True)
    assert all(np.array_equal(a, b) for a, b in zip(weights, expected, strict=True))


@pytest.mark.slow
def test_a_squared_error_begins_as_a_cross_entropy_and_does_not_get_stuck():
    recipe = Recipe(
        "Tiny", ModelSpec(widths=(64,)), TrainSpec("fashion_mnist", epochs=4, loss="mse"), cross_entropy_first=0.5
    )
    steps = list(autoencoders.train(recipe))
    assert [epoch for epoch, *_ in steps] == [0, 1, 2, 3, 4]
    assert steps[2][1] > 0.2 > 0.1 > steps[3][1]  # from the third epoch on the loss is the squared error


def test_distorted_copies_differ_a_little_and_by_seed():
    x = datasets.load("mnist").x_train[:50, ..., 0]
    copies = distorted_copies(x, 2, 0.5, seed=0)
    assert copies.shape == (100, 28, 28)
    assert copies.dtype == np.uint8
    assert np.array_equal(copies, distorted_copies(x, 2, 0.5, seed=0))
    assert not np.array_equal(copies[:50], copies[50:])
    for image, copy in zip(x, copies[:50], strict=True):
        assert np.corrcoef(image.ravel(), copy.ravel())[0, 1] > 0.4
    assert copies.mean() == pytest.approx(x.mean(), rel=0.1)


@pytest.mark.parametrize("names", [["denoise-digits"], ["vae-2", "denoising"], ["--all"]])
def test_what_cannot_be_judged_by_images_held_out_is_refused_before_anything_is_trained(names, monkeypatch, capsys):
    monkeypatch.setattr(checkpoint_maker, "pretrain", lambda *_: pytest.fail("This must not be trained."))
    monkeypatch.setattr("sys.argv", ["pretrain", *names, "--hold-out"])
    with pytest.raises(SystemExit):
        main()
    assert "--hold-out judges only the recipes of autoencoders; got denois" in capsys.readouterr().err


def test_the_learning_rate_rises_and_falls_along_a_cosine():
    shares = [schedule.rate_share(done) for done in np.linspace(0, 1, 1_001)]
    assert shares[0] == 0
    assert np.argmax(shares) == round(1_000 * schedule.WARM_UP)
    assert max(shares) == pytest.approx(1, abs=0.01)
    assert shares[500] == pytest.approx(0.5)
    assert shares[-1] == pytest.approx(0)


def tiny_pages():
    course = denoisers.Course(3, 0.001, 0.1, plain=True, n_pages=4)
    recipe = denoisers.PageRecipe("Tiny", ModelSpec("unet", widths=(2, 2)), (course, course), 2, 32)
    return recipe, list(denoisers.train(recipe))


@pytest.mark.slow
def test_a_denoiser_of_pages_is_trained_in_courses_that_go_on_from_each_other():
    recipe, steps = tiny_pages()
    assert [(step, n_steps) for step, n_steps, _, _ in steps] == [(0, 6), (3, 6), (3, 6), (6, 6)]
    weights = [weights for *_, weights in steps]
    assert all(np.array_equal(a, b) for a, b in zip(weights[1], weights[2], strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(weights[2], weights[3], strict=True))
    noisy, clean = next(denoisers.page_batches(recipe, 0))
    assert noisy.shape == clean.shape == (2, 32, 32, 1)
    again, _ = next(denoisers.page_batches(recipe, 0))
    other, _ = next(denoisers.page_batches(recipe, 1))
    assert (noisy == again).all()
    assert (noisy != other).any()


def test_a_denoiser_of_digits_sees_every_kind_of_noise_and_no_image_held_out(monkeypatch):
    spec = TrainSpec(n_train=1_000, batch_size=512, noise="gaussian")
    batches = denoisers.digit_batches(spec)
    x_train = datasets.load("mnist").x_train
    known = {image.tobytes() for image in x_train[:1_000]}
    for _ in range(3):
        noisy, clean = next(batches)
        assert noisy.shape == clean.shape == (512, 28, 28, 1)
        assert {np.rint(image * 255).astype(np.uint8).tobytes() for image in clean} <= known
        change = np.abs(noisy - clean).mean(axis=(1, 2, 3))
        assert (change == 0).sum() > 3  # some stay as they are
        assert (change > 0.15).sum() > 50
