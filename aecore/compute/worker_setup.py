"""Prepares every worker that joins: with training places, and by warming it up before the first task comes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from aecore import malloc
from aecore.compute.dask_config import WorkerPlugin
from aecore.compute.local_cluster import TRAINING_PLACES
from aecore.compute.task_keys import TURNS

TOPIC = "aecore-places"  # under which a worker reports that it has training places now


class WorkerSetup(WorkerPlugin):
    """Prepares a worker. `warm_up`, a function of some module, is called there in a thread of its own."""

    name = "aecore-worker-setup"

    def __init__(self, warm_up: Callable[[], None] | None = None):
        self._warm_up = warm_up

    async def setup(self, worker) -> None:
        """Called by Dask when the worker joins."""
        if "train" not in worker.state.total_resources:
            await worker.set_resources(train=TRAINING_PLACES)
            worker.log_event(TOPIC, worker.address)
        if self._warm_up:
            threading.Thread(target=_warm, args=(worker, self._warm_up), name="warm-up", daemon=True).start()


def _warm(worker, warm_up: Callable[[], None]) -> None:
    # After a worker's death there are runs waiting to go on, which need the processor to compile for themselves.
    if not any(key.startswith(TURNS) for key in tuple(worker.state.tasks)):
        warm_up()
    malloc.give_back()  # importing and compiling have freed some 50 MB
