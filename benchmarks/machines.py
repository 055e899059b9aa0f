"""Two machines of one core each beside one of two: how long thirty runs take on either.

    python -m benchmarks.machines [--quick | --smoke] [--json FILE]

Both clusters are on this machine, a scheduler and workers as Dask's own commands start them; the workers keep to their
cores by `taskset`. They take turns with the same thirty runs, each of which has a seed of its own; what has to be
compiled is compiled before. It takes some four minutes on two cores.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from aecore.child_process import ROOT
from aecore.compute.cluster import Cluster
from aecore.compute.local_cluster import WORKER_THREADS
from aecore.runs import worker
from aecore.runs.registry import Runs
from aecore.specs import ModelSpec, TrainSpec
from benchmarks.harness.table import Row, parse_arguments, report, say

MODEL, TRAIN = ModelSpec(), TrainSpec(n_train=60_000, batch_size=256, epochs=3)
RUNS = 30
SEEDS = itertools.count()  # no two runs have the same
START_S, FINISH_S = 120.0, 600.0


class Machines:
    """A scheduler and its workers, each a process as its command starts it; `arguments` as for Dask's commands."""

    def __init__(self, folder: Path, protocol: str = "tcp", arguments: Sequence[str] = ()):
        self._folder, self._arguments = folder, arguments
        self._processes: list[subprocess.Popen] = []
        file = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show", "--protocol", protocol]
        self._start("scheduler", *options, "--scheduler-file", str(file))
        wait(lambda: file.exists() and file.stat().st_size, START_S)
        time.sleep(0.1)
        self.address = json.loads(file.read_text())["address"]

    def add_worker(self, cores: Sequence[int] = ()) -> subprocess.Popen:
        """A worker that joins, and keeps to these cores if any are given."""
        options = ["--nworkers", "1", "--nthreads", str(WORKER_THREADS), "--no-dashboard", "--no-nanny"]
        options += ["--memory-limit", "0", "--local-directory", str(self._folder)]
        return self._start("worker", self.address, *options, cores=cores)

    def _start(self, kind: str, *arguments: str, cores: Sequence[int] = ()) -> subprocess.Popen:
        pinned = ["taskset", "--cpu-list", ",".join(map(str, cores))] if cores else []
        command = [*pinned, sys.executable, "-m", "distributed.cli.dask_" + kind, *arguments, *self._arguments]
        log = (self._folder / f"{kind}-{len(self._processes)}.log").open("wb")
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_WAIT_POLICY": "passive"}
        self._processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))  # noqa: S603  (a command of ours)
        return self._processes[-1]

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()


def wait(condition: Callable[[], object], seconds: float) -> None:
    """Until it holds. Raises TimeoutError if that takes longer."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"Expected an answer within {seconds:g} s; there was none.")
        time.sleep(0.02)


def trainings(n: int, spec: TrainSpec) -> list[TrainSpec]:
    return [replace(spec, seed=next(SEEDS)) for _ in range(n)]


def seconds_for(runs: Runs, trains: Sequence[TrainSpec]) -> float:
    """From starting the first of them until all have finished."""
    made = [runs.create(MODEL, train, f"visitor {train.seed}") for train in trains]
    begin = time.perf_counter()
    for run in made:
        run.start()
    wait(lambda: all(run.status != "training" for run in made), FINISH_S)
    seconds = time.perf_counter() - begin
    failed = [run.snapshot().error for run in made if run.status != "finished"]
    if failed:
        raise RuntimeError(f"Expected every run to finish; got: {failed[0]}")
    return seconds


def workers_ready(cluster: Cluster, number: int) -> bool:
    return len(cluster.client().scheduler_info()["workers"]) == number


def main() -> None:
    arguments = parse_arguments(__doc__)
    rounds, spec = (1, replace(TRAIN, epochs=1)) if arguments.quick else (5, TRAIN)
    n_runs = 3 if arguments.smoke else RUNS
    if arguments.smoke:
        spec = replace(spec, n_train=1000)
    one, other = sorted(os.sched_getaffinity(0))[:2]
    layouts = {"two workers": [[one], [other]], "one worker": [[one, other]]}
    with contextlib.ExitStack() as stack:
        servers: dict[str, Runs] = {}
        for name, layout in layouts.items():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            machines = stack.enter_context(contextlib.closing(Machines(folder)))
            cluster = stack.enter_context(contextlib.closing(Cluster(machines.address, warm_up=worker.warm_up)))
            for cores in layout:
                machines.add_worker(cores)
            wait(functools.partial(workers_ready, cluster, len(layout)), START_S)
            servers[name] = Runs(cluster, folder / "runs")
            seconds_for(servers[name], trainings(n_runs, replace(spec, epochs=1)))  # compiles, on every worker
        seconds: dict[str, list[float]] = {name: [] for name in layouts}
        for turn in range(rounds):
            for name in layouts if turn % 2 else reversed(layouts):
                seconds[name].append(seconds_for(servers[name], trainings(n_runs, spec)))
                say(f"{name}: {seconds[name][-1]:.1f} s")

    two, single = (statistics.median(seconds[name]) for name in layouts)
    ratios = [a / b for a, b in zip(*seconds.values(), strict=True)]
    images = n_runs * spec.epochs * spec.n_train
    report(
        [
            Row.at_most(f"{n_runs} runs on two one-core workers: times the time of one two-core worker",
                        statistics.median(ratios), None if arguments.quick else 1.15),
            Row.at_most("    the same, in seconds", two),
            Row.at_most("    one two-core worker, in seconds", single),
            Row.at_least("    samples per second, two workers", images / two),
            Row.at_least("    samples per second, one worker", images / single),
        ],
        arguments,
    )  # fmt: skip


if __name__ == "__main__":
    main()
