"""Cleaning a page of any size, tile by tile.

The network is fully convolutional: what it does at a pixel depends on the pixels around it and not on where it stands.
So it may see a page in pieces, as long as each piece brings the surroundings of what is kept of it.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import numpy as np

from aecore.imaging.arrays import to_float
from aecore.specs.errors import VisitorError
from aecore.specs.limits import LIMITS

MODEL = "denoise-documents"
CORE = 512  # pixels; what is kept of a tile has at most this side, which bounds the memory that a tile takes
MARGIN = 64  # pixels; what lies farther away hardly counts
# Pixels per side of one at the network's lowest resolution: tiles at multiples of it are what the whole page is there.
COARSEST = 8
MAX_PIXELS = LIMITS.page_pixels


class PageError(VisitorError, ValueError):
    """A page that cannot be cleaned. Its text is one sentence for the visitor."""


@dataclass(frozen=True)
class Tile:
    """Rows `top`… `bottom` and columns `left`… `right` of a page, ends excluded: what a tile is to fill."""

    top: int
    bottom: int
    left: int
    right: int


def tiles(shape: tuple[int, int]) -> tuple[Tile, ...]:
    """Tiles of nearly equal size, at most 512 pixels per side, that cover a page of `shape` (H, W) without overlap."""
    rows, columns = _cuts(shape[0]), _cuts(shape[1])
    return tuple(Tile(*row, *column) for row in rows for column in columns)


def _cuts(length: int) -> list[tuple[int, int]]:
    n = -(-length // CORE)
    ends = [min(length, -(-i * length // n) // COARSEST * COARSEST) for i in range(n)] + [length]
    return list(itertools.pairwise(ends))


def surroundings(page: np.ndarray, tile: Tile) -> np.ndarray:
    """The tile with 64 pixels on each side, as far as the page extends.

    At the bottom and on the right it is padded with its own mirror image to sides that are multiples of 8.
    """
    top, left = tile.top - _before(tile.top), tile.left - _before(tile.left)
    around = page[top : tile.bottom + MARGIN, left : tile.right + MARGIN]
    return np.pad(around, [(0, -side % COARSEST) for side in around.shape], mode="symmetric")


def _before(start: int) -> int:
    """How many pixels there are of the surroundings before a tile that starts there."""
    return min(start, MARGIN)


def clean_tile(page: np.ndarray, tile: Tile) -> np.ndarray:
    """What the network makes of a tile: surroundings uint8 or float32 → float32 (bottom - top, right - left)."""
    return kept(network()(to_float(page)[None, ..., None]).numpy()[0], tile)


def kept(surroundings: np.ndarray, tile: Tile) -> np.ndarray:
    """The tile alone, of a tile with its surroundings."""
    top, left = _before(tile.top), _before(tile.left)
    return surroundings[top : top + tile.bottom - tile.top, left : left + tile.right - tile.left]


@functools.cache
def network():
    """The network as a TensorFlow function (1, H, W, 1) → (1, H, W) that is compiled once for pages of every size."""
    from aecore import checkpoints
    from aecore.models.backend import tf

    model = checkpoints.load(MODEL)
    return tf.function(
        lambda x: model.reconstruct(x)[..., 0], input_signature=[tf.TensorSpec((1, None, None, 1), tf.float32)]
    )


def check(page: np.ndarray) -> np.ndarray:
    """The page as uint8 or float32 (H, W). Raises PageError for anything else."""
    page = np.asarray(page)
    if page.ndim != 2 or not page.size:
        raise PageError(f"A page must be grey, of the shape (height, width); got the shape {page.shape}.")
    if page.size > MAX_PIXELS:
        raise PageError(f"A page may have up to {MAX_PIXELS / 1e6:.0f} megapixels; got {page.size / 1e6:.1f}.")
    if page.dtype == np.uint8:
        return page
    if page.dtype.kind not in "fb" or not np.isfinite(page).all() or page.min() < 0 or page.max() > 1:
        raise PageError("A page must be uint8, or float between 0 and 1; got other numbers.")
    return page.astype(np.float32)


def clean(page: np.ndarray) -> np.ndarray:
    """A page, uint8 or float in [0, 1], (H, W) of any size up to 40 megapixels → float32 (H, W) in [0, 1], white 1.

    Raises PageError, a ValueError, for anything else. Computes with Keras in this process.
    """
    page = check(page)
    out = np.empty(page.shape, np.float32)
    for tile in tiles(page.shape):
        out[tile.top : tile.bottom, tile.left : tile.right] = clean_tile(surroundings(page, tile), tile)
    return out
