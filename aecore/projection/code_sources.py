"""Codes of a data set, whoever made them: a checkpoint, a run, or nobody (the pixels).

The functions are for the worker, which keeps what was asked for last.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from aecore import checkpoints, datasets
from aecore.byte_cache import ByteCache
from aecore.imaging.arrays import to_float
from aecore.networks import memory_estimate, numpy_backend, pca
from aecore.networks.batches import in_batches
from aecore.projection import magnitudes
from aecore.projection.affinities import Neighbourhoods
from aecore.projection.magnitudes import Units
from aecore.specs import PIXELS, RUN, CodesSpec, ModelSpec, SpecError, quote
from aecore.specs.errors import UnsoundError
from aecore.specs.limits import LIMITS

FAMILIES = ("dense", "conv", "vae")  # those with a code; in a U-shaped network connections skip the bottleneck
N_COMPONENTS = 3  # of PCA
KEPT = 3
MAX_BATCH = 1_000

Weights = tuple[np.ndarray, ...] | None  # of a run, in Keras' order; None where a checkpoint or nobody made the codes


@dataclass(frozen=True)
class Source:
    """Where codes come from. `version` and `model_spec`: of a run, whose weights go along with every question."""

    spec: CodesSpec
    version: str = ""
    model_spec: ModelSpec | None = None

    @property
    def images(self) -> tuple[np.ndarray, np.ndarray]:
        """The images, uint8 (N, 28, 28, 1), and their labels (N,)."""
        x, labels = datasets.load_test(self.spec.dataset)
        return x[: self.spec.n_codes], labels[: self.spec.n_codes]

    @property
    def network(self) -> ModelSpec | None:
        """The network whose codes they are; None where the pixels are the codes."""
        name = self.spec.codes
        return self.model_spec or (None if name == PIXELS else checkpoints.about(name).model_spec)

    @property
    def nbytes(self) -> int:
        """Bytes of the codes."""
        numbers = numpy_backend.N_PIXELS if self.network is None else self.network.code_dim
        return memory_estimate.FLOAT32 * self.spec.n_codes * numbers


def of_run(spec: CodesSpec, run_id: str, step: int, model_spec: ModelSpec) -> Source:
    """The codes of a run's network as it is after `step` steps."""
    return Source(spec, f"{run_id}@{step}", model_spec)


def names() -> tuple[str, ...]:
    """The checkpoints that have codes."""
    return tuple(name for name in checkpoints.names() if checkpoints.about(name).model_spec.family in FAMILIES)


def check(spec: CodesSpec) -> CodesSpec:
    """The spec itself. Raises SpecError if there are no such codes."""
    known = (*names(), PIXELS, RUN)
    if spec.codes not in known:
        raise SpecError(f"Codes must be one of {', '.join(known)}; got {quote(spec.codes)}.")
    return spec


@dataclass(frozen=True)
class _Key:
    """A source with its weights, for which its version stands: the key of the caches below."""

    source: Source
    weights: Weights = field(compare=False, repr=False)


class NetworkCoder:
    """An encoder and a decoder, in NumPy where the network is of dense layers."""

    def __init__(self, model_spec: ModelSpec, weights: tuple[np.ndarray, ...]):
        self._batch = min(memory_estimate.images_at_once(model_spec), MAX_BATCH)
        if model_spec.family == "conv":
            from aecore import models

            model = models.trained(model_spec, weights)
            self._encode = lambda x: np.asarray(model.encode(to_float(x)))
            self._draw = lambda z: numpy_backend.as_image(np.asarray(model.decode(z)))
        else:
            network = numpy_backend.network(model_spec, weights)
            self._encode, self._draw = network.encode, network.draw

    def encode(self, x: np.ndarray) -> np.ndarray:
        """uint8 (N, 28, 28, 1) → float32 (N, code_dim). Raises UnsoundError if they are not all finite."""
        z = in_batches(self._encode, x, self._batch).reshape(len(x), -1)
        if not np.isfinite(z).all():
            raise UnsoundError
        return z

    def draw(self, z: np.ndarray) -> np.ndarray:
        """(N, code_dim) → uint8 (N, 28, 28, 1)."""
        return self._draw(z.astype(np.float32))


class PixelCoder:
    """The images themselves: their codes are their pixels in [0, 1], (N, 784)."""

    def encode(self, x: np.ndarray) -> np.ndarray:
        """uint8 (N, 28, 28, 1) → float32 (N, 784)."""
        return to_float(x.reshape(len(x), -1))

    def draw(self, z: np.ndarray) -> np.ndarray:
        """(N, 784) → uint8 (N, 28, 28, 1)."""
        return numpy_backend.as_image(z.reshape(-1, 28, 28, 1))


def coder(source: Source, weights: Weights = None) -> NetworkCoder | PixelCoder:
    """What makes codes of images and images of codes for this source."""
    return _coder(_Key(source, weights))


@functools.lru_cache(maxsize=KEPT)
def _coder(key: _Key) -> NetworkCoder | PixelCoder:
    model_spec = key.source.network
    if model_spec is None:
        return PixelCoder()
    return NetworkCoder(model_spec, key.weights or checkpoints.weights(key.source.spec.codes))


CODES: ByteCache[np.ndarray] = ByteCache(LIMITS.codes_bytes)
NEIGHBOURHOODS: ByteCache[Neighbourhoods] = ByteCache(LIMITS.neighbourhood_bytes)


def codes(source: Source, weights: Weights = None) -> np.ndarray:
    """The codes of the source's images: float32 (N, code_dim)."""
    return CODES.get(source, lambda: coder(source, weights).encode(source.images[0]))


def neighbourhoods(source: Source, perplexity: float, weights: Weights = None) -> Neighbourhoods:
    """Those of the source's codes, found once for all slices of all visitors who map them."""
    return NEIGHBOURHOODS.get((source, perplexity), lambda: Neighbourhoods(codes(source, weights), perplexity))


@dataclass(frozen=True)
class PrincipalComponents:
    """The first principal components of codes of any magnitude: very large and very small ones are rescaled first."""

    units: Units
    pca: pca.Pca

    def project(self, z: np.ndarray) -> np.ndarray:
        """(N, code_dim) → (N, n), n = 3 or what the code has, if that is less."""
        return self.pca.project(self.units(z))


def principal_components(source: Source, weights: Weights = None) -> PrincipalComponents:
    """Those of the source's codes."""
    return _principal_components(_Key(source, weights))


@functools.lru_cache(maxsize=KEPT)
def _principal_components(key: _Key) -> PrincipalComponents:
    z = codes(key.source, key.weights)
    units = magnitudes.units(z)
    chunks = (units(z[start : start + MAX_BATCH]) for start in range(0, len(z), MAX_BATCH))
    return PrincipalComponents(units, pca.fit(chunks, N_COMPONENTS))
