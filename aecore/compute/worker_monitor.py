"""What workers report: that they are alive, and what they compute; and so what a worker died of.

Dask blames a worker's death on every task that it had been given, even those that only waited there for their turn. So
that nobody's run is given up for what another's did, the worker reports what it computes as it begins.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from tornado.ioloop import PeriodicCallback

from aecore.compute.dask_config import WorkerPlugin
from aecore.compute.task_keys import SUSPECTED, TURNS

if TYPE_CHECKING:
    from distributed import Client

TOPIC = "aecore-watch"
BEAT_S = 1.0
# A worker silent for this long is frozen, or its machine is: compiling and training do not keep it from reporting.
SILENT_S = 4.0
# One that is silent for much longer, or spends this long on one slice or step, will not recover by itself: each is made
# to take less than a second. No machine is that busy; compiling the largest network takes ten seconds.
FROZEN_S, STUCK_S = 45.0, 90.0
# How many workers may die of a task before it is given up. One death may be chance; two hardly are. A question that is
# computed beside a slice goes first, so that the slice is not given up with it. Slices that were computed side by side
# are each tried again alone, with that one death against them.
DEATHS, DEATHS_OF_QUESTION = 3, 2
RESTART_S = 30

logger = logging.getLogger(__name__)


class Reporter(WorkerPlugin):
    """Makes every worker that joins report what it computes."""

    name = "aecore-reporter"

    async def setup(self, worker) -> None:
        self._worker = worker
        self._beat = PeriodicCallback(self._say, 1000 * BEAT_S)
        self._beat.start()
        self._say()

    async def teardown(self, worker) -> None:
        self._beat.stop()

    def transition(self, key: str, start: str, finish: str, **_: Any) -> None:
        """Called by Dask whenever a task on the worker changes state."""
        if finish == "executing":
            self._say(begun=key)
        elif start == "executing":
            self._say(ended=key)

    def _say(self, **more: str) -> None:
        self._worker.log_event(TOPIC, {"worker": self._worker.address} | more)


class Watch:
    """Keeps track of the workers by what they report."""

    def __init__(self):
        self._lock = threading.Lock()
        self._heard: dict[str, float] = {}  # worker → when it last reported
        self._at: dict[str, dict[str, float]] = {}  # worker → keys of the tasks it computes, and since when
        self._deaths: Counter[str] = Counter()  # key → workers that died while they computed it

    @property
    def silent(self) -> bool:
        """Whether there are workers, none of which has reported for some time."""
        with self._lock:
            return bool(self._heard) and time.monotonic() - max(self._heard.values()) > SILENT_S

    @property
    def has_workers(self) -> bool:
        """Whether there are workers that have reported."""
        with self._lock:
            return bool(self._heard)

    def hear(self, message: dict[str, str]) -> None:
        """Take a worker's report."""
        worker, begun, ended = message["worker"], message.get("begun"), message.get("ended")
        with self._lock:
            self._heard[worker] = time.monotonic()
            at = self._at.setdefault(worker, {})
            if begun:
                at[begun] = time.monotonic()
            if ended:
                at.pop(ended, None)
                self._deaths.pop(ended, None)

    def died(self, worker: str) -> tuple[list[str], list[str]]:
        """Note a worker's death. Returns the keys of tasks to give up, of which too many have died, and of suspects."""
        with self._lock:
            self._heard.pop(worker, None)
            at = self._at.pop(worker, {})
            self._deaths.update(at.keys())
            guilty = [key for key in at if self._deaths[key] >= _patience(key)]
            slices = [key for key in at if key.startswith(TURNS)]
            suspects = [key for key in slices if key not in guilty] if len(slices) > 1 else []
            for key in (*guilty, *suspects):
                del self._deaths[key]
            return guilty, suspects

    def stuck(self) -> list[str]:
        """Workers that will not recover by themselves. Each is named once, and then given the same time again."""
        now = time.monotonic()
        with self._lock:
            workers = [worker for worker, heard in self._heard.items() if self._is_stuck(worker, now - heard, now)]
            for worker in workers:
                self._heard[worker] = now
                self._at[worker] = dict.fromkeys(self._at.get(worker, ()), now)
            return workers

    def _is_stuck(self, worker: str, silent_s: float, now: float) -> bool:
        begun = [since for key, since in self._at.get(worker, {}).items() if key.startswith(TURNS)]
        return silent_s > FROZEN_S or (bool(begun) and now - min(begun) > STUCK_S)

    def clear(self) -> None:
        """Forget the workers, which were another connection's."""
        with self._lock:
            self._heard.clear()
            self._at.clear()


def _patience(key: str) -> int:
    if key.startswith(SUSPECTED):
        return DEATHS - 1
    return DEATHS if key.startswith(TURNS) else DEATHS_OF_QUESTION


def restart(client: Client, worker: str) -> None:
    """Have a worker ended by its nanny and started again. A cluster of somebody else's may have no nannies."""
    try:
        client.restart_workers([worker], timeout=RESTART_S, raise_for_error=False)
    except Exception as error:
        logger.warning("The worker %s could not be started again: %s: %s", worker, type(error).__name__, error)
