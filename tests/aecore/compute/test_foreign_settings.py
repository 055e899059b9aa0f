"""What a machine has set for other programs does not keep the embedded worker from starting; what does is told."""

import contextlib
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest
from streamlit.testing.v1 import AppTest

from aecore import checkpoints, child_process
from aecore.compute import local_cluster, start_trouble
from aecore.compute.cluster import Cluster
from aecore.compute.local_cluster import LocalClusterProcess
from pages.shared.app import server, worker
from tests.conftest import HandCranked, until

ROOT = Path(__file__).resolve().parents[3]
SERVER = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from aecore.image_files import pdf
from aecore.image_files.errors import ImageError
from aecore.runs import registry
from aecore.specs import ModelSpec, TrainSpec

try:
    pdf.sizes(b"no PDF at all", 1)
except ImageError as error:
    told = str(error)
runs = registry.start()
cluster = runs.cluster
run = runs.create(ModelSpec(code_dim=2), TrainSpec(epochs=1, n_train=1000), "owner")
run.start()
while run.status == "training":
    time.sleep(0.01)

def settings():
    import os
    import aecore, dask, keras
    return [keras.backend.backend(), keras.config.floatx(), keras.config.image_data_format(),
            dask.config.get("distributed.comm.require-encryption"), os.environ["HOME"],
            os.path.dirname(aecore.__path__[0])]

found = cluster.submit(settings).result(timeout=60)
timeout = cluster.client().run_on_scheduler(
    lambda: __import__("dask").config.get("distributed.deploy.lost-worker-timeout"))
