"""What pages show of a run, and what is kept of it on disk: immutable records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from aecore.records.training_state import EpochRecord, Progress, TrainState
from aecore.specs import ModelSpec, TrainSpec

Status = Literal["training", "paused", "finished", "stopped", "failed", "diverged"]
ENDED_FOR_GOOD = ("failed", "diverged")  # from which no run goes on


@dataclass(frozen=True)
class Frame:
    """What the network made of the ten test images at an epoch's end.

    `x_hat`: uint8 (10, 28, 28, 1); `code_probe`: float32 (10, code_dim).
    """

    epoch: int
    x_hat: np.ndarray
    code_probe: np.ndarray


@dataclass(frozen=True)
class RunSnapshot:
    """A run as it is at one moment, for a page to draw.

    `epochs`: where training ends. `position`: runs that have their turn before this one. `samples_per_s`: images a
    second over the last seconds, waiting included. `eta_s`: seconds to the end at that pace; None while unknown.
    `notice`: a sentence about what the worker, or the server, went through; `error`: sentences about why the run
    failed or diverged. `sound`: whether the run has weights to look at, or will have. `pending`: whether a slice is
    under way. `ahead`: of a run that waits until it may train at all, the runs that will before it; None of every
    other.
    """

    run_id: str
    model_spec: ModelSpec
    train_spec: TrainSpec
    status: Status
    epochs: int
    progress: Progress | None
    frames: tuple[Frame, ...]
    position: int
    samples_per_s: float
    eta_s: float | None
    notice: str | None
    error: str | None
    sound: bool = True
    pending: bool = False
    ahead: int | None = None

    @property
    def step(self) -> int:
        """Training steps so far; 0 as long as nothing has come back."""
        return self.progress.step if self.progress else 0

    @property
    def epoch(self) -> float:
        """Epochs so far; 0 as long as nothing has come back."""
        return self.progress.epoch if self.progress else 0.0

    @property
    def history(self) -> tuple[EpochRecord, ...]:
        """A record for each epoch so far; empty as long as nothing has come back."""
        return self.progress.history if self.progress else ()

    @property
    def active(self) -> bool:
        """Whether it trains on by itself."""
        return self.status == "training"

    @property
    def changing(self) -> bool:
        """Whether there will be something new: of a paused run, what the slice under way comes to."""
        return self.active or (self.pending and self.status == "paused")

    @property
    def at_end(self) -> bool:
        """Whether all its epochs are done."""
        return self.progress is not None and self.progress.epoch >= self.epochs


@dataclass(frozen=True)
class RunRecord:
    """Everything that a run needs to go on as if it had never rested. `owner_hash`: of its owner's secret."""

    run_id: str
    owner_hash: str
    model_spec: ModelSpec
    train_spec: TrainSpec
    status: Status
    epochs: int
    error: str | None
    state: TrainState
    progress: Progress
    frames: tuple[Frame, ...]
