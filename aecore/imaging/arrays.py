"""Images as arrays: uint8 from 0 to 255, float from 0 to 1, and the bytes that travel to a worker."""

from __future__ import annotations

import numpy as np

IMAGE_SHAPE = (28, 28, 1)


def to_float(x: np.ndarray, dtype: type[np.floating] = np.float32) -> np.ndarray:
    """uint8 of any shape → floats in [0, 1]; numbers of another type keep their values. Always a copy."""
    return x.astype(dtype) / 255 if x.dtype == np.uint8 else x.astype(dtype)


def to_uint8(x: np.ndarray) -> np.ndarray:
    """Floats in [0, 1], of any shape → uint8, rounded. Nothing is clipped: what may lie outside is the caller's."""
    return np.rint(x * 255).astype(np.uint8)


def from_bytes(image: bytes, shape: tuple[int, ...] = IMAGE_SHAPE) -> np.ndarray:
    """Pixels row by row, as `x.tobytes()` gives them → uint8 of that shape, read-only."""
    return np.frombuffer(image, np.uint8).reshape(shape)
