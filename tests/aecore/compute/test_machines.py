"""More machines: which schedulers are spoken to, how runs spread over workers, and the page that tells how all are."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import dask
import pytest
from distributed import Client, Worker

from aecore.compute import address as addresses
from aecore.compute import worker_setup
from aecore.compute.cluster import Cluster
from aecore.compute.local_cluster import TRAINING_PLACES, WORKER_THREADS
from aecore.runs import server_status
from aecore.runs.registry import Runs
from benchmarks.machines import Machines
from pages.shared.app import startup
from tests.aecore.compute.test_faults import MODEL, TRAIN, expected_losses, finish, val_losses
from tests.conftest import until
from tests.pages.helpers import open_app

N_RUNS = 6


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "127.0.0.1:8786", "tcp://localhost:8786", "tcp://[::1]:8786"]
)
def test_a_scheduler_on_this_machine_needs_no_encryption(address, monkeypatch):
    monkeypatch.setenv("AECORE_SCHEDULER", address)
    assert addresses.scheduler() == address


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.7:8786", "dask.school.example:8786", "tcp://127.0.0.1.evil.example:1"]
)
def test_a_scheduler_elsewhere_has_to_be_encrypted_or_allowed_by_name(address, monkeypatch):
    monkeypatch.setenv("AECORE_SCHEDULER", address)
    with pytest.raises(addresses.AddressError, match="not encrypted"):
        addresses.scheduler()
    monkeypatch.setenv("AECORE_ALLOW_UNENCRYPTED", "1")
    assert addresses.scheduler() == address
    monkeypatch.delenv("AECORE_ALLOW_UNENCRYPTED")
    monkeypatch.setenv("AECORE_SCHEDULER", "tls://" + address.removeprefix("tcp://"))
    assert addresses.scheduler().startswith("tls://")


@pytest.mark.parametrize("address", ["ftp://127.0.0.1:1", "tcp://", "://"])
def test_what_is_no_address_is_refused_in_a_sentence(address, monkeypatch):
    monkeypatch.setenv("AECORE_SCHEDULER", address)
    with pytest.raises(addresses.AddressError, match="must be the address of a Dask scheduler"):
        addresses.scheduler()


def test_without_a_scheduler_a_cluster_is_embedded(monkeypatch):
    monkeypatch.setenv("AECORE_SCHEDULER", "")
    assert addresses.scheduler() is None


def test_whoever_runs_the_server_reads_what_is_wrong_with_its_settings(monkeypatch):
    monkeypatch.setenv("AECORE_SCHEDULER", "tcp://10.0.0.7:8786")
    app = open_app()
    assert not app.exception
    assert not app.title
    assert "AECORE_ALLOW_UNENCRYPTED=1" in app.error[0].value


# Workers that come and go.


@pytest.fixture
def machines(tmp_path) -> Iterator[Machines]:
    made = Machines(tmp_path)
    yield made
    made.close()


def executed(cluster: Cluster) -> dict[str, int]:
    """How many tasks each worker that is there has done."""
    return cluster.client().run(lambda dask_worker: dask_worker.state.executed_count, on_error="ignore")


@pytest.mark.slow
def test_runs_spread_over_workers_that_may_leave_and_join(machines):
    first = machines.add_worker()
    machines.add_worker()
    cluster = Cluster(machines.address)
    until(lambda: len(cluster.client().scheduler_info()["workers"]) == 2)
    all_runs = Runs(cluster)
    trains = [replace(TRAIN, epochs=25, seed=seed) for seed in range(N_RUNS)]
    runs = [all_runs.create(MODEL, train, f"owner {train.seed}") for train in trains]
    for run in runs:
        run.start()
    until(lambda: len(done := executed(cluster)) == 2 and min(done.values()) > 5)
    until(lambda: all(run.snapshot().progress for run in runs))
    first.kill()
    until(lambda: len(executed(cluster)) == 1)
    before = {run: run.snapshot().progress.step for run in runs}
    until(lambda: all(r.snapshot().progress.step > before[r] or r.status == "finished" for r in runs))
    stayed = set(executed(cluster))
    machines.add_worker()
    until(lambda: any(count > 3 for at, count in executed(cluster).items() if at not in stayed))
    for run in runs:
        finish(run)
    assert val_losses(runs[0]) == expected_losses(trains[0])
    cluster.close()


@pytest.mark.slow
def test_what_came_before_any_of_several_workers_had_a_training_place_is_trained(machines):
    async def have_places(n_places: int, dask_worker: Worker) -> None:
        await dask_worker.set_resources(train=n_places)

    for _ in range(2):
        machines.add_worker()
    with contextlib.closing(Cluster(machines.address)) as cluster:
        client = cluster.client()
        until(
            lambda: (
                list(client.run(lambda dask_worker: dask_worker.state.total_resources).values())
                == [{"train": TRAINING_PLACES}] * 2
            )
        )
        client.run(partial(have_places, 0))
        run = Runs(cluster).create(MODEL, replace(TRAIN, epochs=1), "owner")
        run.start()
        until(lambda: client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.unrunnable)) == 1)
        client.run(partial(have_places, TRAINING_PLACES))
        client.log_event(worker_setup.TOPIC, "places")
        finish(run)


@pytest.mark.slow
def test_a_cluster_behind_tls_trains_and_refuses_whoever_has_no_certificate(tmp_path, monkeypatch):
    assert shutil.which("openssl"), "Expected the command openssl, which makes the certificate; it is not installed."
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=aecore", "-days", "2",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    files = ("--tls-ca-file", str(certificate), "--tls-cert", str(certificate), "--tls-key", str(key))
    settings = {"distributed.comm.tls.ca-file": str(certificate)}
    settings |= {"distributed.comm.tls.client.cert": str(certificate), "distributed.comm.tls.client.key": str(key)}
    with contextlib.closing(Machines(tmp_path, "tls", files)) as machines:
        assert machines.address.startswith("tls://")
        with pytest.raises((OSError, TypeError, ValueError)):
            Client(machines.address, timeout=3, set_as_default=False)
        with dask.config.set(settings), contextlib.closing(Cluster(machines.address)) as cluster:
            run = Runs(cluster).create(MODEL, replace(TRAIN, epochs=1), "owner")
            run.start()  # before there is any worker
            machines.add_worker()
            finish(run)


# The page for whoever runs the server.


def test_the_status_page_is_there_only_where_it_is_switched_on(monkeypatch):
    monkeypatch.setattr(startup.st, "Page", lambda path, title: title)
    monkeypatch.setenv(server_status.ENABLED, "1")
    assert startup.operator_pages() == ["Status"]
    for off in ("", "0", "yes"):
        monkeypatch.setenv(server_status.ENABLED, off)
        assert startup.operator_pages() == []


def test_the_status_page_shows_workers_and_versions():
    app = open_app("status")
    until(lambda: app.run().dataframe)
    assert not app.exception
    assert {metric.label for metric in app.metric} >= {"Training", "Not training", "Workers lost so far"}
    assert list(app.dataframe[0].value["Threads"]) == [WORKER_THREADS]


def test_the_status_tells_what_there_is_and_nobodys_run(cluster):
    runs = Runs(cluster)
    run = runs.create(MODEL, replace(TRAIN, epochs=1), "owner")
    run.start()
    finish(run)
    now = server_status.status(runs)
    assert now.runs == {"finished": 1}
    assert now.bytes_kept == run.nbytes > 0
    assert now.server_bytes > 50e6
    assert now.workers[0].threads == WORKER_THREADS
    assert now.workers[0].memory_limit == 1_600_000_000
    assert {"Python", "streamlit", "keras"} <= set(now.versions)
    assert run.run_id not in repr(now)
    assert "owner" not in repr(now)
