"""Which data sets there are, and their images and labels, read once per process."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aecore.datasets.bank_memory import bank_images, bank_memory
from aecore.specs import DATASETS

DATA = Path(__file__).parent / "data"
CLASS_NAMES = {
    "mnist": tuple("0123456789"),
    "fashion_mnist": (
        "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ),
}  # fmt: skip


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
    """The data set `name` ('mnist': 60,000 + 10,000 images, 'fashion_mnist': 10,000 + 2,000), read once per process.

    Raises ValueError for an unknown name.
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
    writable only because memory that TensorFlow shares must be: nobody writes to it.
    """
    for name in DATASETS:
        load(name)
    return bank_memory()


_one_reader = threading.Lock()


def _check_name(name: str) -> None:
    if name not in DATASETS:
        raise ValueError(f"Data set must be one of {', '.join(DATASETS)}; got {name!r}.")


@functools.cache
def _split(name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    x = bank_images(name, split)
    with np.load(DATA / f"{name}.npz", allow_pickle=False) as archive:
        x[:] = archive[f"x_{split}"]
        y = archive[f"y_{split}"]
    x.flags.writeable = y.flags.writeable = False
    return x, y


@functools.cache
def _dataset(name: str) -> Dataset:
    return Dataset(name, *_split(name, "train"), *_split(name, "test"), CLASS_NAMES[name])
