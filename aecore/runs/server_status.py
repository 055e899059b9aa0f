"""How the server is doing: its runs, memory, workers and versions. It reveals nothing about anybody's run."""

from __future__ import annotations

import collections
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aecore.versions import PYTHON, installed

if TYPE_CHECKING:
    from aecore.runs.registry import Runs

ENABLED = "AECORE_STATUS"
PACKAGES = ("streamlit", "keras", "tensorflow", "tensorflow-cpu", "distributed", "numpy", "openTSNE", "scikit-learn")
ANSWER_TIMEOUT_S = 2


def enabled() -> bool:
    """Whether whoever runs the server wants the status page: `AECORE_STATUS` is 1."""
    return os.environ.get(ENABLED) == "1"


@dataclass(frozen=True)
class WorkerStatus:
    """A worker: its address, threads, memory and its limit in bytes, and how many tasks it executes and has waiting."""

    address: str
    threads: int
    memory: int
    memory_limit: int
    executing: int
    waiting: int


@dataclass(frozen=True)
class Status:
    """`runs`: how many of each status. `bytes_kept`: of all runs in memory. `server_bytes`: of the app's own process.

    `scheduler`: its address; None while there is no connection. `dashboard`: the address of Dask's own page, if any.
    """

    runs: dict[str, int]
    bytes_kept: int
    server_bytes: int
    losses: int
    scheduler: str | None
    dashboard: str | None
    workers: tuple[WorkerStatus, ...]
    versions: dict[str, str]


def status(runs: Runs) -> Status:
    """How the server is doing now. Waits for the scheduler for at most two seconds."""
    scheduler, dashboard, workers = None, None, ()
    if runs.cluster.ready:
        client: Any = runs.cluster.client(ANSWER_TIMEOUT_S)
        info = client.sync(client.scheduler.identity, callback_timeout=ANSWER_TIMEOUT_S)
        scheduler = info["address"]
        dashboard = client.dashboard_link if _has_dashboard(info) else None
        workers = tuple(_worker(address, about) for address, about in info["workers"].items())
    return Status(
        runs=dict(collections.Counter(run.status for run in runs.all())),
        bytes_kept=sum(run.nbytes for run in runs.all()),
        server_bytes=_own_bytes(),
        losses=runs.cluster.losses,
        scheduler=scheduler,
        dashboard=dashboard,
        workers=workers,
        versions={"Python": PYTHON} | installed(PACKAGES),
    )


def _has_dashboard(info: dict[str, Any]) -> bool:
    return "dashboard" in info.get("services", {})


def _worker(address: str, about: dict[str, Any]) -> WorkerStatus:
    metrics = about.get("metrics", {})
    tasks = metrics.get("task_counts", {})
    return WorkerStatus(
        address,
        about["nthreads"],
        int(metrics.get("memory", 0)),
        int(about.get("memory_limit") or 0),
        int(tasks.get("executing", 0)),
        int(tasks.get("ready", 0) + tasks.get("constrained", 0) + tasks.get("waiting", 0)),
    )


def _own_bytes() -> int:
    """The memory of this process; 0 where the system does not report it as Linux does."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
