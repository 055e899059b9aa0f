"""All images of all data sets as one tensor, and where in it an image is."""

from __future__ import annotations

import functools

import numpy as np

from aecore import datasets
from aecore.models.backend import tf


@functools.cache
def image_bank() -> tf.Tensor:
    """All images of all data sets as one uint8 tensor (N, 784) on the memory of `datasets.bank()`.

    One tensor for all, because XLA compiles anew for another shape.
    """
    return tf.experimental.dlpack.from_dlpack(datasets.bank().__dlpack__())


def image_rows(dataset: str, split: str, indices: np.ndarray) -> np.ndarray:
    """Rows of the image bank for `indices` into a split of a data set; -1, which means no image, stays -1."""
    return np.where(indices < 0, -1, indices + datasets.bank_offset(dataset, split)).astype(np.int32)
