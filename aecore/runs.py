"""A run: a chain of training slices on the cluster, with its snapshots. Pages hold runs; runs hold the state.

Each slice is a task that carries the state to the worker and the next state back. So a pause loses nothing, a worker
that dies costs one slice, and Dask's queue of slices, one from each run, is what makes the order fair.
"""

from __future__ import annotations

import collections
import logging
import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from aecore.chain import give_up
from aecore.specs import ModelSpec, TrainSpec
from aecore.state import Progress, TrainState

if TYPE_CHECKING:
    from aecore.registry import Dispatcher

Status = Literal["training", "paused", "finished", "stopped", "failed"]

# Long enough that carrying the state (10–20 ms) hardly shows, short enough that a page has something new to draw.
SLICE_S = 0.4
# When runs share the worker, the carrying of one overlaps with the training of another, and turns should come soon.
SHARED_SLICE_S = 0.15
FIRST_SLICE_STEPS = 8
FETCH_TIMEOUT_S = 60
MAX_EPOCHS = 1_000
# Reconstructions kept for the way back; beyond that, every second one goes.
MAX_FRAMES = 256
# The pace is that of the last seconds, and of the last slices where each has to wait for its turn longer than that.
PACE_WINDOW_S, PACE_MIN_SLICES = 10.0, 6

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Frame:
    """What the network made of the ten digits at an epoch's end: x_hat uint8 (10, 28, 28, 1), codes (10, code_dim)."""

    epoch: int
    x_hat: np.ndarray
    code_probe: np.ndarray


