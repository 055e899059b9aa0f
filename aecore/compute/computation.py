"""A long computation of a known number of steps, as a sequence of tasks that a visitor starts, watches and stops."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aecore.compute.task_sequence import Task, TaskSequence
from aecore.specs.errors import sentence_of

if TYPE_CHECKING:
    from aecore.compute.cluster import Cluster

Status = Literal["running", "finished", "stopped", "failed"]
# A computation that nobody looks at any more stops; a browser lets a page in the background look once a minute.
UNSEEN_S = 90
PATIENCE = 5  # how often in a row a step may be lost, each a moment apart

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ComputationSnapshot:
    """A computation at one moment: `done` of its `total` steps, the seconds they took, and what went wrong."""

    status: Status
    done: int
    total: int
    seconds: float
    error: str | None

    @property
    def active(self) -> bool:
        """Whether it goes on by itself."""
        return self.status == "running"

    @property
    def eta_s(self) -> float | None:
        """Seconds to the end at the pace so far; None before the first step is done."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None


class Computation:
    """`total` steps, one after the other. `start`, `pause` and `stop` return at once.

    `make_task(i)` gives the task of step i, and `receive(i, result)` is given its result. Both are called in threads of
    the cluster's, never for two steps at a time; `receive` with `lock` held.
    """

    def __init__(
        self, cluster: Cluster, total: int, make_task: Callable[[int], Task], receive: Callable[[int, Any], None]
    ):
        self.lock = threading.RLock()
        self._total, self._receive = total, receive
        self._status: Status = "stopped"
        self._done = 0
        self._hold_at = total
        self._begun = self._ended = self._seen = time.monotonic()
        self._error: str | None = None
        self._tasks = TaskSequence(
            cluster,
            lambda: make_task(self._done),
            self._on_result,
            self._on_failure,
            lock=self.lock,
            patience=PATIENCE,
        )

    def start(self, steps: int | None = None) -> None:
        """Begin, or after a stop go on where it was: for `steps` steps, or to the end."""
        with self.lock:
            self._hold_at = self._total if steps is None else min(self._done + steps, self._total)
            if self._status != "stopped" or self._done >= self._total:
                return
            self._status, self._seen = "running", time.monotonic()
            self._begun = time.monotonic() - (self._ended - self._begun)
            self._tasks.submit()

    def pause(self) -> None:
        """Stop when the step under way has come back."""
        with self.lock:
            self._hold_at = self._done + 1

    def stop(self) -> None:
        """Stop now; what has come back stays."""
        with self.lock:
            if self._status == "running":
                self._end("stopped")
                self._tasks.cancel()

    def snapshot(self) -> ComputationSnapshot:
        """How far it is. Whoever looks wants it to go on."""
        with self.lock:
            self._seen = time.monotonic()
            until = time.monotonic() if self._status == "running" else self._ended
            return ComputationSnapshot(self._status, self._done, self._total, until - self._begun, self._error)

    def _end(self, status: Status) -> None:
        self._status, self._ended = status, time.monotonic()

    def _on_result(self, result: Any) -> None:
        self._receive(self._done, result)
        self._done += 1
        if self._done == self._total:
            self._end("finished")
        elif self._done >= self._hold_at or time.monotonic() - self._seen > UNSEEN_S:
            self._end("stopped")
        else:
            self._tasks.submit()

    def _on_failure(self, error: Exception) -> None:
        logger.error("A computation failed: %s: %s", type(error).__name__, error)
        self._error = sentence_of(error, "This failed on the worker")
        self._end("failed")
