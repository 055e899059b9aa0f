"""The embedded data sets, as read-only uint8 arrays. Sources and licences: data/README.md."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aecore.specs import DATASETS, TEST_IMAGES

_DATA = Path(__file__).parent / "data"
CLASS_NAMES = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ),
}  # fmt: skip
_IMAGE_SHAPE = (28, 28, 1)
_ALIGNMENT = 64  # bytes; what TensorFlow wants of memory that it is to share


@dataclass(frozen=True)
class Dataset:
    """Images uint8 (N, 28, 28, 1), 0 the background; labels uint8 (N,), indices into `class_names`."""

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]


def load(name: str) -> Dataset:
    """The data set `name` ('mnist': 60,000 + 10,000 images, 'fashion_mnist': 10,000 + 2,000), read once a process.

    Raises ValueError for a name that is no data set.
    """
    _check_name(name)
    with _one_reader:
        return _dataset(name)


def load_test(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The test images and labels alone, for a process that does not train: a tenth of the time and memory of `load`."""
    _check_name(name)
    with _one_reader:
        return _split(name, "test")


def load_probe(name: str) -> np.ndarray:
    """The ten fixed test images, uint8 (10, 28, 28, 1): the first of each class, which every page follows."""
    x_test, y_test = load_test(name)
    return x_test[[int(np.argmax(y_test == c)) for c in range(len(CLASS_NAMES[name]))]]


def bank() -> np.ndarray:
    """All images of all data sets as one uint8 array (N, 784), aligned to 64 bytes.

    The data sets' own arrays are views of it, so a compiled program that indexes the bank costs no second copy. It is
    writable only because memory must be, to be shared with TensorFlow: nobody writes to it.
    """
    for name in DATASETS:
        load(name)
    return _bank()


def bank_offset(name: str, split: str) -> int:
    """The row of the bank at which the images of a data set's split ('train' or 'test') begin."""
    row = 0
    for dataset, n_train in DATASETS.items():
        for part, count in (("train", n_train), ("test", TEST_IMAGES[dataset])):
            if (dataset, part) == (name, split):
                return row
            row += count
    raise ValueError(f"Expected one of {', '.join(DATASETS)} and 'train' or 'test', but {(name, split)!r} came.")


_one_reader = threading.Lock()


@functools.cache
def _bank() -> np.ndarray:
    n_pixels = int(np.prod(_IMAGE_SHAPE))
    size = (sum(DATASETS.values()) + sum(TEST_IMAGES.values())) * n_pixels
    # Pages of a fresh allocation cost nothing until they are written: a process pays for the data sets that it loads.
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].reshape(-1, n_pixels)


def _check_name(name: str) -> None:
    if name not in DATASETS:
        raise ValueError(f"Data set must be one of {', '.join(DATASETS)}, but {name!r} came.")


@functools.cache
def _split(name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    start, count = bank_offset(name, split), {"train": DATASETS, "test": TEST_IMAGES}[split][name]
    x = _bank()[start : start + count].reshape(-1, *_IMAGE_SHAPE)
    with np.load(_DATA / f"{name}.npz", allow_pickle=False) as archive:
        x[:] = archive[f"x_{split}"]
        y = archive[f"y_{split}"]
    x.flags.writeable = y.flags.writeable = False
    return x, y


@functools.cache
def _dataset(name: str) -> Dataset:
    return Dataset(name, *_split(name, "train"), *_split(name, "test"), CLASS_NAMES[name])
