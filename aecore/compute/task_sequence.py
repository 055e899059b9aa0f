"""A chain: a long computation as tasks on the cluster, each submitted when the one before has come back.

So it can be watched and stopped at every step, takes its turn with everybody else's slices, holds one step in memory,
and a worker that dies costs one step.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aecore.compute.task_keys import STEP
from aecore.specs import SpecError
from aecore.specs.errors import VisitorError

if TYPE_CHECKING:
    from aecore.compute.cluster import Cluster

Status = Literal["running", "finished", "stopped", "failed"]
Task = tuple[Callable, tuple]  # a function and its arguments
FETCH_TIMEOUT_S = 30
# A chain that nobody looks at any more stops; a browser lets a page in the background look once a minute.
UNSEEN_S = 90
TOO_LARGE = (
    "The worker ended again and again on this, most likely for want of memory, so it was given up. Something smaller "
    "needs less."
)
PATIENCE = 5  # failures to submit or to fetch one after the other, each a moment apart

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ChainSnapshot:
    """A chain at one moment: how many of its `total` steps are done, in how many seconds, and what went wrong."""

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


class Chain:
    """`total` tasks, one after the other. `start` and `stop` return at once.

    `task(i)` gives the task of step i; `take(i, result)` is given what came back. Both are called in threads of the
    cluster's, never two at a time.
    """

    def __init__(self, cluster: Cluster, total: int, task: Callable[[int], Task], take: Callable[[int, Any], None]):
        self._cluster, self._total, self._task, self._take = cluster, total, task, take
        self._lock = threading.RLock()
        self._status: Status = "stopped"
        self._done = 0
        self._hold_at = total
        self._failures = 0
        self._ticket: object | None = None  # of the step under way; what comes back for an older one is ignored
        self._future = None
        self._begun = self._ended = self._seen = time.monotonic()
        self._error: str | None = None

    def start(self, steps: int | None = None) -> None:
        """Begin, or after a stop go on where it was: for `steps` steps, or to the end."""
        with self._lock:
            self._hold_at = self._total if steps is None else min(self._done + steps, self._total)
            if self._status != "stopped" or self._done >= self._total:
                return
            self._status, self._seen = "running", time.monotonic()
            self._begun = time.monotonic() - (self._ended - self._begun)
            self._cluster.on_loss.append(self._resubmit)
            self._submit()

    def pause(self) -> None:
        """End when the step under way has come back."""
        with self._lock:
            self._hold_at = self._done + 1

    def stop(self) -> None:
        """End here; what has come back stays."""
        future = None
        with self._lock:
            if self._status == "running":
                self._end("stopped")
                future, self._future = self._future, None
        if future is not None:
            threading.Thread(target=give_up, args=(future,), daemon=True).start()

    def snapshot(self) -> ChainSnapshot:
        """How far it is. Who looks wants it to go on."""
        with self._lock:
            self._seen = time.monotonic()
            until = time.monotonic() if self._status == "running" else self._ended
            return ChainSnapshot(self._status, self._done, self._total, until - self._begun, self._error)

    def _end(self, status: Status) -> None:
        self._status, self._ticket, self._ended = status, None, time.monotonic()
        with contextlib.suppress(ValueError):
            self._cluster.on_loss.remove(self._resubmit)

    def _submit(self, delay_s: float = 0.0) -> None:
        self._ticket = ticket = object()
        # A timer's thread, because the cluster may have to be waited for, and nobody who clicks should wait with it.
        timer = threading.Timer(delay_s, self._send, [ticket])
        timer.daemon = True
        timer.start()

    def _send(self, ticket: object) -> None:
        with self._lock:
            if ticket is not self._ticket:
                return
            step = self._done
        try:
            function, arguments = self._task(step)
            key = f"{STEP}{secrets.token_hex(8)}"
            future = self._cluster.submit(function, *arguments, train=True, alone=True, key=key)
        except Exception as error:
            self._try_again(ticket, error)
            return
        with self._lock:
            if ticket is not self._ticket:  # stopped meanwhile
                give_up(future)
                return
            self._future = future
        self._cluster.when_done(future, lambda done: self._on_done(ticket, step, done))

    def _on_done(self, ticket: object, step: int, future) -> None:
        if future.status == "cancelled":  # not by stop(), which takes the ticket away
            if self._cluster.condemned(future):
                self._fail(ticket, SpecError(TOO_LARGE))
            else:
                self._try_again(ticket, None)  # its cluster is gone
            return
        try:
            result = future.result(timeout=FETCH_TIMEOUT_S)
        except Exception as error:
            if future.status == "error":
                self._fail(ticket, error)
            else:
                self._try_again(ticket, error)
            return
        with self._lock:
            if ticket is not self._ticket:
                return
            self._future, self._failures = None, 0
            self._take(step, result)
            self._done += 1
            if self._done == self._total:
                self._end("finished")
            elif self._done >= self._hold_at or time.monotonic() - self._seen > UNSEEN_S:
                self._end("stopped")
            else:
                self._submit()

    def _resubmit(self) -> None:
        with self._lock:
            if self._status == "running":
                self._submit()

    def _try_again(self, ticket: object, error: Exception | None) -> None:
        with self._lock:
            if ticket is not self._ticket:
                return
            self._failures += 1
            if self._failures <= PATIENCE:
                self._submit(delay_s=0.5)
                return
        self._fail(ticket, error or RuntimeError("the cluster went away"))

    def _fail(self, ticket: object, error: Exception) -> None:
        logger.error("A chain failed: %s: %s", type(error).__name__, error)
        with self._lock:
            if ticket is self._ticket:
                told = isinstance(error, VisitorError)
                self._error = str(error) if told else f"This failed on the worker ({type(error).__name__})."
                self._end("failed")


def give_up(future) -> None:
    """Let the cluster forget a task."""
    # A cluster that is gone has given it up already.
    with contextlib.suppress(Exception):
        future.cancel()