@dataclass(frozen=True)
class RunSnapshot:
    """A run as it is at one moment, for a page to draw.

    `epochs`: where training ends. `position`: runs that have their turn before this one. `samples_per_s`: images a
    second over the last seconds, waiting included. `eta_s`: seconds to the end at that pace; None while unknown.
    `notice`: a sentence about what the worker went through; `error`: a sentence about why the run failed. `pending`:
    whether a slice is under way.
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
    pending: bool = False

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


class Run:
    """One training of one network. `start`, `pause`, `step`, `proceed` and `stop` return at once.

    `owner` is the secret of the visitor who may steer it; `crowd()` tells how many runs are active, this one included.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        model_spec: ModelSpec,
        train_spec: TrainSpec,
        owner: str,
        crowd: Callable[[], int] = lambda: 1,
    ):
        self.run_id = secrets.token_urlsafe(12)
        self.model_spec = model_spec
        self.train_spec = train_spec
        self.owner = owner
        self.seen_at = time.monotonic()
        self.waiting_since: float | None = None  # since when the slice under way has been submitted
        self._dispatcher = dispatcher
        self._cluster = dispatcher.cluster
        self._crowd = crowd
        self._lock = threading.RLock()
        self._status: Status = "paused"
        self._epochs = train_spec.epochs
        self._pause_at: int | None = None
        self._state: TrainState | None = None
        self._progress: Progress | None = None
        self._frames: dict[int, Frame] = {}
        self._ticket: object | None = None  # identifies the slice under way; answers of older ones are ignored
        self._future = None
        self._n_steps = 0
        self._losses = 0
        self._notice: str | None = None
        self._error: str | None = None
        self._pace: collections.deque[tuple[float, int]] = collections.deque()

    # Steering.

    def start(self) -> None:
        """Begin, or go on after a pause or a stop, to the end."""
        with self._lock:
            if self._status in ("training", "failed") or self._done():
                return
            self._go(pause_at=None)

    def pause(self) -> None:
        """Hold. A slice that is under way still counts when it comes back."""
        with self._lock:
            if self._status == "training":
                self._status = "paused"

    def step(self) -> None:
        """Train to the end of the current epoch, one more if the run is at its end, and pause there."""
        with self._lock:
            if self._status == "failed" or self._epoch_count() >= MAX_EPOCHS:
                return
            target = self._epoch_count() + 1
            self._epochs = max(self._epochs, target)
            self._go(pause_at=target)

    def proceed(self, more_epochs: int) -> None:
        """Train `more_epochs` further epochs beyond the end set so far."""
        with self._lock:
            if self._status == "failed":
                return
            self._epochs = min(self._epochs + more_epochs, MAX_EPOCHS)
            if not self._done():
                self._go(pause_at=None)

    def stop(self) -> None:
        """End here, and give up the slice under way. What was learned stays; `start` would go on from it."""
        with self._lock:
            if self._status not in ("training", "paused"):
                return
            self._status = "stopped"
            self._ticket = None
            self.waiting_since = None
            if self._future is not None:
                future, self._future = self._future, None
                self._dispatcher.put(lambda: give_up(future))

    # Looking.

    def snapshot(self, position: int = 0) -> RunSnapshot:
        """The run as it is now; `position` is what the collection of all runs knows of the queue."""
        with self._lock:
            self.seen_at = time.monotonic()
            rate = self._rate()
            remaining = None
            if rate and self._progress.epoch >= 1:  # the first epoch tells little: it compiles
                until = self._pause_at or self._epochs
                remaining = max(until - self._progress.epoch, 0) * self.train_spec.n_train / rate
            return RunSnapshot(
                run_id=self.run_id,
                model_spec=self.model_spec,
                train_spec=self.train_spec,
                status=self._status,
                epochs=self._epochs,
                progress=self._progress,
                frames=tuple(self._frames.values()),
                position=position,
                samples_per_s=rate,
                eta_s=remaining,
                notice=self._current_notice(),
                error=self._error,
                pending=self._ticket is not None,
            )

    @property
    def status(self) -> Status:
        return self._status

    @property
    def weights(self) -> tuple[np.ndarray, ...] | None:
        """The network's weights in Keras' order, as of the last slice; None before the first."""
        return self._state.weights if self._state else None

    @property
    def nbytes(self) -> int:
        """Bytes that the run keeps in memory."""
        with self._lock:
            state = self._state.nbytes if self._state else 0
            return state + sum(f.x_hat.nbytes + f.code_probe.nbytes for f in self._frames.values())

    # The chain of slices.

    def _epoch_count(self) -> int:
        return int(self._progress.epoch) if self._progress else 0

    def _done(self) -> bool:
        return self._progress is not None and self._progress.epoch >= self._epochs

    def _go(self, pause_at: int | None) -> None:
        self._status = "training"
        self._pause_at = pause_at
        self._pace.clear()
        # A slice that was under way when the run was paused comes back and submits the next one.
        if self._ticket is None:
            self._submit()

    def _submit(self) -> None:
        self._ticket = ticket = object()
        self._losses = self._cluster.losses
        self.waiting_since = time.monotonic()
        self._dispatcher.put(lambda: self._send(ticket))

    def _send(self, ticket: object) -> None:
        with self._lock:
            if ticket is not self._ticket:
                return
            state, n_steps = self._state, self._n_steps
        try:
            future = self._cluster.submit(
                run_slice,
                self.model_spec,
                self.train_spec,
                state,
                n_steps,
                train=True,
                key=f"slice-{secrets.token_hex(8)}",
            )
        except Exception as error:
            logger.warning("Run %s could not reach the cluster: %s", self.run_id, error)
            time.sleep(0.5)
            self._dispatcher.put(lambda: self._send(ticket))
            return
        with self._lock:
            if ticket is not self._ticket:  # stopped meanwhile
                give_up(future)
                return
            self._future = future
        future.add_done_callback(lambda done: self._on_done(ticket, done))

    def resubmit(self, ticket: object | None = None) -> None:
        """Submit the slice under way once more, for what had it is gone; with `ticket`, only if it is that slice."""
        with self._lock:
            if self._ticket is not None and ticket in (None, self._ticket):
                self._future = None
                losses = self._losses
                self._submit()
                self._losses = losses

    def _on_done(self, ticket: object, future) -> None:
        if future.status == "cancelled":
            self.resubmit(ticket)  # not by stop(), which takes the ticket away: its cluster has given it up
            return
        try:
            state, progress = future.result(timeout=FETCH_TIMEOUT_S)
        except Exception as error:
            if future.status == "error":
                self._on_error(ticket, error)
            else:
                # The worker died between finishing the slice and handing it over.
                logger.warning("Run %s lost a slice: %s", self.run_id, error)
                self.resubmit(ticket)
            return
        with self._lock:
            if ticket is not self._ticket:
                return
            self._ticket = self._future = self.waiting_since = None
            self._take(state, progress)
            if self._status not in ("training", "paused"):
                return
            if self._done():
                self._status = "finished"
            elif self._status == "paused":
                return
            elif self._pause_at is not None and progress.epoch >= self._pause_at:
                self._status = "paused"
            else:
                self._submit()

    def _take(self, state: TrainState, progress: Progress) -> None:
        if self._cluster.losses != self._losses:
            self._notice = (
                f"The training worker stopped and was started again; this run went on from epoch "
                f"{self._progress.epoch if self._progress else 0:.1f}. Nothing was lost."
            )
        now = time.monotonic()
        trained = (state.step - (self._state.step if self._state else 0)) * self.train_spec.batch_size
        self._pace.append((now, trained))
        while len(self._pace) > PACE_MIN_SLICES and now - self._pace[0][0] > PACE_WINDOW_S:
            self._pace.popleft()
        self._state, self._progress = state, progress
        if progress.epoch == int(progress.epoch):
            self._keep_frame(Frame(int(progress.epoch), progress.x_hat, progress.code_probe))
        slice_s = SLICE_S if self._crowd() <= 1 else SHARED_SLICE_S
        wanted = max(1.0, progress.samples_per_s * slice_s / self.train_spec.batch_size)
        # A slice ends with its epoch, so the epoch is cut evenly: carrying a small rest costs as much as the others.
        rest = self.train_spec.steps_per_epoch - progress.step % self.train_spec.steps_per_epoch
        wanted = math.ceil(rest / max(1, round(rest / wanted)))
        # The first slices tell little of the pace: they compile.
        self._n_steps = max(1, min(wanted, 4 * self._n_steps)) if self._n_steps else FIRST_SLICE_STEPS

    def _keep_frame(self, frame: Frame) -> None:
        self._frames[frame.epoch] = frame
        if len(self._frames) > MAX_FRAMES:
            epochs = list(self._frames)
            for epoch in epochs[1:-1:2]:
                del self._frames[epoch]

    def _on_error(self, ticket: object, error: Exception) -> None:
        logger.error("Run %s failed: %s: %s", self.run_id, type(error).__name__, error)
        with self._lock:
            if ticket is not self._ticket:
                return
            self._ticket = self._future = self.waiting_since = None
            self._status = "failed"
            if type(error).__name__ == "KilledWorker":
                self._error = (
                    "The training worker stopped again and again on this network, so the run was given up. "
                    "A smaller network or batch needs less memory."
                )
            else:
                self._error = f"Training this network failed on the worker ({type(error).__name__})."

    def _rate(self) -> float:
        if len(self._pace) < 2 or self._status != "training":
            return 0.0
        seconds = self._pace[-1][0] - self._pace[0][0]
        return sum(n for _, n in list(self._pace)[1:]) / seconds if seconds > 0 else 0.0

    def _current_notice(self) -> str | None:
        if self._status == "training" and not self._cluster.ready:
            return "The training worker is starting; training begins in a few seconds."
        if self._status == "training" and self._ticket is not None and self._cluster.losses != self._losses:
            epoch = self._progress.epoch if self._progress else 0
            return f"The training worker stopped. A new one is starting, and the run goes on from epoch {epoch:.1f}."
        return self._notice


def run_slice(model_spec: ModelSpec, train_spec: TrainSpec, state: TrainState | None, n_steps: int):
    """The task on the worker: one `training.train_slice`. Imports Keras only there."""
    from aecore import training

    return training.train_slice(model_spec, train_spec, state, n_steps)
