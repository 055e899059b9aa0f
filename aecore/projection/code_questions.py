"""What pages ask about the codes of a source. All of it is for the worker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.compute.questions import takes
from aecore.imaging.arrays import from_bytes
from aecore.networks import memory_estimate
from aecore.projection import code_sources, neighbourhood_quality, placing, tsne
from aecore.projection.code_sources import N_COMPONENTS, Source, Weights
from aecore.projection.neighbourhood_quality import NeighbourhoodQuality
from aecore.projection.tsne import DescentState
from aecore.specs import ProjectionSpec

N_NEAREST = 8


@dataclass(frozen=True)
class PcaMap:
    """Codes along their first three principal components.

    `xyz`: float32 (N, 3), 0 where there are fewer components; in the unit of the codes, or where those are very large
    or small, in one in which they are not (`magnitudes`). `explained`: (3,), the share of the variance along each.
    """

    xyz: np.ndarray
    explained: np.ndarray


@dataclass(frozen=True)
class Inspected:
    """The code of one image, its reconstruction, and the images whose codes are nearest to its own.

    `z`: float32 (code_dim,); `x_hat`: uint8 (28, 28, 1); `nearest`: the indices of eight images, nearest first;
    `distances`: theirs in code space.
    """

    z: np.ndarray
    x_hat: np.ndarray
    nearest: np.ndarray
    distances: np.ndarray


def _asked_bytes(source: Source, *_: object) -> int:
    """The codes, and either what a network holds while it computes them, or a second copy of them with a chunk of their
    distances or with their covariance, which is smaller."""
    network = source.network
    n = min(source.spec.n_codes, code_sources.MAX_BATCH)
    encoding = 0 if network is None else memory_estimate.answer_bytes(network, n)
    return source.nbytes + max(encoding, source.nbytes + neighbourhood_quality.MAX_BYTES)


@takes(_asked_bytes)
def pca_map(source: Source, weights: Weights = None) -> PcaMap:
    """The codes along their principal components."""
    z, components = code_sources.codes(source, weights), code_sources.principal_components(source, weights)
    xyz, explained = np.zeros((len(z), N_COMPONENTS), np.float32), np.zeros(N_COMPONENTS)
    projected = components.project(z)
    n = projected.shape[1]
    xyz[:, :n], explained[:n] = projected, components.pca.explained
    return PcaMap(xyz, explained)


def descend(
    source: Source, spec: ProjectionSpec, state: DescentState | None, n_iterations: int, weights: Weights = None
) -> tuple[DescentState, float]:
    """A slice of t-SNE: as `tsne.descend`, from the beginning where there is no state."""
    neighbourhoods = code_sources.neighbourhoods(source, spec.perplexity, weights)
    state = state or tsne.begin(neighbourhoods, spec)
    return tsne.descend(neighbourhoods, spec, state, n_iterations)


@takes(_asked_bytes)
def measure(source: Source, map_id: str, xy: np.ndarray, weights: Weights = None) -> NeighbourhoodQuality:
    """How far the map `xy` (N, dims) of the source's codes, which `map_id` identifies, can be believed."""
    return neighbourhood_quality.measure(code_sources.codes(source, weights), xy, source.images[1])


@takes(_asked_bytes)
def inspect(source: Source, image: bytes, number: int | None, weights: Weights = None) -> Inspected:
    """The code and the neighbours of an image (784 bytes); `number`: its index in the source, if it has one."""
    coder, x = code_sources.coder(source, weights), _image(image)
    z = coder.encode(x)
    nearest, distances = neighbourhood_quality.nearest_to(code_sources.codes(source, weights), z[0], N_NEAREST + 1)
    others = nearest != (-1 if number is None else number)
    return Inspected(z[0], coder.draw(z)[0], nearest[others][:N_NEAREST], distances[others][:N_NEAREST])


@takes(_asked_bytes)
def decoded_mean(source: Source, numbers: tuple[int, ...], weights: Weights = None) -> np.ndarray:
    """What the decoder draws for the mean of the codes of the images with these numbers: uint8 (28, 28, 1)."""
    chosen = np.zeros(source.spec.n_codes, bool)
    chosen[list(numbers)] = True
    mean = code_sources.codes(source, weights).mean(axis=0, keepdims=True, where=chosen[:, None])
    return code_sources.coder(source, weights).draw(mean)[0]


@takes(_asked_bytes)
def place(source: Source, image: bytes, map_id: str, xy: np.ndarray, weights: Weights = None) -> np.ndarray:
    """Where an image (784 bytes) belongs on the map `xy` (N, dims) that `map_id` identifies: float32 (dims,)."""
    z = code_sources.coder(source, weights).encode(_image(image))
    return placing.place(code_sources.codes(source, weights), xy, z)


@takes(_asked_bytes)
def place_on_pca(source: Source, image: bytes, weights: Weights = None) -> np.ndarray:
    """Where an image (784 bytes) lies along the principal components of the source's codes: float32 (3,)."""
    z = code_sources.coder(source, weights).encode(_image(image))
    projected = code_sources.principal_components(source, weights).project(z)[0]
    position = np.zeros(N_COMPONENTS, np.float32)
    position[: len(projected)] = projected
    return position


def _image(image: bytes) -> np.ndarray:
    return from_bytes(image)[None]
