"""The checkpoints in `pretrained/`: names, what the manifest tells of each, and, on the worker, the models themselves.

    pretrained/NAME.npz            the weights in Keras' order, half precision
    pretrained/history/NAME.npz    how it was learned: epochs, losses, reconstructions and codes of the ten fixed digits
    pretrained/manifest.json       specs, recipe, metrics and versions of each

Names, facts, histories and arrays are read without Keras; `load` imports it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.specs import ModelSpec, SpecError, TrainSpec, quote

if TYPE_CHECKING:
    from aecore.models import Autoencoder

FOLDER = Path(__file__).resolve().parents[2] / "pretrained"
STORED = np.float16  # what weights are on disk


@dataclass(frozen=True)
class Checkpoint:
    """What the manifest tells of a checkpoint.

    `train_spec`: None for what is not trained on a data set. `metrics`: measured on the whole test set, or on made
    pages held out, from the weights as stored; their names are those of `quality`.
    `seconds`: that its training took; `n_bytes`: its size on disk; `n_parameters`: of the encoder and of the decoder.
    """

    name: str
    title: str
    model_spec: ModelSpec
    train_spec: TrainSpec | None
    metrics: dict[str, float]
    seconds: float
    n_bytes: int
    n_parameters: tuple[int, int]


@dataclass(frozen=True)
class History:
    """A dozen moments of a checkpoint's training.

    `epochs` (K,) int, the first one 0, before any training; `losses` (K,) of the test images (mean per pixel; a VAE's
    in nats an image); `x_hat` uint8 (K, 10, 28, 28, 1) and `codes` float32 (K, 10, code_dim) of the ten fixed digits.
    """

    epochs: np.ndarray
    losses: np.ndarray
    x_hat: np.ndarray
    codes: np.ndarray


@functools.cache
def manifest() -> dict[str, Any]:
    """The manifest as it is on disk."""
    path = FOLDER / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"checkpoints": {}}


def names() -> tuple[str, ...]:
    """The checkpoints that there are."""
    return tuple(manifest()["checkpoints"])


@functools.cache
def about(name: str) -> Checkpoint:
    """What the manifest tells of a checkpoint. Raises SpecError for a name that is none."""
    if name not in names():
        raise SpecError(f"Checkpoint must be one of {', '.join(names())}, but {quote(name)} came.")
    entry = manifest()["checkpoints"][name]
    known = {field.name for field in dataclasses.fields(Checkpoint)}
    model = dict(entry["model_spec"])
    model["widths"] = tuple(model["widths"])
    return Checkpoint(
        **{key: value for key, value in entry.items() if key in known - {"model_spec", "train_spec", "n_parameters"}},
        name=name,
        model_spec=ModelSpec(**model),
        train_spec=TrainSpec(**entry["train_spec"]) if entry["train_spec"] else None,
        n_parameters=tuple(entry["n_parameters"]),
    )


def weights(name: str) -> tuple[np.ndarray, ...]:
    """The weights of a checkpoint in Keras' order, float32."""
    about(name)
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as archive:
        return tuple(archive[key].astype(np.float32) for key in archive.files)


def fits(name: str, model_spec: ModelSpec) -> bool:
    """Whether the weights of a checkpoint are those of a network of `model_spec`."""
    return about(name).model_spec.architecture == model_spec.architecture


def weights_for(name: str, model_spec: ModelSpec) -> tuple[np.ndarray, ...]:
    """The weights of a checkpoint for a network of `model_spec`. Raises SpecError if it has another architecture."""
    if not fits(name, model_spec):
        raise SpecError(f"{name} has another architecture than this network, so its weights do not fit.")
    return weights(name)


@functools.lru_cache(maxsize=32)
def history(name: str) -> History:
    """The training history that is shipped with a checkpoint."""
    about(name)
    with np.load(FOLDER / "history" / f"{name}.npz", allow_pickle=False) as archive:
        return History(**{field.name: archive[field.name] for field in dataclasses.fields(History)})


@functools.lru_cache(maxsize=16)
def load(name: str) -> Autoencoder:
    """The trained Keras model. Raises SpecError for a name that is no checkpoint."""
    model_spec = about(name).model_spec
    from aecore import models

    return models.trained(model_spec, weights(name))


def save(name: str, arrays: tuple[np.ndarray, ...], seen: History | None, entry: dict[str, Any]) -> None:
    """Write a checkpoint's weights, its history if it has one, and what is known of it, `entry`, into the manifest."""
    (FOLDER / "history").mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.npz"
    np.savez_compressed(path, **{f"{i:02d}": array.astype(STORED) for i, array in enumerate(arrays)})
    if seen is not None:
        np.savez_compressed(FOLDER / "history" / f"{name}.npz", **dataclasses.asdict(seen))
    manifest.cache_clear()
    whole = manifest()
    whole["checkpoints"][name] = entry | {"n_bytes": path.stat().st_size}
    whole["checkpoints"] = dict(sorted(whole["checkpoints"].items()))
    (FOLDER / "manifest.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for cached in (manifest, about, history, load):
        cached.cache_clear()
