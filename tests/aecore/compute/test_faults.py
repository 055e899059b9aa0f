"""Whatever process dies, nothing is lost and nothing is left behind. Of a whole class: test_faults_class."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import dask
import numpy as np
import psutil
import pytest
from distributed import Client

from aecore import projection, training
from aecore.compute.cluster import Cluster
from aecore.projection import code_sources
from aecore.projection.code_sources import Source
from aecore.projection.live_map import LiveMap
from aecore.runs.registry import Runs, connect
from aecore.runs.run import Run
from aecore.specs import CodesSpec, ModelSpec, ProjectionSpec, TrainSpec
from tests.conftest import until

ROOT = Path(__file__).resolve().parents[3]
MODEL = ModelSpec(code_dim=16)
TRAIN = TrainSpec(n_train=2_000, batch_size=64, epochs=20)


def family(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def workers(cluster: Cluster) -> list[psutil.Process]:
    """The worker's process, as the cluster's other child keeps track of shared resources for Python."""
    return [process for process in family(cluster.pid) if "spawn_main" in " ".join(process.cmdline())]


def gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def begin(cluster: Cluster, train: TrainSpec = TRAIN) -> Run:
    run = Runs(cluster).create(MODEL, train, "owner")
    run.start()
    return run


def finish(run: Run) -> None:
    until(lambda: run.status != "training")
    assert (run.snapshot().error, run.status) == (None, "finished")


def val_losses(run: Run) -> list[float]:
    return [record.val_loss for record in run.snapshot().progress.history]


def expected_losses(train: TrainSpec = TRAIN) -> list[float]:
    *_, progress = training.train(MODEL, train)
    return [record.val_loss for record in progress.history]


@pytest.mark.slow
def test_a_map_in_the_making_survives_the_death_of_its_worker(mortal):
    source = Source(CodesSpec("deep-8", n_codes=500))
    spec = ProjectionSpec(iterations=600)
    live = LiveMap(mortal, source, spec)
    live.start()
    until(lambda: live.frames)
    workers(mortal)[0].kill()
    until(lambda: live.snapshot().status != "running")
    assert (live.snapshot().error, live.snapshot().status) == (None, "finished")
    whole = projection.project(code_sources.codes(source), spec)
    assert np.array_equal(live.frames[-1].xy, whole.xy)


@pytest.mark.slow
def test_a_worker_that_is_slow_to_come_back_is_waited_for():
    cluster = Cluster()
    # After this long without a worker, Dask's LocalCluster would give the worker up for good; by default after 15 s.
    patience = cluster.client().run_on_scheduler(lambda: dask.config.get("distributed.deploy.lost-worker-timeout"))
    assert patience == "1 hour"
    workers(cluster)[0].kill()
    run = begin(cluster, replace(TRAIN, epochs=1))
    finish(run)
    cluster.close()


@pytest.mark.parametrize("status", ["lost", "finished"])
def test_a_result_that_went_with_its_worker_before_it_was_fetched_is_computed_again(hand_cranked, status):
    run = begin(hand_cranked, replace(TRAIN, epochs=1))
    hand_cranked.task(0).end(status, vanished=True)
    hand_cranked.task(1).end()
    assert (run.snapshot().progress.epoch, run.status) == (0, "training")


SERVER = """
import time
from aecore.runs import registry
from aecore.specs import CodesSpec, ModelSpec, ProjectionSpec, TrainSpec

runs = registry.start()
started = [runs.create(ModelSpec(), TrainSpec(epochs=200, seed=seed), "owner") for seed in range(3)]
for run in started:
    run.start()
while not all(run.snapshot().progress and run.snapshot().progress.step for run in started):
    time.sleep(0.05)
print("all train", flush=True)
time.sleep(600)
"""


@pytest.mark.slow
def test_a_killed_server_leaves_nothing_running():
    server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with server:
        assert server.stdout.readline() == "all train\n"
        descendants = family(server.pid)
        assert len(descendants) >= 2  # the cluster and its worker
        server.kill()
    until(lambda: all(gone(process) for process in descendants))


EXISTING = """
import sys
from distributed import LocalCluster

with LocalCluster(n_workers=1, threads_per_worker=2, host="127.0.0.1", dashboard_address=None) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_an_existing_cluster_trains_without_any_preparation_and_outlives_us(monkeypatch):
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    existing = subprocess.Popen(
        [sys.executable, "-c", EXISTING], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with existing:
        address = existing.stdout.readline().strip()
        monkeypatch.setenv("AECORE_SCHEDULER", address)
        cluster = connect()
        run = begin(cluster, replace(TRAIN, epochs=3))
        finish(run)
        assert cluster.client().scheduler.address == address
        assert val_losses(run) == expected_losses(replace(TRAIN, epochs=3))
        cluster.close()
        with Client(address, timeout=60, set_as_default=False) as client:
            assert client.submit(sum, [1, 2]).result(timeout=60) == 3
        existing.stdin.close()
