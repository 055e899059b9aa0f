"""The embedded Dask cluster: a process that holds a scheduler, a nanny and one worker, on loopback only.

    python -m aecore.compute.local_cluster      # what the server starts; it lives until its standard input closes

It ends when the server ends, however that happens, because then the pipe to it closes. Settings that are meant for
other programs do not apply to it: see `dask_config`.
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
from typing import IO, TYPE_CHECKING, Any, TextIO, cast

from aecore import child_process, malloc
from aecore.compute import address as addresses

if TYPE_CHECKING:
    from distributed import LocalCluster

# Two slices at a time keep two cores a quarter busier than one slice on both (measured). One more thread answers the
# pages' questions.
TRAINING_PLACES = 2  # per worker: the resource 'train'
WORKER_THREADS = TRAINING_PLACES + 1
WORKER_MEMORY = "1.6GB"
# Training takes every core there is, but pages, and a browser on the same machine, come first.
NICENESS = 10
# When a worker dies, Dask gives its tasks to the next one, and counts the death against all of them, even those that
# only waited there. So `worker_monitor` finds out which is to blame, and Dask itself never gives up.
ALLOWED_FAILURES = 1_000_000
# Dask keeps the last thousand messages of every connection for debugging: here hundreds of megabytes of states, in the
# server and again in the scheduler.
MESSAGES_KEPT = 2
LINES_KEPT = 200  # of what the process prints while it starts
# Settings of other programs, which could keep a worker from starting, or change what it computes.
FOREIGN = ("DASK_", "KERAS_", "TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS", "XLA_FLAGS")


class StartError(RuntimeError):
    """The cluster cannot start. `cause`: why, in one line; `details`: what its process printed."""

    def __init__(self, cause: str, details: str):
        super().__init__(cause)
        self.cause, self.details = cause, details


class LocalClusterProcess:
    """The cluster's process, seen from the server. `worker_memory`, such as "1.6GB", overrides AECORE_WORKER_MEMORY."""

    def __init__(self, worker_memory: str = ""):
        self._process = process = subprocess.Popen(  # noqa: S603  (our own command)
            child_process.command("aecore.compute.local_cluster"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(worker_memory),
        )
        # All three are pipes, which type checkers can't tell.
        self._stdin = cast(IO[bytes], process.stdin)
        self._stdout, self._stderr = cast(IO[bytes], process.stdout), cast(IO[bytes], process.stderr)
        self.pid = process.pid
        self._printed: deque[bytes] = deque(maxlen=LINES_KEPT)
        self._lock = threading.Lock()
        self._started = False
        self._listener = threading.Thread(target=self._listen, name="cluster-output", daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def address(self) -> str:
        """Wait for the worker, and return the scheduler's address. Raises StartError."""
        answer = json.loads(self._stdout.readline() or b"{}")
        if "address" not in answer:
            self._stdin.close()
            self._listener.join(timeout=5)  # until everything that it has printed has been read
            details = b"".join(self._printed).decode(errors="replace")
            *_, last = ["its process ended without a word", *details.strip().splitlines()]
            raise StartError(answer.get("problem", last), details)
        with self._lock:
            self._started = True
            _pass_on(b"".join(self._printed))
        return answer["address"]

    def stop(self) -> None:
        """End the process, and all those that it has started."""
        self._stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._stdout.close()

    def _listen(self) -> None:
        """Pass on what the process prints; keep what it prints while it starts, in case it fails."""
        with self._stderr as printed:
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
    # OpenMP's threads, of which t-SNE uses two, sleep while they wait; spinning, they would hold a core for nothing.
    tuning = {
        "OMP_WAIT_POLICY": "passive",
        "MALLOC_ARENA_MAX": str(malloc.ARENAS),
        "AECORE_WORKER_MEMORY": WORKER_MEMORY,
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith((*FOREIGN, addresses.SCHEDULER))}
    return tuning | own | ({"AECORE_WORKER_MEMORY": worker_memory} if worker_memory else {})


# In the process.


def _leave_home() -> tempfile.TemporaryDirectory:
    """Give this process, and those it starts, an empty home folder: Dask and Keras look for settings in the user's."""
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
        # A local cluster gives up for good on a worker that is not back in time; a busy machine may take its time.
        "distributed.deploy.lost-worker-timeout": "1 hour",
        # A worker short of memory would wait for results to be taken away, but no results stay with workers here: it
        # would wait for ever. One that really runs out is ended by its nanny, and comes back.
        "distributed.worker.memory.target": False,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.pause": False,
        # Dask would have malloc return memory at every turn, which costs a compiled loop a quarter of its speed.
        "distributed.nanny.pre-spawn-environ": {},
    }


def _start() -> LocalCluster:
    from aecore.compute.dask_config import LocalCluster, config

    config.set(configuration())
    # The server's connection closes when the server ends; that is no news.
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
    # What workers print must not end up in the pipe that carries the address.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    home = _leave_home()
    try:
        cluster = _start()
    except Exception as error:
        logging.getLogger(__name__).exception("The cluster did not start.")
        _answer(answers, problem=_root_cause(error))
        home.cleanup()
        os._exit(1)  # the threads of a half-started cluster would hold up a normal exit
    _answer(answers, address=cluster.scheduler_address)
    sys.stdin.buffer.read()
    closing = threading.Thread(target=_close, args=(cluster,), daemon=True)
    closing.start()
    closing.join(timeout=4)
    home.cleanup()
    # Workers watch this process: one that has not closed in time ends with it.
    os._exit(0)


if __name__ == "__main__":
    main()
