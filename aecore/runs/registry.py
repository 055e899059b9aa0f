"""All runs of a server: who may control them, in which order they train, and which of them stay in memory."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Literal

from aecore import malloc
from aecore.compute import address
from aecore.compute.cluster import Cluster
from aecore.compute.futures import Dispatcher
from aecore.compute.local_cluster import TRAINING_PLACES
from aecore.records.run_snapshot import RunSnapshot
from aecore.runs import ownership, size_limits, worker
from aecore.runs.admission import AdmissionQueue
from aecore.runs.pacing import SHARED_SLICE_S
from aecore.runs.run import Run, Services
from aecore.runs.run_data import RunData
from aecore.runs.storage import Storage, default_folder
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.limits import LIMITS, LimitError, Limits

Action = Literal["start", "pause", "step", "proceed", "stop"]
RESTING_ACTIONS = ("pause", "stop")  # they take nothing from anybody
NOT_YOURS = "Only the visitor who started a run can control it."


class Runs:
    """All runs of a server: in memory those that train or were looked at last, on disk the others.

    `folder`: where runs are kept, by default AECORE_RUNS_DIR or a folder among the user's caches. `grace_s`: how long a
    run goes on after its owner's last visit ended, so that a reload or a dropped connection does not stop it.
    """

    def __init__(self, cluster: Cluster, folder: Path | None = None, limits: Limits = LIMITS, grace_s: float = 8.0):
        self.cluster = cluster
        self.limits = limits
        self.grace_s = grace_s
        self._visits: dict[str, set[str]] = {}  # run id → visits of its owner that are open
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        # Two tabs together must not begin more runs than a visitor may have, and no run may leave that is just begun.
        self._control_lock = threading.RLock()
        self.storage = Storage(folder or default_folder(), limits, self._seen, self._make_room)
        dispatcher = Dispatcher()
        self.admission = AdmissionQueue(dispatcher.put, limits)
        self._services = Services(cluster, dispatcher, self.admission, self.storage.keep)

    # What visitors may do.

    def begin(self, model_spec: ModelSpec, train_spec: TrainSpec, owner: str) -> Run:
        """Start a run of the visitor with this secret.

        Raises LimitError if they have too many, or for what `size_limits.check` refuses.
        """
        size_limits.check(model_spec, train_spec, self.limits)
        with self._control_lock:
            self._check(owner)
            run = self.create(model_spec, train_spec, owner)
            run.start()
        return run

    def control(self, run: Run, owner: str, action: Action, *args: int) -> None:
        """Call a method of the run by name. Raises LimitError if this visitor may not do that, or not now."""
        if not ownership.is_owner(owner, run.owner_hash):
            raise LimitError(NOT_YOURS)
        with self._control_lock:
            with self._lock:  # it may have left memory since the page got it, and even be back
                run = self._runs.setdefault(run.run_id, run)
            if action not in RESTING_ACTIONS and run.status != "training":
                self._check(owner)
            getattr(run, action)(*args)

    def _check(self, owner: str) -> None:
        owner_hash = ownership.hash_secret(owner)
        training = sum(run.status == "training" and run.owner_hash == owner_hash for run in self.all())
        if training >= self.limits.runs_at_once:
            raise LimitError(
                f"You can train {self.limits.runs_at_once} networks at a time, and as many of yours are training, or "
                "waiting for their turn, on this page and others. Pause or stop one of them first."
            )

    # What there is.

    def create(self, model_spec: ModelSpec, train_spec: TrainSpec, owner: str) -> Run:
        """A run that has not begun, of the visitor with this secret. Resting runs make room if memory is short."""
        run = Run(self._services, RunData(model_spec, train_spec, ownership.hash_secret(owner), train_spec.epochs))
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
        with self._lock:  # another thread may have loaded it meanwhile
            run = self._runs.setdefault(run_id, Run(self._services, RunData.from_record(record)))
        self._make_room()
        return run

    def mark(self, run_id: str) -> tuple | None:
        """What changes whenever the run does; None for a run that is not in memory, and so cannot change.

        Asking costs nothing, and does not count as looking at the run.
        """
        run = self._runs.get(run_id)
        return run.mark if run is not None else None

    def snapshot(self, run: Run) -> RunSnapshot:
        """The run's snapshot, with its position in the queue, and with what is wrong with the disk, if anything."""
        mine, others = run.waiting_since, [other.waiting_since for other in self.all() if other is not run]
        position = 0 if mine is None else sum(since is not None and since < mine for since in others)
        snapshot = run.snapshot(position)
        return replace(snapshot, notice=self.storage.problem) if snapshot.notice is None else snapshot

    @property
    def turn_s(self) -> float:
        """Roughly the seconds between two turns on the worker: there is nothing new of a run or a map any sooner."""
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

    def _seen(self) -> dict[str, float]:
        since = time.time() - time.monotonic()
        return {run.run_id: since + run.seen_at for run in self.all()}

    def _make_room(self) -> None:
        """Let resting runs leave memory, those seen longest ago first, until the rest are within bounds."""
        with self._control_lock:
            self._evict()

    def _evict(self) -> None:
        runs = sorted(self.all(), key=lambda run: run.seen_at)
        sizes_of = {run.run_id: run.nbytes for run in runs}
        n_bytes, n_runs = sum(sizes_of.values()), len(runs)
        for run in runs:
            size, too_many = sizes_of[run.run_id], n_runs > self.limits.memory_runs
            if n_bytes <= self.limits.memory_bytes and not too_many:
                break
            # A run that is still to be written leaves once it has been, unless it can't be.
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


def connect() -> Cluster:
    """The cluster that the environment asks for (`address.scheduler`), without waiting for it."""
    return Cluster(address.scheduler(), warm_up=worker.warm_up)


def start() -> Runs:
    """The runs of this server, on the cluster that the environment asks for."""
    return Runs(connect())
