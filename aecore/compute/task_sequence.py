"""Tasks that are computed one after the other: each is submitted when the result of the one before has come back.

A long computation cut into such tasks can be watched and stopped at each of them, takes turns with everybody else's,
holds one task in memory, and loses no more than one when a worker dies.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from aecore.compute.futures import Job, give_up, run_later
from aecore.compute.task_keys import STEP, SUSPECTED
from aecore.specs.errors import VisitorError

if TYPE_CHECKING:
    from distributed import Future

    from aecore.compute.cluster import Cluster

FETCH_TIMEOUT_S = 30
RETRY_S = 0.5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """What a worker is to compute, `function(*args)`; `alone`: with the whole worker to itself.

    `key_prefix`: what its key begins with.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...]
    alone: bool = True
    key_prefix: str = STEP


class Dispatch(Protocol):
    """Does a job soon, or after a delay, in another thread."""

    def __call__(self, job: Job, delay_s: float = 0.0) -> None: ...


class CondemnedError(VisitorError):
    """Worker after worker died of a task."""

    def __init__(self):
        super().__init__(
            "The worker ended again and again on this, most likely for want of memory, so it was given up. Something "
            "smaller needs less."
        )


class TaskSequence:
    """Sees one task at a time through, whatever happens to workers and connections meanwhile.

    A task that was lost is submitted again. One that is suspected of a worker's death then gets a worker to itself, and
    one that worker after worker died of is given up.

    `make_task()` gives the next task; it is called in a thread of `dispatch`'s, and may take its time.
    `receive(result)` and `fail(error)` are called in some other thread, which holds `lock`; they may submit the next
    task. `patience`: how often in a row a task may be lost before `fail` is called; None for any number of times.
    """

    def __init__(
        self,
        cluster: Cluster,
        make_task: Callable[[], Task],
        receive: Callable[[Any], None],
        fail: Callable[[Exception], None],
        *,
        lock: AbstractContextManager,
        dispatch: Dispatch = run_later,
        patience: int | None = None,
    ):
        self._cluster, self._make_task, self._receive, self._fail = cluster, make_task, receive, fail
        self._lock, self._dispatch, self._patience = lock, dispatch, patience
        self._ticket: object | None = None  # of the task under way; what comes back for an older one is ignored
        self._future: Future | None = None
        self._waiting_since: float | None = None
        self._suspected = False
        self._lost = 0  # times in a row
        self._cluster_losses = 0  # when the task under way was first submitted

    @property
    def pending(self) -> bool:
        """Whether a task is under way."""
        return self._ticket is not None

    @property
    def waiting_since(self) -> float | None:
        """When the task under way was submitted (`time.monotonic`); None if there is none."""
        return self._waiting_since

    @property
    def interrupted(self) -> bool:
        """Whether the cluster has lost a worker, or was lost, since the latest task was first submitted."""
        return self._cluster.losses != self._cluster_losses

    def submit(self) -> None:
        """Submit the next task. Returns at once."""
        with self._lock:
            self._suspected, self._lost, self._cluster_losses = False, 0, self._cluster.losses
            self._submit()

    def cancel(self) -> None:
        """Give up the task under way, if there is one. Returns at once."""
        with self._lock:
            future = self._future
            self._end_task()
        if future is not None and future.status == "pending":
            self._dispatch(lambda: give_up(future))

    def _submit(self, delay_s: float = 0.0) -> None:
        self._ticket = ticket = object()
        self._future, self._waiting_since = None, time.monotonic()
        self._cluster.on_connect.add(self._resubmit)
        # In another thread: nobody who clicks should wait for a cluster.
        self._dispatch(lambda: self._send(ticket), delay_s)

    def _end_task(self) -> None:
        self._ticket = self._future = self._waiting_since = None
        self._cluster.on_connect.discard(self._resubmit)

    def _send(self, ticket: object) -> None:
        # Without a connection nothing is sent; as soon as there is one, it asks for everything again.
        if ticket is not self._ticket or not self._cluster.ready:
            return
        try:
            task, suspected = self._make_task(), self._suspected
            future = self._cluster.submit(
                task.function,
                *task.args,
                train=True,
                alone=task.alone or suspected,
                key=f"{SUSPECTED if suspected else task.key_prefix}{secrets.token_hex(8)}",
            )
        except Exception as error:
            self._retry(ticket, error)
            return
        with self._lock:
            if ticket is not self._ticket:  # cancelled meanwhile
                give_up(future)
                return
            self._future = future
        self._cluster.when_done(future, lambda done: self._on_done(ticket, done))

    def _resubmit(self) -> None:
        with self._lock:
            if self._ticket is not None:
                self._submit()

    def _on_done(self, ticket: object, future: Future) -> None:
        if ticket is not self._ticket:
            return
        if future.status == "cancelled":  # not by `cancel`, which takes the ticket away
            if self._cluster.condemned(future):
                self._give_up(ticket, CondemnedError())
            else:
                self._retry(ticket, RuntimeError("the cluster went away"), self._cluster.suspected(future))
            return
        try:
            result = future.result(timeout=FETCH_TIMEOUT_S)
        except Exception as error:
            # A cluster of somebody else's may blame a worker's death on what only waited there for its turn.
            if future.status == "error" and type(error).__name__ != "KilledWorker":
                self._give_up(ticket, error)
            else:  # the worker died between finishing the task and handing over its result
                self._retry(ticket, error)
            return
        with self._lock:
            if ticket is self._ticket:
                self._end_task()
                self._receive(result)

    def _retry(self, ticket: object, error: Exception, suspected: bool = False) -> None:
        """Submit the task again: at once the first time, and then after a moment each."""
        with self._lock:
            if ticket is not self._ticket:
                return
            self._lost += 1
            if self._patience is None or self._lost <= self._patience:
                logger.warning("A task was lost, and is submitted again: %s: %s", type(error).__name__, error)
                self._suspected |= suspected
                self._submit(RETRY_S if self._lost > 1 else 0.0)
                return
        self._give_up(ticket, error)

    def _give_up(self, ticket: object, error: Exception) -> None:
        with self._lock:
            if ticket is self._ticket:
                self._end_task()
                self._fail(error)
