"""The Dask cluster that computes for the app: a child process by default, an existing cluster if one is named.

    python -m aecore.cluster        # what the server starts: a local cluster that lives until its standard input closes

The child holds Dask's scheduler, nanny and one worker, on loopback only. It ends when the server ends, however that
happens, because the pipe to it closes then. Nothing here imports Keras: the worker does, in a thread of its own.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, LocalCluster, WorkerPlugin

from aecore import addresses, memory
from aecore.chain import give_up
from aecore.keys import LARGE, TURNS
from aecore.watch import TOPIC, Reporter, Watch

ROOT = Path(__file__).resolve().parent.parent
# Two slices at once keep two cores busier than one slice on both of them (by a quarter, measured); and one task more
# answers the pages' questions.
TRAINING_PLACES = 2  # of every worker: the resource 'train'
WORKER_THREADS = TRAINING_PLACES + 1
WORKER_MEMORY = "1.6GB"
# Training takes every core there is; pages, and a browser on the same machine, come before it.
NICENESS = 10
# What a worker had when it died, Dask gives to the next one, and counts the death against all of it, also against what
# only waited there. So who is to blame is found out here (see `watch`), and Dask itself never gives up.
ALLOWED_FAILURES = 1_000_000
START_TIMEOUT_S = 60
RESTART_S = 30
FETCHERS = 8  # threads that fetch results
PLACES = "aecore-places"  # the topic under which a worker tells that it has a training place now

# Every slice carries its run's state to the worker and back; for the widest networks that is tens of megabytes.
LARGEST_STATE = "200MB"
# Dask keeps the last thousand messages of every connection for its developers: here hundreds of megabytes of states,
# once in the server and once in the scheduler.
MESSAGES_KEPT = 2

logger = logging.getLogger(__name__)
# Dask logs a traceback for each lost connection; what it means for a run is told by the run.
logging.getLogger("distributed.client").setLevel(logging.CRITICAL)


class Cluster:
    """A connection to a Dask cluster that heals: what ends unexpectedly is started, or looked up, again.

    `losses` counts workers and schedulers that went away. Every function in `on_loss` is called, without arguments and
    in a thread of the cluster's, when work that was under way has to be submitted again. `worker_memory`: what the
    embedded cluster's worker may use before it is ended and started anew, by default AECORE_WORKER_MEMORY or 1.6 GB.
    """

    def __init__(self, address: str | None = None, worker_memory: str = ""):
        self.losses = 0
        self.on_loss: list[Callable[[], None]] = []
        self._address, self._worker_memory = address, worker_memory
        self._watch = Watch()
        self._futures: weakref.WeakValueDictionary[str, Future] = weakref.WeakValueDictionary()
        self._condemned: set[str] = set()
        self._suspected: set[str] = set()
        # Dask itself calls back in one thread for everybody: a result that does not come would hold up all others.
        self._fetchers = ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetcher")
        self._process: subprocess.Popen | None = None
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
    def silent(self) -> bool:
        """Whether there is a worker, which has not been heard of for some seconds."""
        return self._watch.silent

    @property
    def queue(self) -> int:
        """How many tasks that take training places have been submitted from here and not come back."""
        futures = [reference() for reference in self._futures.valuerefs()]  # which others may add to meanwhile
        pending = [future.key for future in futures if future is not None and future.status == "pending"]
        return sum(key.startswith(TURNS) for key in pending)

    @property
    def pid(self) -> int | None:
        """The embedded cluster's process; None while it starts, and for an existing cluster."""
        return self._process.pid if self._process else None

    def client(self, timeout: float = START_TIMEOUT_S) -> Client:
        """The Dask client, once there is a connection. Raises TimeoutError after `timeout` seconds without one."""
        if not self._ready.wait(timeout):
            raise TimeoutError(f"Expected a connection to the training worker within {timeout:g} s; there was none.")
        return self._client

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
        the memory or the threads of a whole worker. Short questions take none, and wait for nobody; one that is
        `large`, in memory, takes one, so that it is never beside what needs a whole worker.
        """
        resources = {"train": TRAINING_PLACES if alone else 1} if train or large else None
        if large:
            kwargs.setdefault("key", f"{LARGE}{function.__name__}-{secrets.token_hex(8)}")
        # The default fifo_timeout would let a run that submits often overtake the others.
        future = self.client().submit(function, *args, pure=False, resources=resources, fifo_timeout="0 ms", **kwargs)
        self._futures[future.key] = future
        return future

    def when_done(self, future: Future, function: Callable[[Future], None]) -> None:
        """Call `function(future)`, which may fetch the result and so take its time, when it has come to an end."""
        future.add_done_callback(lambda done: self._fetchers.submit(function, done))

    def condemned(self, future: Future) -> bool:
        """Whether this was given up, and so cancelled, because worker after worker died of it."""
        return future.key in self._condemned

    def suspected(self, future: Future) -> bool:
        """Whether this was taken back, and so cancelled, because a worker died of it or of what it computed beside."""
        return future.key in self._suspected

    def close(self) -> None:
        """Disconnect, and end the embedded cluster with all its processes."""
        self._closed.set()
        self._keeper.join(timeout=10)
        self._fetchers.shutdown(wait=False, cancel_futures=True)

    def _keep(self) -> None:
        while not self._closed.is_set():
            try:
                self._connect()
            except Exception:
                logger.exception("The training cluster could not be reached; trying again.")
                self._disconnect()
                self._closed.wait(1.0)
                continue
            while self._alive() and not self._closed.wait(0.2):
                for worker in self._watch.stuck():
                    logger.error("The worker %s does not go on, and is started anew.", worker)
                    threading.Thread(target=_start_anew, args=(self._client, worker), daemon=True).start()
            self._ready.clear()
            self._disconnect()
            if not self._closed.is_set():
                self._note_loss(resubmit=True)

    def _connect(self) -> None:
        address = self._address
        if address is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "aecore.cluster"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # OpenMP's threads, of which t-SNE uses two, wait asleep: spinning, they would hold a core for nothing.
                env={
                    "OMP_WAIT_POLICY": "passive",
                    "MALLOC_ARENA_MAX": str(memory.ARENAS),
                    "AECORE_WORKER_MEMORY": WORKER_MEMORY,
                }
                | os.environ
                | ({"AECORE_WORKER_MEMORY": self._worker_memory} if self._worker_memory else {})
                | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))},
            )
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError("Expected the cluster's address from its process; the process ended instead.")
            address = json.loads(line)["address"]
        dask.config.set(
            {
                "distributed.admin.large-graph-warning-threshold": LARGEST_STATE,
                "distributed.admin.low-level-log-length": MESSAGES_KEPT,
            }
        )
        client = Client(address, timeout=START_TIMEOUT_S, set_as_default=False, direct_to_workers=self._address is None)
        self._watch.clear()
        client.subscribe_topic("all", self._on_event)
        client.subscribe_topic(PLACES, self._on_place)
        client.subscribe_topic(TOPIC, lambda event: self._watch.hear(event[1]))
        client.register_plugin(Reporter())
        client.register_plugin(WarmUp())
        self._client = client
        self._ready.set()

    def _alive(self) -> bool:
        process_alive = self._process is None or self._process.poll() is None
        return process_alive and self._client.status == "running"

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        process, self._process = self._process, None
        if client:
            try:
                client.unsubscribe_topic("all")
                client.unsubscribe_topic(PLACES)
                client.unsubscribe_topic(TOPIC)
                client.close(timeout=2)
            except Exception:
                logger.debug("The client did not close cleanly.", exc_info=True)
        if process:
            process.stdin.close()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
            process.stdout.close()

    def _on_event(self, event: tuple[float, Any]) -> None:
        message = event[1]
        if isinstance(message, dict) and message.get("action") == "remove-worker" and not self._closed.is_set():
            # Dask itself gives a lost worker's tasks to the next one, so there is nothing to submit again.
            self._note_loss(resubmit=False)
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
            # This is the client's own thread, which must not wait for itself.
            threading.Thread(target=give_up, args=(future,), name="give-up", daemon=True).start()

    def _on_place(self, event: tuple[float, Any]) -> None:
        # Of slices that came when no worker had a training place, Dask does not think again when one gets a place.
        threading.Thread(target=self._resubmit_if_alone, args=(self._client,), daemon=True).start()

    def _resubmit_if_alone(self, client: Client | None) -> None:
        try:
            alone = client is not None and len(client.ncores()) == 1
        except Exception:  # the connection is gone, and what was under way is submitted again with the next one
            logger.debug("The workers could not be counted.", exc_info=True)
            return
        if alone:
            for function in list(self.on_loss):
                function()
            for key, future in list(self._futures.items()):
                if key.startswith(LARGE):
                    give_up(future)  # whoever still wants the answer asks again

    def _note_loss(self, resubmit: bool) -> None:
        self.losses += 1
        if resubmit:
            for function in list(self.on_loss):
                function()


def _start_anew(client: Client, worker: str) -> None:
    """Have a worker ended by its nanny and started again. A cluster of somebody else's may have no nannies."""
    try:
        client.restart_workers([worker], timeout=RESTART_S, raise_for_error=False)
    except Exception as error:
        logger.warning("The worker %s could not be started anew: %s: %s", worker, type(error).__name__, error)


