"""The cleaning of pages on the cluster, tile by tile, and each page as far as it is clean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from aecore import malloc
from aecore.compute.computation import Computation
from aecore.compute.task_sequence import Task
from aecore.documents import tiles
from aecore.imaging import classical_denoising, encoding
from aecore.imaging.arrays import to_float, to_uint8

if TYPE_CHECKING:
    from aecore.compute.cluster import Cluster

WHITE = 255
NETWORK = "network"
# The classical methods look no farther than a tile's surroundings reach, so they can go tile by tile as well.
CLASSICAL = {"median": classical_denoising.median_background, "sauvola": classical_denoising.sauvola}


class Cleaning(Computation):
    """A computation of a tile each step, which begins at once."""

    def __init__(self, cluster: Cluster, n_tiles: int):
        super().__init__(cluster, n_tiles, self._make_task, self._receive_tile)
        self.start()

    def _make_task(self, step: int) -> Task:
        raise NotImplementedError

    def _receive_tile(self, step: int, piece: np.ndarray) -> None:
        raise NotImplementedError


class PageCleaning(Cleaning):
    """A page being cleaned by the network or a classical method; it begins at once.

    `page`: uint8 (H, W). Raises PageError for one that cannot be cleaned.
    """

    def __init__(self, cluster: Cluster, page: np.ndarray, method: str = NETWORK):
        self.page, self.method = tiles.check(page), method
        self._tiles = tiles.tiles(self.page.shape)
        self._cleaned = np.full(self.page.shape, WHITE, np.uint8)
        super().__init__(cluster, len(self._tiles))

    def _make_task(self, step: int) -> Task:
        tile = self._tiles[step]
        return Task(clean_tile, (self.method, tiles.surroundings(self.page, tile), tile))

    def _receive_tile(self, step: int, piece: np.ndarray) -> None:
        tile = self._tiles[step]
        self._cleaned[tile.top : tile.bottom, tile.left : tile.right] = piece

    @property
    def cleaned(self) -> np.ndarray:
        """The page as far as it is clean, uint8 (H, W); white where it is not done yet."""
        with self.lock:
            return self._cleaned.copy()


class FileCleaning(Cleaning):
    """The pages of a file being cleaned by the network, one after the other; it begins at once.

    `shapes`: (H, W) of each; `open_page(index)` gives a page, uint8 (H, W), when it is its turn. Of those that are done
    a JPEG is kept.
    """

    def __init__(self, cluster: Cluster, shapes: Sequence[tuple[int, int]], open_page: Callable[[int], np.ndarray]):
        self.n_pages, self._open = len(shapes), open_page
        # (page, tile) of every step
        self._steps = [(index, tile) for index, shape in enumerate(shapes) for tile in tiles.tiles(shape)]
        self._index = -1
        self._page = self._cleaned = np.zeros((0, 0), np.uint8)
        self.done: list[bytes] = []
        super().__init__(cluster, len(self._steps))

    def _make_task(self, step: int) -> Task:
        index, tile = self._steps[step]
        if index != self._index:
            self._page, self._index = tiles.check(self._open(index)), index
            self._cleaned = np.full(self._page.shape, WHITE, np.uint8)
        return Task(clean_tile, (NETWORK, tiles.surroundings(self._page, tile), tile))

    def _receive_tile(self, step: int, piece: np.ndarray) -> None:
        index, tile = self._steps[step]
        self._cleaned[tile.top : tile.bottom, tile.left : tile.right] = piece
        if step + 1 == len(self._steps) or self._steps[step + 1][0] != index:
            self.done.append(encoding.jpeg(self._cleaned))


def clean_tile(method: str, surroundings: np.ndarray, tile: tiles.Tile) -> np.ndarray:
    """The task on the worker: a tile of the page, uint8, as it travels."""
    if method == NETWORK:
        x_hat = tiles.clean_tile(surroundings, tile)
    else:
        x_hat = tiles.kept(CLASSICAL[method](to_float(surroundings)), tile)
    out = to_uint8(x_hat)
    malloc.give_back()
    return out
