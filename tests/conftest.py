"""What several test files share."""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from aecore.compute.cluster import Cluster
from aecore.runs import server_status, worker
from aecore.runs.registry import Runs

ROOT = Path(__file__).resolve().parents[1]
# What shares a server, a browser or a cluster, and so runs in one of the processes.
SHARING = {
    "tests/browser/": "browser",
    "tests/pages/": "cluster",
    "tests/aecore/runs/": "cluster",
    "tests/aecore/compute/test_machines.py": "cluster",
    "tests/aecore/projection/test_live_map.py": "cluster",
}


def group_of(node_id: str) -> str:
    """What is run in one piece: a file, or all that shares something."""
    file = node_id.partition("::")[0]
    return next((group for prefix, group in SHARING.items() if file.startswith(prefix)), file)


class GroupScheduling(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    return GroupScheduling(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the groups, which take longest."""
    items.sort(key=lambda item: group_of(item.nodeid) not in SHARING.values())


@pytest.fixture(scope="session", autouse=True)
def runs_are_kept_in_a_folder_of_the_tests(tmp_path_factory) -> Iterator[None]:
    """Spare the user's cache folder; servers that the browser tests start inherit this, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AECORE_RUNS_DIR", str(tmp_path_factory.mktemp("runs")))
        yield


@pytest.fixture(scope="session", autouse=True)
def pages_run_as_in_the_app() -> Iterator[None]:
    """Spare pages what Streamlit does behind every run of a script where Keras is: here other tests have imported it.

    It clears Keras' session and collects TensorFlow's garbage, half a second a run. The app's own process has neither.
    """
    from streamlit import config
    from streamlit.runtime.scriptrunner import script_runner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        before = config.get_option("runner.postScriptGC")
        config.set_option("runner.postScriptGC", False)
        patch.setenv(server_status.ENABLED, "1")  # so that this page, too, is among those that are tested
        yield
        config.set_option("runner.postScriptGC", before)


@pytest.fixture(autouse=True)
def the_main_module_stays() -> Iterator[None]:
    """AppTest leaves the page's script behind as `__main__`, which processes that are spawned later would run."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session", autouse=True)
def shared_cluster() -> Iterator[Callable[[], Cluster]]:
    """One embedded cluster for all tests of a process, pages' too; it is started when it is first asked for."""
    started = functools.cache(lambda: Cluster(warm_up=worker.warm_up))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aecore.runs.registry.connect", started)
        yield started
    if started.cache_info().currsize:
        started().close()


@pytest.fixture(scope="session")
def cluster(shared_cluster) -> Cluster:
    """An embedded cluster, up and running."""
    shared_cluster().client()
    return shared_cluster()


@pytest.fixture
def servers(cluster, tmp_path) -> Iterator[Callable[[], Runs]]:
    """A server that is started anew each time it is asked for, on the same disk."""
    started: list[Runs] = []

    def start() -> Runs:
        stop()
        started.append(Runs(cluster, tmp_path))
        return started[-1]

    def stop() -> None:
        # What a killed server does not do any more.
        for runs in started:
            runs.storage.close()
            for run in runs.all():
                run.stop()

    yield start
    stop()


@pytest.fixture
def hand_cranked() -> HandCranked:
    """A stand-in for a cluster, for moments too short to be met on a real one."""
    return HandCranked()


class HandCranked:
    """Takes slices as a cluster does; each is computed, here and now, when the test says so."""

    ready = True
    silent = False
    trouble = None
    losses = 0

    def __init__(self):
        self.on_connect: set[Callable[[], None]] = set()
        self.tasks: list[HandCrankedTask] = []

    def submit(
        self, function: Callable, *args: Any, train: bool = False, alone: bool = False, key: str | None = None
    ) -> HandCrankedTask:
        self.tasks.append(HandCrankedTask(function, args, alone))
        return self.tasks[-1]

    @property
    def queue(self) -> int:
        return sum(task.status == "pending" for task in self.tasks)

    def when_done(self, future: HandCrankedTask, function: Callable) -> None:
        future.add_done_callback(function)

    def condemned(self, future: HandCrankedTask) -> bool:
        return False

    def suspected(self, future: HandCrankedTask) -> bool:
        return False

    def task(self, number: int) -> HandCrankedTask:
        """The task with this number, from 0, once it was submitted and is listened to."""
        until(lambda: len(self.tasks) > number)
        assert self.tasks[number].heard.wait(90)
        return self.tasks[number]


class HandCrankedTask:
    """A future as far as a run looks at one."""

    def __init__(self, function: Callable, args: tuple, alone: bool):
        self.status, self.alone = "pending", alone
        self.heard = threading.Event()
        self._work = lambda: function(*args)

    def add_done_callback(self, callback: Callable) -> None:
        self._callback = callback
        self.heard.set()

    def end(self, status: str = "finished", vanished: bool = False) -> None:
        """Come to an end, and say so; `vanished`: the result is gone before anybody has fetched it."""
        self.status, self._vanished = status, vanished
        self._callback(self)

    def cancel(self) -> None:
        self.status = "cancelled"

    def result(self, timeout: float | None = None) -> Any:
        if self._vanished:
            raise TimeoutError
        return self._work()


def until(condition: Callable[[], Any], seconds: float = 90) -> None:
    """Wait for a condition; fail if it has not come about in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"This did not come about within {seconds:g} s."
        time.sleep(0.01)
