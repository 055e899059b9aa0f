"""Runs that have gone astray, as files of old servers or new ones may hold them, made by hand for tests."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from aecore import training
from aecore.records import run_file
from aecore.records.run_snapshot import Frame, RunRecord
from aecore.runs import ownership
from aecore.runs.storage import default_folder
from aecore.specs import ModelSpec, TrainSpec

SECRET = "a" * 24


def fresh(model: ModelSpec, train: TrainSpec) -> RunRecord:
    """A run of an epoch that has learned next to nothing, paused."""
    state, progress = training.train_slice(model, train, None, 0)
    record = replace(progress.history[0], epoch=1, loss=0.5, reconstruction_loss=0.5, seconds=1.0)
    if model.family == "vae":
        record = replace(record, kl_loss=1.0)
    history = (*progress.history, record)
    steps = train.steps_per_epoch
    state = replace(state, step=steps, history=history)
    progress = replace(progress, step=steps, epoch=1.0, history=history)
    frames = tuple(Frame(epoch, progress.x_hat, progress.code_probe) for epoch in (0, 1))
    owner_hash = ownership.hash_secret(SECRET)
    return RunRecord(ownership.new_run_id(), owner_hash, model, train, "paused", 5, None, state, progress, frames)


def _with_weights(value: float) -> Callable[[RunRecord], RunRecord]:
    def change(record: RunRecord) -> RunRecord:
        weights = tuple(np.full_like(array, value) for array in record.state.weights)
        code_probe = np.full_like(record.progress.code_probe, value)
        frame = replace(record.frames[-1], code_probe=code_probe)
        return replace(
            record,
            state=replace(record.state, weights=weights),
            progress=replace(record.progress, code_probe=code_probe),
            frames=(record.frames[0], frame),
        )

    return change


def _with_loss(value: float) -> Callable[[RunRecord], RunRecord]:
    def change(record: RunRecord) -> RunRecord:
        last = record.state.history[-1]
        fields = [name for name, old in vars(last).items() if name.endswith("loss") and old is not None]
        history = (record.state.history[0], replace(last, **dict.fromkeys(fields, value)))
        return replace(
            record,
            state=replace(record.state, history=history),
            progress=replace(record.progress, history=history, reconstruction_loss=value),
        )

    return change


ASTRAY: dict[str, Callable[[RunRecord], RunRecord]] = {
    "weights are NaN": _with_weights(math.nan),
    "weights are huge": _with_weights(1e30),
    "weights are large": _with_weights(9e5),  # sound as they are, but what they make of an image may not be
    "loss is infinite": _with_loss(math.inf),
    "loss is 0": _with_loss(0.0),
}


def put_on_disk(record: RunRecord) -> str:
    """Keep the run where the app looks for runs; gives its id."""
    folder = default_folder()
    folder.mkdir(parents=True, exist_ok=True)
    record = replace(record, run_id=ownership.new_run_id())
    with (folder / f"{record.run_id}.npz").open("wb") as file:
        run_file.write(file, record)
    return record.run_id
