"""The embedded data are the published ones, held once, and nobody can change them."""

import numpy as np
import pytest

from aecore import datasets
from aecore.specs import DATASETS

MEGABYTE = 1_000_000


def test_mnist_is_the_published_one():
    data = datasets.load("mnist")
    assert data.x_train.shape == (60_000, 28, 28, 1)
    assert data.x_test.shape == (10_000, 28, 28, 1)
    assert np.bincount(data.y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert data.x_train.mean() / 255 == pytest.approx(0.13066, abs=5e-6)
    assert data.x_test.mean() / 255 == pytest.approx(0.13251, abs=5e-6)


def test_our_part_of_fashion_mnist_has_all_classes_alike():
    data = datasets.load("fashion_mnist")
    assert np.bincount(data.y_train).tolist() == [1_000] * 10
    assert np.bincount(data.y_test).tolist() == [200] * 10
    assert len(data.class_names) == 10


@pytest.mark.parametrize("name", DATASETS)
def test_images_are_bytes_that_nobody_can_change_and_that_are_read_once(name):
    data = datasets.load(name)
    for array in (data.x_train, data.y_train, data.x_test, data.y_test):
        assert array.dtype == np.uint8
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert datasets.load(name) is data


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("name", DATASETS)
def test_the_bank_shares_the_images_memory(name, split):
    images = getattr(datasets.load(name), f"x_{split}")
    start = datasets.bank_offset(name, split)
    rows = datasets.bank()[start : start + len(images)]
    assert rows.ctypes.data == images.ctypes.data
    assert rows.size == images.size
    assert datasets.bank().ctypes.data % 64 == 0


@pytest.mark.parametrize("name", DATASETS)
def test_the_probe_is_the_first_test_image_of_each_class(name):
    data = datasets.load(name)
    probe = datasets.load_probe(name)
    assert probe.shape == (10, 28, 28, 1)
    for label, image in enumerate(probe):
        assert np.array_equal(image, data.x_test[data.y_test == label][0])


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"mnist, fashion_mnist.*'cifar10'"):
        datasets.load("cifar10")
    with pytest.raises(ValueError, match="'validation'"):
        datasets.bank_offset("mnist", "validation")


def test_the_files_stay_small_enough_to_clone():
    folder = datasets.DATA
    sizes = {name: (folder / f"{name}.npz").stat().st_size for name in DATASETS}
    assert sizes["mnist"] < 12 * MEGABYTE
    assert sum(sizes.values()) < 15 * MEGABYTE
