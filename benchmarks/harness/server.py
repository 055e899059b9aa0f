"""The app as a process of its own, for benchmarks that look at it from outside: its memory, its time, its log."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
SAMPLE_S = 1.0
TROUBLE = re.compile(r"Traceback|\bERROR\b|\bCRITICAL\b|Exception|Uncaught|could not be submitted")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(
    script: str = "app.py", log: Path | None = None, env: dict[str, str] | None = None
) -> tuple[subprocess.Popen, str]:
    """Start a Streamlit script as the README says: its process and its address. `env` is added to this process's."""
    port = free_port()
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", script, *options]
    with (log or Path(os.devnull)).open("wb") as file:
        process = subprocess.Popen(  # noqa: S603  (a command of ours, with a port we were given)
            command, cwd=ROOT, stdout=file, stderr=file, env=os.environ | (env or {})
        )
    return process, f"http://127.0.0.1:{port}"


def wait_for_server(url: str) -> None:
    """Until it answers. Raises TimeoutError if it does not."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)  # noqa: S310  (our own server, over HTTP)
            return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"Expected {url} to answer within {START_S:g} s; it did not.")


def end_server(process: subprocess.Popen) -> None:
    """Ask it to end, with the processes that it started; a server that does not is killed."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()


@dataclass(frozen=True)
class Memory:
    """Megabytes of all processes together: `pss` counts what they share once, `rss` once for each of them."""

    pss: float
    rss: float


class Served:
    """A running server with the processes that it started: the cluster's, the scheduler's, the worker's."""

    def __init__(self, url: str, process: subprocess.Popen, log: Path):
        self.url = url
        self.log = log
        self._process = psutil.Process(process.pid)

    def processes(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    def memory(self) -> Memory:
        pss = rss = 0
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                info = process.memory_full_info()
                rss += info.rss
                pss += getattr(info, "pss", info.rss)  # only Linux knows it
        return Memory(pss / 1e6, rss / 1e6)

    def cpu_s(self) -> tuple[float, float]:
        """Seconds of processor time so far: of the server's own process, and of the others together."""
        own, *others = (sum(process.cpu_times()[:2]) for process in self.processes())
        return own, sum(others)

    def trouble(self) -> list[str]:
        """The lines of the log that tell of errors."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if TROUBLE.search(line)]


@contextlib.contextmanager
def serve() -> Iterator[Served]:
    """The app, started as the README says, with a folder of its own for its runs; ended with all its processes."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        env = {"AECORE_RUNS_DIR": str(Path(folder) / "runs"), "TF_CPP_MIN_LOG_LEVEL": "3"}
        process, url = start_server(log=log, env=env)
        try:
            wait_for_server(url)
            yield Served(url, process, log)
        finally:
            end_server(process)


class MemoryMonitor:
    """Measures a server once per second on a thread of its own; `peak` is the most so far."""

    def __init__(self, server: Served):
        self.peak = Memory(0.0, 0.0)
        self._server = server
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="memory", daemon=True)

    def __enter__(self) -> MemoryMonitor:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        self._thread.join()

    def _measure(self) -> None:
        while not self._over.wait(SAMPLE_S):
            with contextlib.suppress(psutil.Error):  # a process may end meanwhile
                now = self._server.memory()
                self.peak = max(self.peak, now, key=lambda memory: memory.pss)
