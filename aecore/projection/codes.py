"""Codes of a data set, whoever made them: a checkpoint, a run, or nobody (the pixels); and what one asks about them.

All of it is for the worker, which keeps the codes that were asked for last.
"""

from __future__ import annotations

import collections
import functools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore import checkpoints, datasets, projection
from aecore.compute.questions import takes
from aecore.imaging.arrays import from_bytes, to_float
from aecore.networks import memory_estimate, numpy_backend
from aecore.networks.batches import in_batches
from aecore.projection import DescentState, Neighbourhoods, magnitudes, neighbourhood_quality
from aecore.projection.magnitudes import Units
from aecore.projection.neighbourhood_quality import Faithfulness
from aecore.specs import PIXELS, RUN, CodesSpec, ModelSpec, ProjectionSpec, SpecError, quote
from aecore.specs.errors import UnsoundError
from aecore.specs.limits import LIMITS

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

    from aecore.runs.run import Run

FAMILIES = ("dense", "conv", "vae")  # those with a code; a U-shaped network has connections that go around it
N_NEAREST = 8
KEPT = 3
MAX_BYTES, MAX_CODE_BYTES = LIMITS.neighbourhood_bytes, LIMITS.codes_bytes
MAX_BATCH = 1_000

Weights = tuple[np.ndarray, ...] | None  # of a run, in Keras' order; None where a checkpoint or nobody coded


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
        """Whose codes they are; None where the pixels are the codes."""
        name = self.spec.codes
        return self.model_spec or (None if name == PIXELS else checkpoints.about(name).model_spec)

    @property
    def nbytes(self) -> int:
        """Bytes of the codes."""
        numbers = numpy_backend.N_PIXELS if self.network is None else self.network.code_dim
        return memory_estimate.FLOAT32 * self.spec.n_codes * numbers


@dataclass(frozen=True)
class PcaMap:
    """Codes along their first three principal components: `xyz` float32 (N, 3), 0 where there are fewer.

    In the unit of the codes, or where those are very large or small, in one in which they are not (`magnitudes`).

    `explained`: the share of the variance along each of them, (3,).
    """

    xyz: np.ndarray
    explained: np.ndarray


@dataclass(frozen=True)
class Inspected:
    """What a network makes of one image, and whose codes are nearest to its code.

    `z`: float32 (code_dim,); `x_hat`: uint8 (28, 28, 1); `nearest`: the numbers of eight images,
    nearest first, and their `distances` in code space.
    """

    z: np.ndarray
    x_hat: np.ndarray
    nearest: np.ndarray
    distances: np.ndarray


def names() -> tuple[str, ...]:
    """The checkpoints that have codes."""
    return tuple(name for name in checkpoints.names() if checkpoints.about(name).model_spec.family in FAMILIES)


def check(spec: CodesSpec) -> CodesSpec:
    """The spec, if it names codes that there are. Raises SpecError if not."""
    known = (*names(), PIXELS, RUN)
    if spec.codes not in known:
        raise SpecError(f"Codes must be one of {', '.join(known)}, but {quote(spec.codes)} came.")
    return spec


@dataclass(frozen=True)
class _Kept:
    """A source with its weights, which its version stands for: what the caches below go by."""

    source: Source
    weights: Weights = field(compare=False, repr=False)


class _Coder:
    """An encoder and a decoder, in NumPy where the network is of dense layers."""

    def __init__(self, kept: _Kept):
        model_spec = kept.source.network
        weights = kept.weights or checkpoints.weights(kept.source.spec.codes)
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
        return _finite(in_batches(self._encode, x, self._batch).reshape(len(x), -1))

    def draw(self, z: np.ndarray) -> np.ndarray:
        """(N, code_dim) → uint8 (N, 28, 28, 1)."""
        return self._draw(z.astype(np.float32))


class _Pixels:
    """The images themselves: their codes are their pixels in [0, 1], (N, 784)."""

    def encode(self, x: np.ndarray) -> np.ndarray:
        return to_float(x.reshape(len(x), -1))

    def draw(self, z: np.ndarray) -> np.ndarray:
        return numpy_backend.as_image(z.reshape(-1, 28, 28, 1))


@functools.lru_cache(maxsize=KEPT)
def _coder(kept: _Kept) -> _Coder | _Pixels:
    return _Pixels() if kept.source.spec.codes == PIXELS else _Coder(kept)


_codes_kept: collections.OrderedDict[_Kept, np.ndarray] = collections.OrderedDict()


def _codes(kept: _Kept) -> np.ndarray:
    found = _codes_kept.pop(kept, None)
    if found is None:
        found = _coder(kept).encode(kept.source.images[0])
    _keep(_codes_kept, kept, found, MAX_CODE_BYTES)
    return found


def _finite(z: np.ndarray) -> np.ndarray:
    """The codes, if all are finite numbers. Raises UnsoundError if not."""
    if not np.isfinite(z).all():
        raise UnsoundError
    return z


def _keep(cache: collections.OrderedDict, key: Any, found: Any, max_bytes: int) -> None:
    """Put it behind all others, as the one used last; those used longest ago go while there is no room."""
    with _keeping:
        cache[key] = found
        while len(cache) > 1 and sum(kept.nbytes for kept in cache.values()) > max_bytes:
            cache.popitem(last=False)


_keeping = threading.Lock()
_neighbourhoods_kept: collections.OrderedDict[tuple[_Kept, float], Neighbourhoods] = collections.OrderedDict()


