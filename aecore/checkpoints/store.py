"""The arrays of the checkpoints: weights and training histories, read and written; and their Keras models."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.checkpoints.manifest import FOLDER, about, add_entry
from aecore.specs import ModelSpec, SpecError

if TYPE_CHECKING:
    from aecore.models import Autoencoder

STORED = np.float16  # the type of weights on disk


@dataclass(frozen=True)
class History:
    """A dozen moments of a checkpoint's training.

    `epochs` (K,) int, the first one 0, before any training; `losses` (K,) of the test images (mean per pixel; for a VAE
    nats per image); `x_hat` uint8 (K, 10, 28, 28, 1) and `codes` float32 (K, 10, code_dim) of the ten fixed digits.
    """

    epochs: np.ndarray
    losses: np.ndarray
    x_hat: np.ndarray
    codes: np.ndarray


def weights(name: str) -> tuple[np.ndarray, ...]:
    """The weights of a checkpoint in Keras' order, float32. Raises SpecError for an unknown name."""
    about(name)
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as archive:
        return tuple(archive[key].astype(np.float32) for key in archive.files)


def fits(name: str, model_spec: ModelSpec) -> bool:
    """Whether a network of `model_spec` can take the weights of a checkpoint."""
    return about(name).model_spec.architecture == model_spec.architecture


def weights_for(name: str, model_spec: ModelSpec) -> tuple[np.ndarray, ...]:
    """The weights of a checkpoint for a network of `model_spec`. Raises SpecError if it has another architecture."""
    if not fits(name, model_spec):
        raise SpecError(f"{name} has another architecture than this network, so its weights do not fit.")
    return weights(name)


@functools.lru_cache(maxsize=32)
def history(name: str) -> History:
    """The training history of a checkpoint. Raises SpecError for an unknown name."""
    about(name)
    with np.load(FOLDER / "history" / f"{name}.npz", allow_pickle=False) as archive:
        return History(**{field.name: archive[field.name] for field in dataclasses.fields(History)})


@functools.lru_cache(maxsize=16)
def load(name: str) -> Autoencoder:
    """The trained Keras model. Raises SpecError for an unknown name. Imports Keras, so for the worker."""
    model_spec = about(name).model_spec
    from aecore import models

    return models.trained(model_spec, weights(name))


def save(name: str, arrays: tuple[np.ndarray, ...], seen: History | None, entry: dict[str, Any]) -> None:
    """Write a checkpoint: its weights, its history if it has one, and its entry in the manifest."""
    (FOLDER / "history").mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.npz"
    stored: dict[str, Any] = {f"{i:02d}": array.astype(STORED) for i, array in enumerate(arrays)}
    np.savez_compressed(path, **stored)
    if seen is not None:
        columns: dict[str, Any] = dataclasses.asdict(seen)
        np.savez_compressed(FOLDER / "history" / f"{name}.npz", **columns)
    add_entry(name, entry | {"n_bytes": path.stat().st_size})
    for cached in (history, load):
        cached.cache_clear()
