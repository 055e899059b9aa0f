"""One block of memory for the images of all data sets, which TensorFlow can share without a copy."""

from __future__ import annotations

import functools

import numpy as np

from aecore.imaging.arrays import IMAGE_SHAPE
from aecore.specs import DATASETS, TEST_IMAGES

ALIGNMENT = 64  # bytes; what TensorFlow wants of memory that it is to share


@functools.cache
def bank_memory() -> np.ndarray:
    """uint8 (N, 784), aligned to 64 bytes; what has not been written to costs no memory yet."""
    n_pixels = int(np.prod(IMAGE_SHAPE))
    size = (sum(DATASETS.values()) + sum(TEST_IMAGES.values())) * n_pixels
    # Pages of a fresh allocation cost nothing until they are written: a process pays for the data sets that it loads.
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].reshape(-1, n_pixels)


def bank_offset(name: str, split: str) -> int:
    """The row of the bank at which the images of a data set's split ('train' or 'test') begin."""
    row = 0
    for dataset, n_train in DATASETS.items():
        for part, count in (("train", n_train), ("test", TEST_IMAGES[dataset])):
            if (dataset, part) == (name, split):
                return row
            row += count
    raise ValueError(f"Expected one of {', '.join(DATASETS)} and 'train' or 'test'; got {(name, split)!r}.")


def bank_images(name: str, split: str) -> np.ndarray:
    """The part of the bank that belongs to a data set's split, as a view, uint8 (n, 28, 28, 1)."""
    start, count = bank_offset(name, split), {"train": DATASETS, "test": TEST_IMAGES}[split][name]
    return bank_memory()[start : start + count].reshape(-1, *IMAGE_SHAPE)
