"""A run: one training of one network, as a sequence of slices on the cluster. Pages hold runs; runs hold the state.

Each slice is a task that carries the state to the worker and the next state back. So a pause loses nothing, a worker
that dies costs one slice, and Dask's queue, which holds one slice of each run, keeps the order fair.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.compute.cluster import Cluster
from aecore.compute.futures import Dispatcher
from aecore.compute.task_keys import SLICE
from aecore.compute.task_sequence import Task, TaskSequence
from aecore.networks import memory_estimate
from aecore.records.run_snapshot import ENDED_FOR_GOOD, RunRecord, RunSnapshot, Status
from aecore.records.training_state import Progress, TrainState
from aecore.runs import advice, notices, worker
from aecore.runs.admission import AdmissionQueue
from aecore.runs.pacing import FIRST_STEPS, Pace
from aecore.runs.run_data import RunData
from aecore.runs.storage import KeepSchedule
from aecore.specs.limits import LIMITS

MAX_EPOCHS = LIMITS.epochs_in_all

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """What the runs of a server share.

    `dispatcher`: submits their slices in order. `admission`: where they ask before they train. `keep(run)`: called when
    a run is worth keeping on disk; returns at once.
    """

    cluster: Cluster
    dispatcher: Dispatcher
    admission: AdmissionQueue
    keep: Callable[[Run], None]


class Run:
    """One training of one network. `start`, `pause`, `step`, `proceed` and `stop` return at once."""

    def __init__(self, services: Services, data: RunData):
        self.run_id = data.run_id
        self.model_spec = data.model_spec
        self.train_spec = data.train_spec
        self.owner_hash = data.owner_hash
        self.seen_at = time.monotonic()
        self._services = services
        self._data = data
        self._lock = threading.RLock()
        self._pause_at: int | None = None
        self._pace = Pace(FIRST_STEPS if data.state else 0)
        self._versions = KeepSchedule()
        make_task, dispatch = self._next_slice, services.dispatcher.put
        self._slices = TaskSequence(
            services.cluster, make_task, self._receive, self._fail, lock=self._lock, dispatch=dispatch
        )

    # What its owner may do.

    def start(self) -> None:
        """Begin, or go on after a pause or a stop, to the end."""
        with self._lock:
            if self._data.status in ("training", *ENDED_FOR_GOOD) or self._data.at_end:
                return
            self._train(pause_at=None)

    def pause(self) -> None:
        """Hold. A slice that is under way still counts when it comes back."""
        with self._lock:
            if self._data.status == "training":
                self._rest("paused")

    def step(self) -> None:
        """Train to the end of the current epoch, one more if the run is at its end, and pause there."""
        with self._lock:
            target = int(self._data.epoch) + 1
            if self._data.status in ENDED_FOR_GOOD or target > MAX_EPOCHS:
                return
            self._data.epochs = max(self._data.epochs, target)
            self._train(pause_at=target)

    def proceed(self, more_epochs: int) -> None:
        """Train `more_epochs` further epochs beyond the end set so far."""
        with self._lock:
            if self._data.status in ENDED_FOR_GOOD:
                return
            self._data.epochs = min(self._data.epochs + more_epochs, MAX_EPOCHS)
            if not self._data.at_end:
                self._train(pause_at=None)

    def stop(self) -> None:
        """End here, and give up the slice under way. What was learned stays; `start` would go on from it."""
        with self._lock:
            if self._data.status in ("training", "paused"):
                self._slices.cancel()
                self._rest("stopped")

    # What there is to see.

    def snapshot(self, position: int = 0) -> RunSnapshot:
        """The run as it is now; `position`: how many runs have their turn before it."""
        with self._lock:
            self.seen_at = time.monotonic()
            notice = self._data.notice
            samples_per_s, eta_s = 0.0, None
            if self._data.status == "training":
                cluster, slices = self._services.cluster, self._slices
                notice = notices.while_training(cluster, slices, self._data.epoch) or notice
                samples_per_s = self._pace.samples_per_s
                eta_s = self._pace.eta_s(self._data.epoch, self._pause_at or self._data.epochs, self.train_spec)
            return RunSnapshot(
                run_id=self.run_id,
                model_spec=self.model_spec,
                train_spec=self.train_spec,
                status=self._data.status,
                epochs=self._data.epochs,
                progress=self._data.progress,
                frames=tuple(self._data.frames.values()),
                position=position,
                samples_per_s=samples_per_s,
                eta_s=eta_s,
                notice=notice,
                error=self._data.error,
                sound=self._data.sound,
                pending=self._slices.pending,
                ahead=self._services.admission.n_ahead(self.run_id),
            )

    def record(self) -> tuple[int, RunRecord | None]:
        """The number of its present version, and what is kept of it; None as long as nothing has come of it."""
        with self._lock:
            return self._versions.version, self._data.record()

    def kept(self, version: int) -> None:
        """Told that this version of it is on disk."""
        with self._lock:
            self._versions.note_kept(version)

    @property
    def on_disk(self) -> bool:
        """Whether its present version is on disk, or there is nothing to put there."""
        return self._data.state is None or self._versions.up_to_date

    @property
    def resting(self) -> bool:
        """Whether it neither trains nor waits for a slice that is under way."""
        return self._data.status != "training" and not self._slices.pending

    @property
    def waiting_since(self) -> float | None:
        """When the slice under way was submitted (`time.monotonic`); None if there is none."""
        return self._slices.waiting_since

    @property
    def status(self) -> Status:
        """What it is doing."""
        return self._data.status

    @property
    def mark(self) -> tuple:
        """What changes whenever there is something new to draw."""
        data = self._data
        return data.status, data.epochs, data.step, data.error

    @property
    def weights(self) -> tuple[np.ndarray, ...] | None:
        """The weights in Keras' order, as of the last slice; None before the first, and if they are unsound."""
        with self._lock:
            return self._data.weights

    @property
    def nbytes(self) -> int:
        """Bytes that the run takes in memory."""
        with self._lock:
            return self._data.nbytes

    # The sequence of slices.

    def _train(self, pause_at: int | None) -> None:
        self._data.status, self._data.notice, self._pause_at = "training", None, pause_at
        self._pace.begin()
        n_bytes = memory_estimate.state_bytes(self.model_spec, self.train_spec)
        self._services.admission.request(self.run_id, n_bytes, self._advance)
        self._advance()

    def _advance(self) -> None:
        """Submit the next slice, if it is time."""
        with self._lock:
            # A slice that was under way when the run was paused comes back and submits the next one.
            admitted = self._services.admission.is_admitted(self.run_id)
            if self._data.status == "training" and not self._slices.pending and admitted:
                self._slices.submit()

    def _next_slice(self) -> Task:
        alone = memory_estimate.worker_bytes(self.model_spec, self.train_spec) > LIMITS.shared_worker_bytes
        with self._lock:
            args = (self.model_spec, self.train_spec, self._data.state, self._pace.n_steps)
        return Task(worker.run_slice, args, alone, SLICE)

    def _receive(self, result: tuple[TrainState, Progress]) -> None:
        state, progress = result
        if not state.sound:
            # Nothing can be learned from here. What the slice before had learned stays.
            kept = self._data.epoch if self._data.progress else None
            self._data.error = advice.diverged(self.train_spec, state.step, kept)
            self._rest("diverged")
            return
        if self._slices.interrupted:
            self._data.notice = notices.worker_restarted(self._data.epoch)
        n_images = (state.step - self._data.step) * self.train_spec.batch_size
        self._pace.take(n_images, progress, self.train_spec, shared=self._services.admission.n_admitted > 1)
        self._data.advance(state, progress)
        if self._data.at_end:
            self._rest("finished")
        elif self._data.status == "paused":
            self._changed(now=True)
        elif self._pause_at is not None and self._data.epoch >= self._pause_at:
            self._rest("paused")
        else:
            self._changed()
            self._advance()

    def _fail(self, error: Exception) -> None:
        logger.error("Run %s failed: %s: %s", self.run_id, type(error).__name__, error)
        self._data.error = notices.failure(error)
        self._rest("failed")

    def _rest(self, status: Status) -> None:
        """Stop training for now, and let others train."""
        self._data.status = status
        self._services.admission.release(self.run_id)
        self._changed(now=True)

    def _changed(self, now: bool = False) -> None:
        if self._versions.is_due(self.nbytes, now):
            self._services.keep(self)
