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
    """All runs of a server: the queue as its visitors see it, and a bounded memory of what has ended."""

    def __init__(self, cluster: Cluster, max_bytes: int = 200_000_000):
        self.cluster = cluster
        self.max_bytes = max_bytes
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
            ahead = sum(r.waiting_since < mine for r in self._all() if r is not run and r.waiting_since is not None)
        return run.snapshot(position=ahead)

    def count_active(self) -> int:
        """Runs that are training or wait for their turn."""
        return sum(run.status == "training" for run in self._all())

    def _all(self) -> list[Run]:
        with self._lock:
            return list(self._runs.values())

    def _resubmit(self) -> None:
        for run in self._all():
            run.resubmit()

    def _make_room(self) -> None:
        runs = sorted(self._all(), key=lambda run: run.seen_at)
        total = sum(run.nbytes for run in runs)
        for run in runs[:-1]:
            if total <= self.max_bytes:
                break
            if run.status != "training":
                total -= run.nbytes
                with self._lock:
                    self._runs.pop(run.run_id, None)
