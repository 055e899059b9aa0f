"""Noise is what it says it is: of the stated kind, of the stated amount, the same for the same generator."""

import numpy as np
import pytest

from aecore import corruption
from aecore.specs import NOISES, NoiseSpec

GREY = np.full((40, 28, 28, 1), 0.5, np.float32)


def corrupted(x, kind, amount, seed=0):
    return corruption.corrupt(x, NoiseSpec(kind, amount), np.random.default_rng(seed))


@pytest.mark.parametrize("kind", NOISES)
def test_none_is_none_and_the_same_generator_gives_the_same_images(kind):
    x = np.random.default_rng(1).random((5, 28, 28, 1), np.float32)
    assert corrupted(x, kind, 0.0) == pytest.approx(x, abs=1e-6)
    amount = NOISES[kind][1] / 2
    assert (corrupted(x, kind, amount) == corrupted(x, kind, amount)).all()
    once = corrupted(x, kind, amount)
    assert once.dtype == np.float32
    assert once.min() >= 0
    assert once.max() <= 1
    if kind != "blur":
        assert (once != corrupted(x, kind, amount, seed=2)).any()


def test_bytes_and_fractions_are_the_same_images():
    x = np.random.default_rng(1).integers(0, 256, (3, 28, 28, 1)).astype(np.uint8)
    assert corrupted(x, "gaussian", 0.3) == pytest.approx(corrupted(x / 255, "gaussian", 0.3), abs=1e-6)
    assert x.dtype == np.uint8  # and they are left as they were


def test_gaussian_noise_has_the_stated_sigma():
    assert (corrupted(GREY, "gaussian", 0.1) - GREY).std() == pytest.approx(0.1, rel=0.03)


def test_speckle_is_proportional_to_the_image():
    assert (corrupted(GREY, "speckle", 0.2) - GREY).std() == pytest.approx(0.1, rel=0.03)
    assert (corrupted(0 * GREY, "speckle", 1.0) == 0).all()


def test_salt_and_pepper_come_in_equal_shares():
    noisy = corrupted(GREY, "salt_and_pepper", 0.3)
    assert (noisy == 1).mean() == pytest.approx(0.15, abs=0.01)
    assert (noisy == 0).mean() == pytest.approx(0.15, abs=0.01)
    assert ((noisy == 0.5) | (noisy == 0) | (noisy == 1)).all()


def test_masking_blackens_the_stated_fraction():
    noisy = corrupted(GREY, "masking", 0.4)
    assert (noisy == 0).mean() == pytest.approx(0.4, abs=0.01)
    assert (noisy[noisy > 0] == 0.5).all()


def test_a_square_is_one_square_of_the_stated_size_somewhere():
    noisy = corrupted(GREY, "square", 0.25)
    places = set()
    for image in noisy[..., 0]:
        rows, columns = np.nonzero(image == 0)
        assert len(rows) == 14 * 14
        assert np.ptp(rows) == np.ptp(columns) == 13
        places.add((rows[0], columns[0]))
    assert len(places) > 10


def test_blur_is_a_gaussians_and_loses_no_light():
    x = np.zeros((1, 29, 29, 1), np.float32)
    x[0, 14, 14] = 1
    blurred = corrupted(x, "blur", 2.0)[0, ..., 0]
    assert blurred.sum() == pytest.approx(1, rel=1e-3)
    away = np.arange(29) - 14
    assert (blurred.sum(axis=0) * away**2).sum() == pytest.approx(4, rel=0.03)  # the variance of the spread
    assert corrupted(GREY, "blur", 3.0) == pytest.approx(GREY, abs=1e-5)  # up to the border


def test_each_image_of_a_batch_may_have_a_noise_of_its_own():
    kinds, amounts = np.array(["masking", "square", "gaussian"]), np.array([1.0, 0.25, 0.0])
    noisy = corruption.corrupt_variously(GREY[:3], kinds, amounts, np.random.default_rng(0))
    assert (noisy[0] == 0).all()
    assert (noisy[1] == 0).sum() == 14 * 14
    assert (noisy[2] == 0.5).all()


def test_what_is_fixed_is_always_the_same():
    x = np.full((4, 28, 28, 1), 128, np.uint8)
    noise = NoiseSpec("gaussian", 0.2)
    assert (corruption.fixed(x, noise) == corruption.fixed(x, noise)).all()
    assert corruption.fixed(x, noise).dtype == np.uint8
    assert corruption.fixed(x, None) is x
