"""The embedded Dask cluster: a process that holds a scheduler, a nanny and one worker, on loopback only.

    python -m aecore.compute.local_cluster      # what the server starts; it lives until its standard input closes

It ends when the server ends, however that happens, because the pipe to it closes then. It takes no settings that are
meant for other programs: see `own_dask`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import site
import subprocess
import sys
import tempfile
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, TextIO

from aecore import child_process, malloc
from aecore.compute import address as addresses

if TYPE_CHECKING:
    from distributed import LocalCluster

# Two slices at once keep two cores busier than one slice on both of them (by a quarter, measured); and one task more
# answers the pages' questions.
TRAINING_PLACES = 2  # of every worker: the resource 'train'
WORKER_THREADS = TRAINING_PLACES + 1
WORKER_MEMORY = "1.6GB"
# Training takes every core there is; pages, and a browser on the same machine, come before it.
NICENESS = 10
# What a worker had when it died, Dask gives to the next one, and counts the death against all of it, also against what
# only waited there. So who is to blame is found out by `watch`, and Dask itself never gives up.
ALLOWED_FAILURES = 1_000_000
# Dask keeps the last thousand messages of every connection for its developers: here hundreds of megabytes of states,
# once in the server and once in the scheduler.
MESSAGES_KEPT = 2
LINES_KEPT = 200  # of what a process prints while it starts
# Settings of other programs, which could keep a worker from starting, or change what it computes.
FOREIGN = ("DASK_", "KERAS_", "TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "XLA_FLAGS")


class StartError(RuntimeError):
    """The cluster cannot start. `cause`: why, in a line; `details`: what its process printed."""

    def __init__(self, cause: str, details: str):
        super().__init__(cause)
        self.cause, self.details = cause, details


class LocalClusterProcess:
    """The cluster's process, as the server sees it. `worker_memory`: such as "1.6GB", before AECORE_WORKER_MEMORY."""

    def __init__(self, worker_memory: str = ""):
        self._process = subprocess.Popen(  # noqa: S603  (our own command)
            child_process.command("aecore.compute.local_cluster"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(worker_memory),
        )
        self.pid = self._process.pid
        self._printed: deque[bytes] = deque(maxlen=LINES_KEPT)
        self._lock = threading.Lock()
        self._started = False
        self._listener = threading.Thread(target=self._listen, name="cluster-output", daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def address(self) -> str:
        """The scheduler's address, once the worker is there; waits for it. Raises StartError."""
        answer = json.loads(self._process.stdout.readline() or b"{}")
        if "address" not in answer:
            self._process.stdin.close()
            self._listener.join(timeout=5)  # until everything that it has printed has been read
            details = b"".join(self._printed).decode(errors="replace")
            *_, last = ["its process ended without a word", *details.strip().splitlines()]
            raise StartError(answer.get("problem", last), details)
        with self._lock:
            self._started = True
            _pass_on(b"".join(self._printed))
        return answer["address"]

    def stop(self) -> None:
        """End the process with all that it has started."""
        self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _listen(self) -> None:
        """Pass on what the process prints; what it prints while it starts is kept, in case that it fails."""
        with self._process.stderr as printed:
            for line in printed:
                with self._lock:
                    if self._started:
                        _pass_on(line)
                    else:
                        self._printed.append(line)


def _pass_on(printed: bytes) -> None:
    with contextlib.suppress(OSError):  # a server may have no standard error
        os.write(2, printed)


def _environment(worker_memory: str) -> dict[str, str]:
    # OpenMP's threads, of which t-SNE uses two, wait asleep: spinning, they would hold a core for nothing.
    tuning = {
        "OMP_WAIT_POLICY": "passive",
        "MALLOC_ARENA_MAX": str(malloc.ARENAS),
        "AECORE_WORKER_MEMORY": WORKER_MEMORY,
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith((*FOREIGN, addresses.SCHEDULER))}
    return tuning | own | ({"AECORE_WORKER_MEMORY": worker_memory} if worker_memory else {})


# In the process.


def _leave_home() -> tempfile.TemporaryDirectory:
    """Give this process, and those it starts, an empty home folder: in the user's, Dask and Keras look for settings."""
    home = tempfile.TemporaryDirectory(prefix="aecore-home-", ignore_cleanup_errors=True)
    if site.ENABLE_USER_SITE:
        os.environ.setdefault("PYTHONUSERBASE", site.getuserbase())  # packages installed there are still found
    os.environ.update(HOME=home.name, USERPROFILE=home.name, DASK_ROOT_CONFIG=home.name)
    return home


def configuration() -> dict[str, Any]:
    """Dask's settings for the embedded cluster."""
    return {
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


def _start() -> LocalCluster:
    from aecore.compute.dask_config import LocalCluster, dask

    dask.config.set(configuration())
    # That the server's connection closes when the server ends is no news.
    logging.getLogger("distributed.scheduler").addFilter(lambda record: "Closed comm" not in record.getMessage())
    return LocalCluster(
        n_workers=1,
        threads_per_worker=WORKER_THREADS,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=os.environ.get("AECORE_WORKER_MEMORY", WORKER_MEMORY),
        resources={"train": TRAINING_PLACES},
        silence_logs=logging.ERROR,
    )


def _answer(sink: TextIO, **answer: str) -> None:
    print(json.dumps(answer), file=sink, flush=True)


def _root_cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    if "failed to start worker process" in str(error):  # all that a nanny knows of a process that ends at once
        return "its process ended while it was starting"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


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
    home = _leave_home()
    try:
        cluster = _start()
    except Exception as error:
        logging.getLogger(__name__).exception("The cluster did not start.")
        _answer(answers, problem=_root_cause(error))
        home.cleanup()
        os._exit(1)  # threads of a cluster that is half there would hold up a normal end
    _answer(answers, address=cluster.scheduler_address)
    sys.stdin.buffer.read()
    closing = threading.Thread(target=_close, args=(cluster,), daemon=True)
    closing.start()
    closing.join(timeout=4)
    home.cleanup()
    # The workers watch this process and go with it, should one of them not have closed in time.
    os._exit(0)


if __name__ == "__main__":
    main()