class WarmUp(WorkerPlugin):
    """Prepares every worker that joins: a training place, and TensorFlow imported before the first run needs it."""

    name = "aecore-warm-up"

    async def setup(self, worker) -> None:
        if "train" not in worker.state.total_resources:
            await worker.set_resources(train=TRAINING_PLACES)
            worker.log_event(PLACES, worker.address)
        threading.Thread(target=_warm_up, args=(worker,), name="warm-up", daemon=True).start()


def _warm_up(worker) -> None:
    from aecore import training

    # After a death there are runs to go on with, which need the processor for what they compile themselves.
    if not any(key.startswith(TURNS) for key in tuple(worker.state.tasks)):
        training.warm_up()
    memory.give_back()  # importing and compiling have freed some 50 MB


def connect() -> Cluster:
    """The cluster that the environment asks for (`addresses.scheduler`), without waiting for it."""
    return Cluster(addresses.scheduler())


def _close(cluster: LocalCluster) -> None:
    # A worker in the middle of a slice does not close in time; it goes with this process.
    with contextlib.suppress(TimeoutError):
        cluster.close(timeout=2)


def main() -> None:
    """Hold a local cluster until standard input closes."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    # Whatever workers print must not end up in the pipe that carries the address.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
            "distributed.admin.low-level-log-length": MESSAGES_KEPT,
            # A local cluster gives a worker up that is not back in time, for good; a busy machine may take its time.
            "distributed.deploy.lost-worker-timeout": "1 hour",
            # A worker that is short of memory would wait for results to be taken away, but here nobody leaves any with
            # it: it would wait for ever. One that really runs out is ended by its nanny and comes back.
            "distributed.worker.memory.target": False,
            "distributed.worker.memory.spill": False,
            "distributed.worker.memory.pause": False,
            # Dask would have malloc give memory back at every turn, which costs a compiled loop a quarter of its speed.
            "distributed.nanny.pre-spawn-environ": {},
        }
    )
    # That the server's connection closes when the server ends is no news.
    logging.getLogger("distributed.scheduler").addFilter(lambda record: "Closed comm" not in record.getMessage())
    cluster = LocalCluster(
        n_workers=1,
        threads_per_worker=WORKER_THREADS,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=os.environ.get("AECORE_WORKER_MEMORY", WORKER_MEMORY),
        resources={"train": TRAINING_PLACES},
        silence_logs=logging.ERROR,
    )
    print(json.dumps({"address": cluster.scheduler_address}), file=answers, flush=True)
    sys.stdin.buffer.read()
    closing = threading.Thread(target=_close, args=(cluster,), daemon=True)
    closing.start()
    closing.join(timeout=4)
    # The workers watch this process and go with it, should one of them not have closed in time.
    os._exit(0)


if __name__ == "__main__":
    main()
