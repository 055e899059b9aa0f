"""Which checkpoints there are, and what the manifest tells about each.

pretrained/NAME.npz            the weights in Keras' order, half precision
pretrained/history/NAME.npz    how it was trained: epochs, losses, reconstructions and codes of the ten fixed digits
pretrained/manifest.json       specs, recipe, metrics and versions of each
"""

from __future__ import annotations

import dataclasses
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aecore.specs import ModelSpec, SpecError, TrainSpec, quote

FOLDER = Path(__file__).resolve().parents[2] / "pretrained"


@dataclass(frozen=True)
class Checkpoint:
    """What the manifest tells about a checkpoint.

    `train_spec`: None for one that is not trained on a data set. `metrics`: of the stored weights, on the whole test
    set or on synthetic pages held out; their names are those of `pretrain.evaluation`. `seconds`: the time its training
    took; `n_bytes`: its size on disk; `n_parameters`: of the encoder and of the decoder.
    """

    name: str
    title: str
    model_spec: ModelSpec
    train_spec: TrainSpec | None
    metrics: dict[str, float]
    seconds: float
    n_bytes: int
    n_parameters: tuple[int, int]

    @property
    def dataset(self) -> str:
        """The data set it is trained on. Raises SpecError for a checkpoint that is trained on none."""
        if self.train_spec is None:
            raise SpecError(f"{self.name} is not trained on a data set.")
        return self.train_spec.dataset


@functools.cache
def read_manifest() -> dict[str, Any]:
    """The manifest as it is on disk."""
    path = FOLDER / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"checkpoints": {}}


def names() -> tuple[str, ...]:
    """The names of all checkpoints."""
    return tuple(read_manifest()["checkpoints"])


@functools.cache
def about(name: str) -> Checkpoint:
    """What the manifest tells about a checkpoint. Raises SpecError for an unknown name."""
    if name not in names():
        raise SpecError(f"Checkpoint must be one of {', '.join(names())}; got {quote(name)}.")
    entry = read_manifest()["checkpoints"][name]
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


def add_entry(name: str, entry: dict[str, Any]) -> None:
    """Write what is known about a checkpoint into the manifest, in the place of what stood there."""
    read_manifest.cache_clear()
    manifest = read_manifest()
    manifest["checkpoints"] = dict(sorted((manifest["checkpoints"] | {name: entry}).items()))
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / "manifest.json").write_text(text, encoding="utf-8")
    read_manifest.cache_clear()
    about.cache_clear()
