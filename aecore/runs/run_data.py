"""The data of a run between two slices: what was asked for, how far it is, and what it has learned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from aecore.records.run_snapshot import Frame, RunRecord, Status
from aecore.records.training_state import Progress, TrainState
from aecore.runs import notices, ownership
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.errors import UNSOUND

MAX_FRAMES = 256  # beyond that, every second one goes


@dataclass
class RunData:
    """A run's data, which the run alone changes; see `RunSnapshot` for what the fields mean.

    `owner_hash`: of the secret of the visitor who may control it (see `ownership`). `frames`: by epoch.
    """

    model_spec: ModelSpec
    train_spec: TrainSpec
    owner_hash: str
    epochs: int
    run_id: str = field(default_factory=ownership.new_run_id)
    status: Status = "paused"
    error: str | None = None
    notice: str | None = None
    state: TrainState | None = None
    progress: Progress | None = None
    frames: dict[int, Frame] = field(default_factory=dict)

    @classmethod
    def from_record(cls, record: RunRecord) -> RunData:
        """The run that was kept. One that was training was stopped by the end of its server, and says so.

        Earlier versions kept runs with unsound weights: only their losses and images are left.
        """
        data = cls(
            model_spec=record.model_spec,
            train_spec=record.train_spec,
            owner_hash=record.owner_hash,
            epochs=record.epochs,
            run_id=record.run_id,
            status=record.status,
            error=record.error,
            state=record.state,
            progress=record.progress,
            frames={frame.epoch: frame for frame in record.frames},
        )
        if not record.state.sound:
            data.status, data.error = "diverged", UNSOUND
        elif data.status == "training":
            data.status, data.notice = "stopped", notices.server_restarted(record.progress.epoch)
        return data

    def record(self) -> RunRecord | None:
        """What is kept of it; None as long as nothing has come of it."""
        if self.state is None or self.progress is None:
            return None
        return RunRecord(
            run_id=self.run_id,
            owner_hash=self.owner_hash,
            model_spec=self.model_spec,
            train_spec=self.train_spec,
            status=self.status,
            epochs=self.epochs,
            error=self.error,
            state=self.state,
            progress=self.progress,
            frames=tuple(self.frames.values()),
        )

    def advance(self, state: TrainState, progress: Progress) -> None:
        """Go on to the next state; at the end of an epoch a frame is kept of it."""
        self.state, self.progress = state, progress
        if progress.epoch == int(progress.epoch):
            epoch = int(progress.epoch)
            self.frames[epoch] = Frame(epoch, progress.x_hat, progress.code_probe)
            if len(self.frames) > MAX_FRAMES:
                for old in list(self.frames)[1:-1:2]:
                    del self.frames[old]

    @property
    def step(self) -> int:
        """Training steps done."""
        return self.state.step if self.state else 0

    @property
    def epoch(self) -> float:
        """Epochs done, with the fraction of the one under way."""
        return self.progress.epoch if self.progress else 0.0

    @property
    def at_end(self) -> bool:
        """Whether all its epochs are done."""
        return self.progress is not None and self.progress.epoch >= self.epochs

    @property
    def sound(self) -> bool:
        """Whether it has weights to look at, or will have."""
        return self.state is None or self.state.sound

    @property
    def weights(self) -> tuple[np.ndarray, ...] | None:
        """The weights in Keras' order, as of the last slice; None before the first, and if they are unsound."""
        return self.state.weights if self.state is not None and self.state.sound else None

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        frames = sum(frame.x_hat.nbytes + frame.code_probe.nbytes for frame in self.frames.values())
        return frames + (self.state.nbytes if self.state else 0)
