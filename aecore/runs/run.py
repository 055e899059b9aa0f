"""A run: a chain of training slices on the cluster, with its snapshots. Pages hold runs; runs hold the state.

Each slice is a task that carries the state to the worker and the next state back. So a pause loses nothing, a worker
that dies costs one slice, and Dask's queue of slices, one from each run, is what makes the order fair.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from aecore.compute import malloc
from aecore.compute.task_keys import SLICE, SUSPECTED
from aecore.compute.task_sequence import give_up
from aecore.networks import memory_estimate
from aecore.records.run_snapshot import ENDED_FOR_GOOD, Frame, RunRecord, RunSnapshot, Status
from aecore.records.training_state import Progress, TrainState
from aecore.runs import advice, ownership
from aecore.runs.admission import Places
from aecore.runs.pacing import FIRST_STEPS, Pace
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.errors import UNSOUND
from aecore.specs.limits import LIMITS

if TYPE_CHECKING:
    from aecore.runs.registry import Dispatcher

__all__ = ["MAX_EPOCHS", "Frame", "Run", "RunSnapshot", "run_slice"]

FETCH_TIMEOUT_S = 30
MAX_EPOCHS = LIMITS.epochs_in_all
# Reconstructions kept for the way back; beyond that, every second one goes.
MAX_FRAMES = 256
# A run that trains is kept on disk this often; one of many bytes more rarely, so that the disk has time for others.
KEEP_S, KEEP_BYTES_PER_S = 4.0, 4_000_000
# Bytes of a state whose copies leave holes in the worker's memory that are worth giving back, in some milliseconds.
LARGE = 10_000_000

logger = logging.getLogger(__name__)


class Run:
    """One training of one network. `start`, `pause`, `step`, `proceed` and `stop` return at once.

    `sealed` is what is kept of the secret of the visitor who may steer it (see `ownership`); `places` are where it asks
    before it trains; `keep(run)` is called, and must return at once, when it is worth keeping on disk.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        places: Places,
        model_spec: ModelSpec,
        train_spec: TrainSpec,
        sealed: str,
        keep: Callable[[Run], None],
    ):
        self.run_id = ownership.new_run_id()
        self.model_spec = model_spec
        self.train_spec = train_spec
        self.sealed = sealed
        self.seen_at = time.monotonic()
        self.waiting_since: float | None = None  # since when the slice under way has been submitted
        self._dispatcher = dispatcher
        self._cluster = dispatcher.cluster
        self._places = places
        self._keep = keep
        self._kept_at = time.monotonic()
        self._version = self._kept_version = 0
        self._lock = threading.RLock()
        self._status: Status = "paused"
        self._epochs = train_spec.epochs
        self._pause_at: int | None = None
        self._state: TrainState | None = None
        self._progress: Progress | None = None
        self._frames: dict[int, Frame] = {}
        self._ticket: object | None = None  # identifies the slice under way; answers of older ones are ignored
        self._future = None
        self._suspected = False  # of the death of a worker, so that the slice is tried by itself
        self._losses = 0
        self._notice: str | None = None
        self._error: str | None = None
        self._pace = Pace()

    @classmethod
    def restored(cls, dispatcher: Dispatcher, places: Places, record: RunRecord, keep: Callable[[Run], None]) -> Run:
        """The run that was kept; one that was training has been stopped by the end of its server, and says so.

        Of one whose weights are unsound, as servers of before kept them, losses and images are left.
        """
        run = cls(dispatcher, places, record.model_spec, record.train_spec, record.sealed, keep)
        run.run_id = record.run_id
        run._status, run._epochs, run._error = record.status, record.epochs, record.error
        run._state, run._progress = record.state, record.progress
        run._frames = {frame.epoch: frame for frame in record.frames}
        run._pace = Pace(FIRST_STEPS)
        if not record.state.sound:
            run._status, run._error = "diverged", UNSOUND
        elif run._status == "training":
            run._status = "stopped"
            run._notice = f"The server was started again; **Continue** goes on from epoch {record.progress.epoch:.1f}."
        return run

    # Steering.

    def start(self) -> None:
        """Begin, or go on after a pause or a stop, to the end."""
        with self._lock:
            if self._status in ("training", *ENDED_FOR_GOOD) or self._done():
                return
            self._go(pause_at=None)

    def pause(self) -> None:
        """Hold. A slice that is under way still counts when it comes back."""
        with self._lock:
            if self._status == "training":
                self._rest("paused")

    def step(self) -> None:
        """Train to the end of the current epoch, one more if the run is at its end, and pause there."""
        with self._lock:
            if self._status in ENDED_FOR_GOOD or self._epoch_count() >= MAX_EPOCHS:
                return
            target = self._epoch_count() + 1
            self._epochs = max(self._epochs, target)
            self._go(pause_at=target)

    def proceed(self, more_epochs: int) -> None:
        """Train `more_epochs` further epochs beyond the end set so far."""
        with self._lock:
            if self._status in ENDED_FOR_GOOD:
                return
            self._epochs = min(self._epochs + more_epochs, MAX_EPOCHS)
            if not self._done():
                self._go(pause_at=None)

    def stop(self) -> None:
        """End here, and give up the slice under way. What was learned stays; `start` would go on from it."""
        with self._lock:
            if self._status not in ("training", "paused"):
                return
            self._ticket = None
            self.waiting_since = None
            self._rest("stopped")
            if self._future is not None:
                future, self._future = self._future, None
                if future.status == "pending":
                    self._dispatcher.put(lambda: give_up(future))

    # Looking.

    def snapshot(self, position: int = 0) -> RunSnapshot:
        """The run as it is now; `position` is what the collection of all runs knows of the queue."""
        with self._lock:
            self.seen_at = time.monotonic()
            rate = self._pace.samples_per_s if self._status == "training" else 0.0
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
                sound=self._state is None or self._state.sound,
                pending=self._ticket is not None,
                ahead=self._places.ahead(self.run_id),
            )

    def record(self) -> tuple[int, RunRecord | None]:
        """All that it is now, to be kept, and the number of this version; None as long as nothing has come of it."""
        with self._lock:
            if self._state is None:
                return self._version, None
            return self._version, RunRecord(
                run_id=self.run_id,
                sealed=self.sealed,
                model_spec=self.model_spec,
                train_spec=self.train_spec,
                status=self._status,
                epochs=self._epochs,
                error=self._error,
                state=self._state,
                progress=self._progress,
                frames=tuple(self._frames.values()),
            )

    def kept(self, version: int) -> None:
        """Told that this version of it is on disk."""
        with self._lock:
            self._kept_version = max(self._kept_version, version)

    @property
    def on_disk(self) -> bool:
        """Whether what it is now is on disk, or there is nothing to put there."""
        return self._state is None or self._kept_version == self._version

    @property
    def resting(self) -> bool:
        """Whether it neither trains nor waits for a slice that is under way."""
        return self._status != "training" and self._ticket is None

    @property
    def status(self) -> Status:
        return self._status

    @property
    def mark(self) -> tuple:
        """What tells how it is now from how it was: who draws it anew only if this has changed misses nothing."""
        state = self._state
        return self._status, self._epochs, state.step if state else 0, self._error

    @property
    def weights(self) -> tuple[np.ndarray, ...] | None:
        """The weights in Keras' order, as of the last slice; None before the first, and if they are unsound."""
        state = self._state
        return state.weights if state is not None and state.sound else None

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
        self._notice = None
        self._pace.begin()
        self._places.ask(self.run_id, memory_estimate.state_bytes(self.model_spec, self.train_spec), self._advance)
        self._advance()

    def _advance(self) -> None:
        """Submit the next slice, if it is time."""
        with self._lock:
            # A slice that was under way when the run was paused comes back and submits the next one.
            if self._status == "training" and self._ticket is None and self._places.has(self.run_id):
                self._submit()

    def _rest(self, status: Status) -> None:
        """Train no more for now; others have their turn."""
        self._status = status
        self._places.leave(self.run_id)
        self._changed(now=True)

    def _changed(self, now: bool = False) -> None:
        """Have it kept: at once, or as often as it makes sense for one that trains."""
        self._version += 1
        every = max(KEEP_S, self.nbytes / KEEP_BYTES_PER_S)
        if now or time.monotonic() - self._kept_at >= every:
            self._kept_at = time.monotonic()
            self._keep(self)

    def _submit(self) -> None:
        self._ticket = ticket = object()
        self._losses = self._cluster.losses
        self.waiting_since = time.monotonic()
        self._dispatcher.put(lambda: self._send(ticket))

    def _send(self, ticket: object) -> None:
        with self._lock:
            if ticket is not self._ticket:
                return
            state, n_steps, suspected = self._state, self._pace.n_steps, self._suspected
        large = memory_estimate.worker_bytes(self.model_spec, self.train_spec) > LIMITS.shared_worker_bytes
        try:
            future = self._cluster.submit(
                run_slice,
                self.model_spec,
                self.train_spec,
                state,
                n_steps,
                train=True,
                alone=large or suspected,
                key=f"{SUSPECTED if suspected else SLICE}{secrets.token_hex(8)}",
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
        self._cluster.when_done(future, lambda done: self._on_done(ticket, done))

    def resubmit(self, ticket: object | None = None) -> None:
        """Submit the slice under way once more, for what had it is gone; with `ticket`, only if it is that slice."""
        with self._lock:
            if self._ticket is not None and ticket in (None, self._ticket):
                self._future = None
                losses = self._losses
                self._submit()
                self._losses = losses

    def _on_done(self, ticket: object, future) -> None:
        if ticket is not self._ticket:
            return
        if future.status == "cancelled":  # not by stop(), which takes the ticket away
            if self._cluster.condemned(future):
                self._fail(
                    ticket,
                    "The training worker ended again and again on this network, most likely for want of memory, so the "
                    "run was given up. A smaller network or batch needs less.",
                )
            else:  # or its cluster is gone
                with self._lock:
                    if ticket is self._ticket:
                        self._suspected = self._cluster.suspected(future)
                self.resubmit(ticket)
            return
        try:
            state, progress = future.result(timeout=FETCH_TIMEOUT_S)
        except Exception as error:
            # A cluster of somebody else's may blame a worker's death on what only waited there for its turn.
            if future.status == "error" and type(error).__name__ != "KilledWorker":
                logger.error("Run %s failed: %s: %s", self.run_id, type(error).__name__, error)
                self._fail(ticket, f"Training this network failed on the worker ({type(error).__name__}).")
            else:
                # The worker died between finishing the slice and handing it over.
                logger.warning("Run %s lost a slice: %s", self.run_id, error)
                self.resubmit(ticket)
            return
        sound = state.sound  # looks at every weight, which need not happen under the lock
        with self._lock:
            if ticket is not self._ticket:
                return
            self._ticket = self._future = self.waiting_since = None
            self._suspected = False
            if not sound:
                self._diverge(state)
                return
            self._take(state, progress)
            if self._status not in ("training", "paused"):
                return
            if self._done():
                self._rest("finished")
            elif self._status == "paused":
                self._changed(now=True)
            elif self._pause_at is not None and progress.epoch >= self._pause_at:
                self._rest("paused")
            else:
                self._changed()
                self._advance()

    def _take(self, state: TrainState, progress: Progress) -> None:
        if self._cluster.losses != self._losses:
            self._notice = (
                f"The training worker stopped and was started again; this run went on from epoch "
                f"{self._progress.epoch if self._progress else 0:.1f}. Nothing was lost."
            )
        trained = (state.step - (self._state.step if self._state else 0)) * self.train_spec.batch_size
        self._pace.take(trained, progress, self.train_spec, shared=self._places.n_training > 1)
        self._state, self._progress = state, progress
        if progress.epoch == int(progress.epoch):
            self._keep_frame(Frame(int(progress.epoch), progress.x_hat, progress.code_probe))

    def _keep_frame(self, frame: Frame) -> None:
        self._frames[frame.epoch] = frame
        if len(self._frames) > MAX_FRAMES:
            epochs = list(self._frames)
            for epoch in epochs[1:-1:2]:
                del self._frames[epoch]

    def _fail(self, ticket: object, sentence: str) -> None:
        with self._lock:
            if ticket is self._ticket:
                self._ticket = self._future = self.waiting_since = None
                self._error = sentence
                self._rest("failed")

    def _diverge(self, state: TrainState) -> None:
        """End for good: nothing can be learned from here. What the slice before had learned stays."""
        kept = self._progress.epoch if self._progress else None
        self._error = advice.diverged(self.train_spec, state.step, kept)
        self._rest("diverged")

    def _current_notice(self) -> str | None:
        if self._status != "training":
            return self._notice
        if not self._cluster.ready:
            starting = "The training worker is starting; training begins in a few seconds."
            return self._cluster.trouble or starting
        if self._ticket is not None and self._cluster.losses != self._losses:
            epoch = self._progress.epoch if self._progress else 0
            return f"The training worker stopped. A new one is starting, and the run goes on from epoch {epoch:.1f}."
        if self._ticket is not None and self._cluster.silent:
            return "The training worker does not answer at the moment. The run goes on when it does; nothing is lost."
        return self._notice


def run_slice(model_spec: ModelSpec, train_spec: TrainSpec, state: TrainState | None, n_steps: int):
    """The task on the worker: one `training.train_slice`. Imports Keras only there."""
    from aecore import training

    state, progress = training.train_slice(model_spec, train_spec, state, n_steps)
    if state.nbytes > LARGE:
        malloc.give_back()
    return state, progress
