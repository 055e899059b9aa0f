"""All runs of a server: the order in which they are served, who may steer them, and a bounded memory of them."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from aecore.compute import malloc
from aecore.compute.cluster import Cluster
from aecore.compute.local_cluster import TRAINING_PLACES
from aecore.networks import memory_estimate
from aecore.records.run_snapshot import RunSnapshot
from aecore.runs import ownership
from aecore.runs.admission import Places
from aecore.runs.pacing import SHARED_SLICE_S
from aecore.runs.run import Run
from aecore.runs.storage import Storage, default_folder
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.limits import LIMITS, LimitError, Limits

Action = Literal["start", "pause", "step", "proceed", "stop"]
MAX_SCALES = 3  # of a U-shaped network on images of 28 × 28 pixels
RESTING_ACTIONS = ("pause", "stop")  # which ask for nothing
NOT_YOURS = "Only the visitor who started a run can steer it."

logger = logging.getLogger(__name__)


class Dispatcher:
    """Submits slices in the order in which they come, on a thread of its own, so that no page waits for the cluster."""

    def __init__(self, cluster: Cluster):
        self.cluster = cluster
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="dispatcher", daemon=True).start()

    def put(self, job: Callable[[], None]) -> None:
        self._queue.put(job)

    def _work(self) -> None:
        while True:
            job = self._queue.get()
            try:
                job()
            except Exception:
                logger.exception("A slice could not be submitted.")


class Runs:
    """All runs of a server: in memory what trains and what was looked at last, on disk the others.

    `folder`: where runs are kept, by default AECORE_RUNS_DIR or a folder among the user's caches. `grace_s`: how long a
    run goes on after its owner's last visit ended, so that a reload or a dropped connection does not stop it.
    """

    def __init__(self, cluster: Cluster, folder: Path | None = None, limits: Limits = LIMITS, grace_s: float = 8.0):
        self.cluster = cluster
        self.limits = limits
        self.grace_s = grace_s
        self._visits: dict[str, set[str]] = {}  # run id → visits of its owner that are open
        self._dispatcher = Dispatcher(cluster)
        self._places = Places(self._dispatcher.put, limits)
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        # So that two tabs together do not begin more than a visitor may have, and nothing leaves that is just begun.
        self._steering = threading.RLock()
        self.storage = Storage(folder or default_folder(), limits, self._seen, self._make_room)
        cluster.on_loss.append(self._resubmit)

    # What visitors may do.

    def begin(self, model_spec: ModelSpec, train_spec: TrainSpec, owner: str) -> Run:
        """Start a run of the visitor with this secret.

        Raises LimitError if they have too many, or it is too large, or is U-shaped with more scales than an image has.
        """
        if model_spec.family == "unet" and len(model_spec.widths) > MAX_SCALES:
            raise LimitError(
                f"A U-shaped network halves the 28 × 28 pixels of an image from scale to scale, which goes evenly for "
                f"{MAX_SCALES} scales (28, 14, 7); this network has {len(model_spec.widths)}."
            )
        n_bytes = memory_estimate.state_bytes(model_spec, train_spec)
        if n_bytes > self.limits.state_bytes:
            raise LimitError(
                f"A network may take up to {self.limits.state_bytes / 1e6:.0f} MB while it is trained, but this one "
                f"would take {n_bytes / 1e6:.0f} MB. Fewer or smaller layers need less."
            )
        n_bytes = memory_estimate.worker_bytes(model_spec, train_spec)
        if n_bytes > self.limits.worker_bytes:
            raise LimitError(
                f"Training may take {self.limits.worker_bytes / 1e6:.0f} MB of memory, but this network with batches "
                f"of {train_spec.batch_size:,} images would take about {n_bytes / 1e6:,.0f} MB. A smaller batch, or "
                "fewer or smaller layers, need less."
            )
        with self._steering:
            self._check(owner)
            run = self.create(model_spec, train_spec, owner)
            run.start()
        return run

    def steer(self, run: Run, owner: str, action: Action, *args: int) -> None:
        """Do something to a run: a method of it, by name. Raises LimitError if this visitor may not, or not now."""
        if not ownership.opens(owner, run.sealed):
            raise LimitError(NOT_YOURS)
        with self._steering:
            with self._lock:  # it may have left for the disk since the page got hold of it, and even be back
                run = self._runs.setdefault(run.run_id, run)
            if action not in RESTING_ACTIONS and run.status != "training":
                self._check(owner)
            getattr(run, action)(*args)

    def _check(self, owner: str) -> None:
        sealed = ownership.seal(owner)
        training = sum(run.status == "training" and run.sealed == sealed for run in self.all())
        if training >= self.limits.runs_at_once:
            raise LimitError(
                f"You can train {self.limits.runs_at_once} networks at a time, and as many of yours are training, or "
                "waiting for their turn, on this page and others. Pause or stop one of them first."
            )

    # What there is.

    def create(self, model_spec: ModelSpec, train_spec: TrainSpec, owner: str) -> Run:
        """A run that has not begun, of the visitor with this secret; those that rest make room if memory is short."""
        run = Run(self._dispatcher, self._places, model_spec, train_spec, ownership.seal(owner), self.storage.keep)
        with self._lock:
            self._runs[run.run_id] = run
        self._make_room()
        return run

    def get(self, run_id: str) -> Run | None:
        """The run with this id, from memory or from disk; None if it is not kept any more, or never was."""
        run = self._runs.get(run_id)
        if run is not None:
            return run
        record = self.storage.load(run_id)
        if record is None:
            return None
        with self._lock:  # another thread may have been as quick
            run = self._runs.setdefault(run_id, Run.restored(self._dispatcher, self._places, record, self.storage.keep))
        self._make_room()
        return run

    def mark(self, run_id: str) -> tuple | None:
        """What tells how a run is now from how it was; None where it is not in memory, and so rests as it was.

        It is a look that costs nothing and keeps nothing: not the run in memory, nor another one on disk.
        """
        run = self._runs.get(run_id)
        return run.mark if run is not None else None

    def snapshot(self, run: Run) -> RunSnapshot:
        """The run's snapshot, with its position in the queue, and with what there is to say of the disk."""
        mine = run.waiting_since
        ahead = 0
        if mine is not None:
            ahead = sum(r.waiting_since < mine for r in self.all() if r is not run and r.waiting_since is not None)
        snapshot = run.snapshot(position=ahead)
        return replace(snapshot, notice=self.storage.problem) if snapshot.notice is None else snapshot

    @property
    def turn_s(self) -> float:
        """Seconds, about, from one turn on the worker to the next: sooner, there is nothing new of a run or a map."""
        return SHARED_SLICE_S * self.cluster.queue / TRAINING_PLACES

    def adopt(self, run: Run, visit: str) -> None:
        """Note that a visit (an open tab) of the run's owner looks at the run."""
        with self._lock:
            self._visits.setdefault(run.run_id, set()).add(visit)

    def leave(self, visit: str) -> None:
        """Note that a visit has ended. A run that nobody has adopted again after the grace time is stopped."""
        with self._lock:
            left = [run_id for run_id, visits in self._visits.items() if visit in visits]
            for run_id in left:
                self._visits[run_id].discard(visit)
        for run_id in left:
            timer = threading.Timer(self.grace_s, self._stop_if_left, [run_id])
            timer.daemon = True
            timer.start()

    def _stop_if_left(self, run_id: str) -> None:
        run = self._runs.get(run_id)
        if run is not None and not self._visits.get(run_id):
            run.stop()

    def all(self) -> list[Run]:
        """Every run that is kept."""
        with self._lock:
            return list(self._runs.values())

    def _resubmit(self) -> None:
        for run in self.all():
            run.resubmit()

    def _seen(self) -> dict[str, float]:
        since = time.time() - time.monotonic()
        return {run.run_id: since + run.seen_at for run in self.all()}

    def _make_room(self) -> None:
        """Let the runs leave memory that rest and were seen longest ago, until those that stay are within bounds."""
        with self._steering:
            self._let_leave()

    def _let_leave(self) -> None:
        runs = sorted(self.all(), key=lambda run: run.seen_at)
        sizes_of = {run.run_id: run.nbytes for run in runs}
        n_bytes, n_runs = sum(sizes_of.values()), len(runs)
        for run in runs:
            size, too_many = sizes_of[run.run_id], n_runs > self.limits.memory_runs
            if n_bytes <= self.limits.memory_bytes and not too_many:
                break
            # One that is still to be written leaves when it has been, unless there is nowhere to write it to.
            leaves = run.resting and (run.on_disk or self.storage.problem is not None)
            if leaves and (size or too_many):
                n_bytes, n_runs = n_bytes - size, n_runs - 1
                self.storage.forget(run.run_id)
                self.storage.touch(run.run_id, time.time() - time.monotonic() + run.seen_at)
                with self._lock:
                    self._runs.pop(run.run_id, None)
                    self._visits.pop(run.run_id, None)
        if n_runs < len(runs):
            malloc.give_back()
