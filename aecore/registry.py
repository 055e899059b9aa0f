"""All runs of a server: the order in which they are served, and a bounded memory of those that have ended."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from aecore.cluster import Cluster
from aecore.runs import Run, RunSnapshot
from aecore.specs import ModelSpec, TrainSpec

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
    """All runs of a server: the queue as its visitors see it, and a bounded memory of what has ended.

    `max_bytes`: what ended runs may keep in memory. `grace_s`: how long a run goes on after its owner's last visit
    ended, so that a reload or a dropped connection does not stop it.
    """

    def __init__(self, cluster: Cluster, max_bytes: int = 200_000_000, grace_s: float = 8.0):
        self.cluster = cluster
        self.max_bytes = max_bytes
        self.grace_s = grace_s
        self._visits: dict[str, set[str]] = {}  # run id → visits of its owner that are open
        self._dispatcher = Dispatcher(cluster)
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()
        cluster.on_loss.append(self._resubmit)

    def create(self, model_spec: ModelSpec, train_spec: TrainSpec, owner: str) -> Run:
        """A run that has not begun; older runs that have ended make room if memory is short."""
        run = Run(self._dispatcher, model_spec, train_spec, owner, crowd=self.count_active)
        with self._lock:
            self._runs[run.run_id] = run
        self._make_room()
        return run

    def get(self, run_id: str) -> Run | None:
        """The run with this id, if there is one and it is still kept."""
        return self._runs.get(run_id)

    def snapshot(self, run: Run) -> RunSnapshot:
        """The run's snapshot, with its position in the queue."""
        mine = run.waiting_since
        ahead = 0
        if mine is not None:
            ahead = sum(r.waiting_since < mine for r in self.all() if r is not run and r.waiting_since is not None)
        return run.snapshot(position=ahead)

    def count_active(self) -> int:
        """Runs that are training or wait for their turn."""
        return sum(run.status == "training" for run in self.all())

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
        run = self.get(run_id)
        if run is not None and not self._visits.get(run_id):
            run.stop()

    def all(self) -> list[Run]:
        """Every run that is kept."""
        with self._lock:
            return list(self._runs.values())

    def _resubmit(self) -> None:
        for run in self.all():
            run.resubmit()

    def _make_room(self) -> None:
        runs = sorted(self.all(), key=lambda run: run.seen_at)
        total = sum(run.nbytes for run in runs)
        for run in runs:
            if total <= self.max_bytes:
                break
            size = run.nbytes
            if size and run.status != "training":
                total -= size
                with self._lock:
                    self._runs.pop(run.run_id, None)
                    self._visits.pop(run.run_id, None)
