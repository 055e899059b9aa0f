"""The connection to the Dask cluster that computes for the app: embedded by default, or an existing one."""

from __future__ import annotations

import logging
import secrets
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from aecore.compute import worker_monitor, worker_setup
from aecore.compute.dask_config import Client, Future, config
from aecore.compute.futures import give_up, run_later
from aecore.compute.local_cluster import MESSAGES_KEPT, TRAINING_PLACES, LocalClusterProcess
from aecore.compute.start_trouble import StartTrouble, pause_s
from aecore.compute.task_keys import LARGE, TURNS
from aecore.compute.worker_monitor import Reporter, Watch
from aecore.compute.worker_setup import WorkerSetup

START_TIMEOUT_S = 60
# An embedded cluster that has had no worker for this long is started again: its nanny tries only once to replace one.
WORKERLESS_S = 60.0
FETCHERS = 8  # threads that fetch results
# Dask warns of larger tasks. A slice carries its run's state along: tens of megabytes for the widest networks.
MAX_STATE = "200MB"

logger = logging.getLogger(__name__)
# Dask logs a traceback for each lost connection; the runs themselves say what it means for them.
logging.getLogger("distributed.client").setLevel(logging.CRITICAL)


class Cluster:
    """A connection to a Dask cluster that repairs itself: what ends unexpectedly is started, or connected to, again.

    `address`: an existing cluster's; None to embed one. `worker_memory`: what the embedded cluster's worker may use
    before it is ended and started again, by default AECORE_WORKER_MEMORY or 1.6 GB. `warm_up`: a function
    of some module, called on every worker that joins.

    `losses` counts workers and schedulers that went away. Every function in `on_connect` is called, without arguments
    and in a thread of the cluster's, when there is a new connection, to which what was under way must be submitted.
    """

    def __init__(self, address: str | None = None, worker_memory: str = "", warm_up: Callable[[], None] | None = None):
        self.losses = 0
        self.on_connect: set[Callable[[], None]] = set()
        self._address, self._worker_memory, self._warm_up = address, worker_memory, warm_up
        self._trouble = StartTrouble(embedded=address is None)
        self._watch = Watch()
        self._futures: weakref.WeakValueDictionary[str, Future] = weakref.WeakValueDictionary()
        self._condemned: set[str] = set()
        self._suspected: set[str] = set()
        # Dask itself calls back in a single thread, in which one result that does not come would hold up all others.
        self._fetchers = ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetcher")
        self._process: LocalClusterProcess | None = None
        self._client: Client | None = None
        self._ready = threading.Event()
        self._closed = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="cluster-keeper", daemon=True)
        self._keeper.start()

    @property
    def ready(self) -> bool:
        """Whether work can be submitted without waiting for the cluster to start."""
        return self._ready.is_set()

    @property
    def trouble(self) -> str | None:
        """What keeps the cluster from being connected to, a sentence for visitors; None while nothing does."""
        return self._trouble.sentence

    @property
    def silent(self) -> bool:
        """Whether there are workers, none of which has been heard from for some seconds."""
        return self._watch.silent

    @property
    def queue(self) -> int:
        """How many tasks that take turns on training places have been submitted from here and not come back."""
        futures = [reference() for reference in self._futures.valuerefs()]  # other threads may add some meanwhile
        pending = [str(future.key) for future in futures if future is not None and future.status == "pending"]
        return sum(key.startswith(TURNS) for key in pending)

    @property
    def pid(self) -> int | None:
        """The embedded cluster's process; None while it starts, and for an existing cluster."""
        return self._process.pid if self._process else None

    def client(self, timeout: float = START_TIMEOUT_S) -> Client:
        """The Dask client, once there is a connection. Raises TimeoutError after `timeout` seconds without one."""
        if not self._ready.wait(timeout) or (client := self._client) is None:
            raise TimeoutError(f"Expected a connection to the training worker within {timeout:g} s; there was none.")
        return client

    def submit(
        self,
        function: Callable,
        *args: Any,
        train: bool = False,
        alone: bool = False,
        large: bool = False,
        **kwargs: Any,
    ) -> Future:
        """Run `function(*args, **kwargs)` on a worker.

        `train=True` takes one of the worker's training places, in turn; with `alone=True` all of them, for what needs
        the memory or the threads of a whole worker. Short questions take none and wait for nobody; a question that is
        `large` in memory takes one, so that it never runs beside a task that needs a whole worker.
        """
        resources = {"train": TRAINING_PLACES if alone else 1} if train or large else None
        if large:
            kwargs.setdefault("key", f"{LARGE}{function.__name__}-{secrets.token_hex(8)}")
        # With the default fifo_timeout, a run that submits often would overtake the others.
        future = self.client().submit(function, *args, pure=False, resources=resources, fifo_timeout="0 ms", **kwargs)
        self._futures[str(future.key)] = future
        return future

    def when_done(self, future: Future, function: Callable[[Future], None]) -> None:
        """Call `function(future)` when the task has ended; it may take its time to fetch the result."""
        future.add_done_callback(lambda done: self._fetchers.submit(function, done))

    def condemned(self, future: Future) -> bool:
        """Whether this task was cancelled because worker after worker died of it."""
        return future.key in self._condemned

    def suspected(self, future: Future) -> bool:
        """Whether this task was cancelled because a worker died of it, or of what it computed at the same time."""
        return future.key in self._suspected

    def close(self) -> None:
        """Disconnect, and end the embedded cluster with all its processes."""
        self._closed.set()
        self._keeper.join(timeout=10)
        self._fetchers.shutdown(wait=False, cancel_futures=True)

    def _keep(self) -> None:
        failures = 0
        while not self._closed.is_set():
            try:
                self._connect()
            except Exception as error:
                failures += 1
                self._trouble.note(error)
                self._disconnect()
                self._closed.wait(pause_s(failures))
                continue
            failures = 0
            self._trouble.clear()
            self._ready.set()
            for function in list(self.on_connect):
                function()
            self._stay_connected()
            self._ready.clear()
            self._disconnect()
            if not self._closed.is_set():
                self.losses += 1

    def _stay_connected(self) -> None:
        """Return when the connection is lost, or the embedded cluster has lost its worker for good."""
        heard, client = time.monotonic(), self.client()
        while self._alive() and not self._closed.wait(0.2):
            for worker in self._watch.stuck():
                logger.error("The worker %s is stuck, and is started again.", worker)
                run_later(partial(worker_monitor.restart, client, worker))
            if self._watch.has_workers or self._process is None:
                heard = time.monotonic()
            elif time.monotonic() - heard > WORKERLESS_S:
                logger.error(
                    "There has been no worker for %.0f s; the embedded cluster is started again.", WORKERLESS_S
                )
                return

    def _connect(self) -> None:
        address = self._address
        if address is None:
            self._process = LocalClusterProcess(self._worker_memory)
            address = self._process.address()
        config.set(
            {
                "distributed.admin.large-graph-warning-threshold": MAX_STATE,
                "distributed.admin.low-level-log-length": MESSAGES_KEPT,
            }
        )
        client = Client(address, timeout=START_TIMEOUT_S, set_as_default=False, direct_to_workers=self._address is None)
        self._watch.clear()
        client.subscribe_topic("all", self._on_event)
        client.subscribe_topic(worker_setup.TOPIC, self._on_place)
        client.subscribe_topic(worker_monitor.TOPIC, lambda event: self._watch.hear(event[1]))
        client.register_plugin(Reporter())
        client.register_plugin(WorkerSetup(self._warm_up))
        self._client = client

    def _alive(self) -> bool:
        process_alive = self._process is None or self._process.alive
        return process_alive and self._client is not None and self._client.status == "running"

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        process, self._process = self._process, None
        if client:
            try:
                for topic in ("all", worker_setup.TOPIC, worker_monitor.TOPIC):
                    client.unsubscribe_topic(topic)
                client.close(timeout=2)
            except Exception:
                logger.debug("The client did not close cleanly.", exc_info=True)
        if process:
            process.stop()

    def _on_event(self, event: tuple[float, Any]) -> None:
        message = event[1]
        if isinstance(message, dict) and message.get("action") == "remove-worker" and not self._closed.is_set():
            # Dask itself gives the tasks of a lost worker to the next one, so nothing has to be submitted again.
            self.losses += 1
            guilty, suspects = self._watch.died(message["worker"])
            for key in guilty:
                logger.error("Worker after worker died of %s, which is given up.", key)
                self._take_back(key, self._condemned)
            for key in suspects:
                self._take_back(key, self._suspected)

    def _take_back(self, key: str, why: set[str]) -> None:
        future = self._futures.get(key)
        if future is not None:
            why.add(key)
            # Not here: this is the client's own thread, which must not wait for itself.
            run_later(partial(give_up, future))

    def _on_place(self, event: tuple[float, Any]) -> None:
        # Dask does not reconsider tasks that were submitted before any worker had a training place.
        if client := self._client:
            run_later(partial(self._take_back_unplaced, client))

    def _take_back_unplaced(self, client: Client) -> None:
        """Cancel tasks that no worker has, so that whoever still wants them submits them again."""
        pending = [key for key, future in list(self._futures.items()) if future.status == "pending"]
        try:
            processing: Any = client.processing()  # worker → keys
            placed = {key for keys in processing.values() for key in keys}
        except Exception:  # the connection is gone; the next one gets everything again
            logger.debug("The scheduler did not say which tasks workers have.", exc_info=True)
            return
        for key in pending:
            future = self._futures.get(key)
            if key not in placed and key.startswith((*TURNS, LARGE)) and future is not None:
                give_up(future)