def _neighbourhoods(kept: _Kept, perplexity: float) -> Neighbourhoods:
    """Found once for all slices of all visitors who map the same codes, and kept while there is room."""
    key = kept, perplexity
    found = _neighbourhoods_kept.pop(key, None) or Neighbourhoods(_codes(kept), perplexity)
    _keep(_neighbourhoods_kept, key, found, MAX_BYTES)
    return found


@dataclass(frozen=True)
class _FittedPca:
    """Principal components of codes, of any magnitude: very large and very small ones are brought to units first."""

    units: Units
    fitted: PCA

    @property
    def n(self) -> int:
        return self.fitted.n_components_

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """(N, code_dim) → (N, n)."""
        return self.fitted.transform(self.units(z))


@functools.lru_cache(maxsize=KEPT)
def _pca(kept: _Kept) -> _FittedPca:
    projection.warm_up()
    from sklearn.decomposition import PCA

    z = _codes(kept)
    units = magnitudes.units(z)
    return _FittedPca(units, PCA(min(3, z.shape[1]), svd_solver="covariance_eigh").fit(units(z)))


def codes(source: Source, weights: Weights = None) -> np.ndarray:
    """The codes of the source's images: float32 (N, code_dim)."""
    return _codes(_Kept(source, weights))


# What the questions take: the codes, what a network holds while it makes them, and at the most a second copy of them,
# their covariance and a chunk of their distances.


def _asked_bytes(source: Source, *_: object) -> int:
    network = source.network
    encoding = 0 if network is None else memory_estimate.answer_bytes(network, min(source.spec.n_codes, MAX_BATCH))
    covariance = 2 * memory_estimate.FLOAT32 * (source.nbytes // (memory_estimate.FLOAT32 * source.spec.n_codes)) ** 2
    return source.nbytes + max(encoding, source.nbytes + neighbourhood_quality.MOST_BYTES) + covariance


@takes(_asked_bytes)
def pca_map(source: Source, weights: Weights = None) -> PcaMap:
    """The codes along their principal components."""
    z, project = codes(source, weights), _pca(_Kept(source, weights))
    xyz, explained = np.zeros((len(z), 3), np.float32), np.zeros(3)
    xyz[:, : project.n] = project(z)
    explained[: project.n] = np.nan_to_num(project.fitted.explained_variance_ratio_)
    return PcaMap(xyz, explained)


def descend(
    source: Source, spec: ProjectionSpec, state: DescentState | None, n_iterations: int, weights: Weights = None
) -> tuple[DescentState, float]:
    """A slice of t-SNE: as `projection.descend`, from the beginning where there is no state."""
    neighbourhoods = _neighbourhoods(_Kept(source, weights), spec.perplexity)
    state = state or projection.begin(neighbourhoods, spec)
    return projection.descend(neighbourhoods, spec, state, n_iterations)


@takes(_asked_bytes)
def measure(source: Source, map_id: str, xy: np.ndarray, weights: Weights = None) -> Faithfulness:
    """How far the map `xy` (N, dims) of the source's codes, which `map_id` stands for, can be believed."""
    return neighbourhood_quality.measure(codes(source, weights), xy, source.images[1])


@takes(_asked_bytes)
def inspect(source: Source, image: bytes, number: int | None, weights: Weights = None) -> Inspected:
    """An image (784 bytes), its code and its nearest; `number`: which of the source's images it is, if it is one."""
    coder, x = _coder(_Kept(source, weights)), _image(image)
    z = coder.encode(x)
    nearest, distances = neighbourhood_quality.nearest_to(codes(source, weights), z[0], N_NEAREST + 1)
    others = nearest != (-1 if number is None else number)
    return Inspected(z[0], coder.draw(z)[0], nearest[others][:N_NEAREST], distances[others][:N_NEAREST])


@takes(_asked_bytes)
def decoded_mean(source: Source, numbers: tuple[int, ...], weights: Weights = None) -> np.ndarray:
    """What the decoder draws for the mean of the codes of the images with these numbers: uint8 (28, 28, 1)."""
    chosen = np.zeros(source.spec.n_codes, bool)
    chosen[list(numbers)] = True
    mean = codes(source, weights).mean(axis=0, keepdims=True, where=chosen[:, None])
    return _coder(_Kept(source, weights)).draw(mean)[0]


@takes(_asked_bytes)
def place(source: Source, image: bytes, map_id: str, xy: np.ndarray, weights: Weights = None) -> np.ndarray:
    """Where an image (784 bytes) belongs on the map `xy` (N, dims) that `map_id` stands for: float32 (dims,)."""
    z = _coder(_Kept(source, weights)).encode(_image(image))
    return projection.place(codes(source, weights), xy, z)


@takes(_asked_bytes)
def place_on_pca(source: Source, image: bytes, weights: Weights = None) -> np.ndarray:
    """Where an image (784 bytes) lies along the principal components of the source's codes: float32 (3,)."""
    z = _coder(_Kept(source, weights)).encode(_image(image))
    project = _pca(_Kept(source, weights))
    at = np.zeros(3, np.float32)
    at[: project.n] = project(z)[0]
    return at


def _image(image: bytes) -> np.ndarray:
    return from_bytes(image)[None]


def of_run(spec: CodesSpec, run: Run) -> tuple[Source, Weights]:
    """The codes of a run's network as it is now, whose first weights there must be."""
    return Source(spec, f"{run.run_id}@{run.snapshot().progress.step}", run.model_spec), run.weights