print(json.dumps([told, run.status, run.snapshot().error, cluster.trouble, timeout, *found]))
cluster.close()
"""
EXITS = 'raise SystemExit("This preload is for another cluster.")'


def hostile_home(folder: Path) -> dict[str, str]:
    """Settings, in a home folder and in the environment, each of which would keep a worker from its work."""
    for name, text in {
        ".config/dask/cluster.yaml": "distributed:\n  worker: [damaged",
        ".config/dask/logging.yaml": "logging-file-config: /nowhere/logging.ini",
        ".keras/keras.json": '{"floatx": "float16", "image_data_format": "channels_first", "backend": "torch"}',
        "preload.py": EXITS,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    preloads = {
        f"DASK_DISTRIBUTED__{part}__PRELOAD": str(folder / "preload.py") for part in ("WORKER", "NANNY", "SCHEDULER")
    }
    return preloads | {
        "HOME": str(folder),
        "USERPROFILE": str(folder),
        "DASK_CONFIG": str(folder / ".config" / "dask"),
        "DASK_ROOT_CONFIG": str(folder / ".config" / "dask"),
        "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True",
        "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": "/nowhere/ca.pem",
        "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT": "/nowhere/cert.pem",
        "DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT": "50 ms",
        "KERAS_BACKEND": "torch",
        "PYTHONSAFEPATH": "1",
        "TF_USE_LEGACY_KERAS": "1",
        "XLA_FLAGS": "--xla_of_another_program=1",
    }


@pytest.mark.slow
def test_no_setting_of_others_counts_for_the_embedded_cluster_wherever_the_app_is(tmp_path):
    place = tmp_path / "Kurs 10:30"
    shutil.copytree(ROOT / "aecore", place / "aecore", ignore=shutil.ignore_patterns("__pycache__", "fonts"))
    shutil.copytree(checkpoints.FOLDER, place / "pretrained", ignore=shutil.ignore_patterns("*.npz"))
    home = tmp_path / "home"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | hostile_home(home)
    command = [sys.executable, "-c", SERVER, str(place)]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=150)
    assert ended.returncode == 0, ended.stderr[-3000:]
    told, status, error, trouble, timeout, *found, home_there, code = json.loads(ended.stdout.splitlines()[-1])
    assert "damaged or of a rare kind" in told
    assert (status, error, trouble, timeout) == ("finished", None, None, "1 hour")
    assert found == ["tensorflow", "float32", "channels_last", None]
    assert code == str(place)
    assert home_there != str(home)
    assert not Path(home_there).exists()  # it has gone with the cluster


@pytest.mark.slow
def test_settings_for_dask_count_where_the_cluster_is_ones_own(tmp_path):
    script = "from aecore.compute.dask_config import config; print(config.get('distributed.comm.tls.ca-file'))"
    told = []
    for scheduler in ("tls://10.0.0.9:8786", ""):
        environment = os.environ | {
            "AECORE_SCHEDULER": scheduler,
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": "/own/ca.pem",
        }
        command = [sys.executable, "-c", script]
        told.append(subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True).stdout.strip())
    assert told == ["/own/ca.pem", "None"]


@pytest.mark.slow
def test_keras_computes_as_the_app_needs_it_whatever_a_machine_has_set(tmp_path):
    script = (
        "from aecore.models.backend import keras\n"
        "layer = keras.layers.Conv2D(1, 3)\n"
        "print(keras.backend.backend(), layer.data_format, layer.dtype_policy.name, keras.config.epsilon())"
    )
    environment = os.environ | hostile_home(tmp_path)
    del environment["XLA_FLAGS"], environment["PYTHONSAFEPATH"]  # what Python and TensorFlow do before Keras is there
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout.split() == ["tensorflow", "channels_last", "float32", "1e-07"]


@pytest.mark.slow
def test_a_worker_that_cannot_start_is_told_in_a_sentence_and_comes_when_the_cause_is_gone(
    tmp_path, monkeypatch, caplog
):
    cause, preload = tmp_path / "cause", tmp_path / "preload.py"
    cause.touch()
    preload.write_text(
        f"import pathlib\nif pathlib.Path({str(cause)!r}).exists():\n    raise OSError('The disk is full.')"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from aecore.compute import local_cluster as local\n"
        "configuration = local.configuration()\n"
        f"local.configuration = lambda: configuration | {{'distributed.worker.preload': [{str(preload)!r}]}}\n"
        "local.main()"
    )
    monkeypatch.setattr(child_process, "command", lambda module: [sys.executable, "-c", code])
    sentence = (
        "The training worker cannot start (OSError: The disk is full.); the app keeps trying, and its log says where "
        "to look."
    )
    with caplog.at_level(logging.WARNING, "aecore.compute.start_trouble"), contextlib.closing(Cluster()) as cluster:
        until(lambda: cluster.trouble)
        assert (cluster.ready, cluster.trouble) == (False, sentence)
        cause.unlink()
        assert cluster.submit(len, "abc").result(timeout=60) == 3
        assert cluster.trouble is None
    first, second = [record.getMessage() for record in caplog.records]
    assert "OSError: The disk is full." in first
    assert "Traceback" not in first
    assert second == "The training worker has started after all."
    details = Path(first.rpartition(" is in ")[2].rstrip("."))
    assert "Traceback" in details.read_text()
    details.unlink()


def test_pauses_between_tries_grow_to_a_minute():
    assert [start_trouble.pause_s(n) for n in range(1, 10)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_the_same_trouble_is_logged_once_whatever_the_number_of_the_port(caplog):
    trouble = start_trouble.StartTrouble(embedded=True)
    for port in (10_000, 10_001):
        trouble.note(OSError(f"Nothing listens at 127.0.0.1:{port}."))
        assert str(port) in trouble.sentence
    assert len(caplog.records) == 1
    trouble.note(OSError("The disk is full."))
    assert len(caplog.records) == 2


def test_a_process_that_ends_before_it_says_anything_is_told_by_its_last_line(monkeypatch):
    monkeypatch.setattr(child_process, "command", lambda module: [sys.executable, "-c", "import nothing_of_the_kind"])
    process = LocalClusterProcess()
    with pytest.raises(local_cluster.StartError) as told:
        process.address()
    process.stop()
    assert told.value.cause == "ModuleNotFoundError: No module named 'nothing_of_the_kind'"
    assert told.value.details.startswith("Traceback")


def test_an_embedded_cluster_without_a_worker_for_long_is_started_anew(monkeypatch):
    monkeypatch.setattr("aecore.compute.cluster.WORKERLESS_S", 0.0)
    started = []

    class Process:
        alive, pid = True, 1

        def __init__(self, worker_memory):
            started.append(self)

        def address(self):
            return "tcp://127.0.0.1:1"

        def stop(self):
            pass

    monkeypatch.setattr("aecore.compute.cluster.LocalClusterProcess", Process)
    monkeypatch.setattr("aecore.compute.cluster.Client", lambda *_, **__: Mock(status="running"))
    with contextlib.closing(Cluster()) as cluster:
        until(lambda: len(started) >= 2)
        assert cluster.losses >= 1


SENTENCE = "The training worker cannot start (OSError: The disk is full.); the app keeps trying."


class Troubled(HandCranked):
    ready = False
    trouble = SENTENCE


def test_pages_that_wait_for_the_worker_show_what_keeps_it(monkeypatch):
    cluster = Troubled()
    monkeypatch.setattr(server, "runs", lambda: type("Runs", (), {"cluster": cluster})())

    def page():
        from pages.shared.app import worker

        worker.wait_for((len, "abc"))

    app = AppTest.from_function(page).run()
    assert [warning.value for warning in app.warning] == [SENTENCE]
    cluster.trouble = None
    app.run()
    assert not app.warning
    assert app.get("progress")[0].proto.text == "The worker is starting, which takes a few seconds …"
    cluster.ready = True
    assert worker.starting_message() == ""
