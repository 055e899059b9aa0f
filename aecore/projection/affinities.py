"""How much each code attends to the others: the affinities that a map has to reproduce."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from aecore import malloc
from aecore.projection import magnitudes, opentsne
from aecore.specs import SpecError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


class ProjectionError(SpecError):
    """Codes of which no map can be made. Its text is one sentence for the visitor."""


class Neighbourhoods:
    """How much each code attends to the others at a perplexity.

    `codes`: (N, …), finite, of any magnitude; kept in units (`magnitudes`) in which distances can be squared.
    `affinities`: sparse (N, N), symmetric, their sum 1. Raises ProjectionError for codes without a spread, or too few
    for the perplexity.
    """

    def __init__(self, codes: np.ndarray, perplexity: float):
        self.codes = _checked(codes.reshape(len(codes), -1), perplexity)
        whole = np.ascontiguousarray(self.codes, np.float64)
        # Only this is kept of what openTSNE has found: its index and its distances would be several times as much.
        self.affinities: csr_matrix = (
            opentsne.load()
            .affinity.PerplexityBasedNN(whole, perplexity, method="exact", knn_kwargs={"algorithm": "brute"})
            .P
        )
        self._ordered: tuple[bytes, csr_matrix] | None = None
        malloc.give_back()

    @property
    def nbytes(self) -> int:
        """Bytes that are kept once `ordered` has been called."""
        matrix = self.affinities
        return 2 * (matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)

    def ordered(self, order: np.ndarray) -> csr_matrix:
        """The affinities with rows and columns in this order."""
        key = hashlib.sha256(order.tobytes()).digest()
        if self._ordered is None or self._ordered[0] != key:
            self._ordered = None
            matrix = self.affinities[order][:, order].tocsr()
            matrix.sort_indices()
            self._ordered = key, matrix
        return self._ordered[1]


def _checked(codes: np.ndarray, perplexity: float) -> np.ndarray:
    """The codes in units in which they can be compared. Raises ProjectionError if no map can be made of them."""
    if not np.isfinite(codes).all():
        raise ProjectionError("Expected codes of finite numbers; some are not, because the training diverged.")
    if len(codes) <= 3 * perplexity:
        raise ProjectionError(
            f"A perplexity of {perplexity:g} needs more than {3 * perplexity:.0f} codes; got {len(codes):,}."
        )
    codes = magnitudes.units(codes)(codes)
    if np.ptp(codes, axis=0).max() < 1e-9:
        raise ProjectionError("Expected codes that differ; all are the same, so there is nothing to map.")
    return codes
