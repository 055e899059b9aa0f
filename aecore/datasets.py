"""The embedded data sets, as read-only uint8 arrays. Sources and licences: data/README.md."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aecore.specs import DATASETS

_DATA = Path(__file__).parent / "data"
_N_TEST = {"mnist": 10_000, "fashion_mnist": 2_000}
_CLASS_NAMES = {
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

    @functools.cached_property
    def probe_indices(self) -> np.ndarray:
        """Indices (10,) of the first test image of each class: the ten that every page follows."""
        return np.array([np.flatnonzero(self.y_test == c)[0] for c in range(len(self.class_names))])


def load(name: str) -> Dataset:
    """The data set `name` ('mnist': 60,000 + 10,000 images, 'fashion_mnist': 10,000 + 2,000), read once a process.

    Raises ValueError for a name that is no data set.
    """
    if name not in DATASETS:
        raise ValueError(f"Data set must be one of {', '.join(DATASETS)}, but {name!r} came.")
    with _one_reader:
        return _read(name)


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
        for part, count in (("train", n_train), ("test", _N_TEST[dataset])):
            if (dataset, part) == (name, split):
                return row
            row += count
    raise ValueError(f"Expected one of {', '.join(DATASETS)} and 'train' or 'test', but {(name, split)!r} came.")


_one_reader = threading.Lock()


@functools.cache
def _bank() -> np.ndarray:
    n_pixels = int(np.prod(_IMAGE_SHAPE))
    size = (sum(DATASETS.values()) + sum(_N_TEST.values())) * n_pixels
    # Pages of a fresh allocation cost nothing until they are written: a process pays for the data sets that it loads.
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    return memory[start : start + size].reshape(-1, n_pixels)


@functools.cache
def _read(name: str) -> Dataset:
    arrays = {}
    with np.load(_DATA / f"{name}.npz", allow_pickle=False) as archive:
        for split, count in (("train", DATASETS[name]), ("test", _N_TEST[name])):
            start = bank_offset(name, split)
            x = _bank()[start : start + count].reshape(-1, *_IMAGE_SHAPE)
            x[:] = archive[f"x_{split}"]
            arrays[f"x_{split}"], arrays[f"y_{split}"] = x, archive[f"y_{split}"]
    for array in arrays.values():
        array.flags.writeable = False
    return Dataset(name=name, class_names=_CLASS_NAMES[name], **arrays)
