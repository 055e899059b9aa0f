"""Work that nobody waits for: jobs done in order on a thread of their own, jobs done later, and futures given up."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Future

Job = Callable[[], None]

logger = logging.getLogger(__name__)


class Dispatcher:
    """Does jobs one at a time, in the order in which they come, on a thread of its own."""

    def __init__(self):
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="dispatcher")

    def put(self, job: Job, delay_s: float = 0.0) -> None:
        """Do a job when those before it are done. One with a delay lines up after it, and holds up no others."""
        if delay_s:
            run_later(job, delay_s, run=self.put)
        else:
            self._executor.submit(_run, job)


def run_later(job: Job, delay_s: float = 0.0, run: Callable[[Job], None] | None = None) -> None:
    """Do a job in a thread of its own, after `delay_s` seconds; with `run`, hand it over to that instead."""
    timer = threading.Timer(delay_s, run or _run, [job])
    timer.daemon = True
    timer.start()


def give_up(future: Future) -> None:
    """Let the cluster forget a task."""
    # A cluster that is gone has given it up already.
    with contextlib.suppress(Exception):
        future.cancel()


def _run(job: Job) -> None:
    try:
        job()
    except Exception:
        logger.exception("A job in the background failed.")
