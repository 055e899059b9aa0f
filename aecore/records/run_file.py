"""A run as a file and back: arrays, and a text in JSON. Nothing in it is ever unpickled or evaluated.

An .npz: `about`, the UTF-8 bytes of the JSON; `weights_0`…, `optimizer_0`…, in Keras' order; of the newest moment
`x_probe`, `x_hat`, `code_probe`; of the epochs on the way back `frame_epochs` (K,), `frame_x_hat` (K, 10, 28, 28, 1)
and `frame_codes` (K, 10, code_dim).
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any, BinaryIO, get_args

import numpy as np

from aecore.records.run_snapshot import Frame, RunRecord, Status
from aecore.records.training_state import EpochRecord, Progress, TrainState
from aecore.specs import ModelSpec, TrainSpec

FORMAT = 1
STATUSES = get_args(Status)


class FileError(ValueError):
    """A file that is no run of this version."""


def write(file: BinaryIO, record: RunRecord) -> None:
    """Write a run. Raises OSError if there is no room."""
    state, progress, frames = record.state, record.progress, record.frames
    about = {
        "format": FORMAT,
        "run_id": record.run_id,
        "sealed": record.owner_hash,
        "model_spec": dataclasses.asdict(record.model_spec),
        "train_spec": dataclasses.asdict(record.train_spec),
        "status": record.status,
        "epochs": record.epochs,
        "error": record.error,
        "step": state.step,
        "sums": state.sums,
        "seconds": state.seconds,
        "history": [dataclasses.asdict(epoch) for epoch in state.history],
        "epoch": progress.epoch,
        "reconstruction_loss": progress.reconstruction_loss,
        "samples_per_s": progress.samples_per_s,
    }
    arrays: dict[str, Any] = {
        "about": np.frombuffer(json.dumps(about, default=float).encode(), np.uint8),
        "x_probe": progress.x_probe,
        "x_hat": progress.x_hat,
        "code_probe": progress.code_probe,
        "frame_epochs": np.array([frame.epoch for frame in frames], np.int64),
    }
    if frames:
        arrays["frame_x_hat"] = np.stack([frame.x_hat for frame in frames])
        arrays["frame_codes"] = np.stack([frame.code_probe for frame in frames])
    arrays |= {f"weights_{i}": array for i, array in enumerate(state.weights)}
    arrays |= {f"optimizer_{i}": array for i, array in enumerate(state.optimizer)}
    np.savez(file, **arrays)


def read(file: BinaryIO) -> RunRecord:
    """The run in a file. Raises FileError, or whatever else a damaged file brings about."""
    with np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    about = json.loads(arrays["about"].tobytes())
    if about["format"] != FORMAT or about["status"] not in STATUSES:
        raise FileError(f"Expected a run in format {FORMAT}; got format {about['format']!r}.")
    history = tuple(EpochRecord(**epoch) for epoch in about["history"])
    state = TrainState(
        step=about["step"],
        weights=_numbered(arrays, "weights"),
        optimizer=_numbered(arrays, "optimizer"),
        sums=tuple(about["sums"]),
        seconds=about["seconds"],
        history=history,
    )
    progress = Progress(
        step=about["step"],
        epoch=about["epoch"],
        history=history,
        x_probe=arrays["x_probe"],
        x_hat=arrays["x_hat"],
        code_probe=arrays["code_probe"],
        reconstruction_loss=about["reconstruction_loss"],
        samples_per_s=about["samples_per_s"],
    )
    return RunRecord(
        run_id=about["run_id"],
        owner_hash=about["sealed"],
        model_spec=ModelSpec(**about["model_spec"] | {"widths": tuple(about["model_spec"]["widths"])}),
        train_spec=TrainSpec(**about["train_spec"]),
        status=about["status"],
        epochs=about["epochs"],
        error=about["error"],
        state=state,
        progress=progress,
        frames=_frames(arrays),
    )


def _numbered(arrays: dict[str, Any], name: str) -> tuple[np.ndarray, ...]:
    return tuple(arrays[f"{name}_{i}"] for i in range(sum(key.startswith(f"{name}_") for key in arrays)))


def _frames(arrays: dict[str, Any]) -> tuple[Frame, ...]:
    epochs = arrays["frame_epochs"].tolist()
    if not epochs:
        return ()
    return tuple(map(Frame, epochs, arrays["frame_x_hat"], arrays["frame_codes"]))
