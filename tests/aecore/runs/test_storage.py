"""Runs on disk: all of a run comes back, nothing else ever does, and a disk that fails stops nobody."""

import errno
import io
import json
import os
import pickle
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from aecore import training
from aecore.records import run_file
from aecore.records.run_snapshot import Frame, RunRecord
from aecore.runs import ownership
from aecore.runs.storage import Storage, default_folder
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.limits import LIMITS
from tests.conftest import until

LIMITS_HERE = replace(LIMITS, disk_free_bytes=0)
MODEL = ModelSpec("vae", 2, (8,))
TRAIN = TrainSpec(n_train=1_000, batch_size=64, optimizer="adadelta", learning_rate=1.0)
PATHS = ["", "..", "../secret", "/etc/passwd", "a" * 15, "a" * 17, "a" * 15 + "/", "aaaa.aaaa.aaaa.a", None]


@pytest.fixture(scope="module")
def record() -> RunRecord:
    """A run in the middle of its second epoch."""
    state = None
    for n_steps in (0, 16, 5):
        state, progress = training.train_slice(MODEL, TRAIN, state, n_steps)
    frames = tuple(Frame(epoch, progress.x_hat + epoch, progress.code_probe) for epoch in range(2))
    return RunRecord(
        ownership.new_run_id(),
        ownership.hash_secret("secret"),
        MODEL,
        TRAIN,
        "training",
        30,
        None,
        state,
        progress,
        frames,
    )


@dataclass
class Thing:
    """Something to keep, which never changes."""

    of: RunRecord
    on_disk: bool = False

    @property
    def run_id(self) -> str:
        return self.of.run_id

    def record(self) -> tuple[int, RunRecord]:
        return 0, self.of

    def kept(self, version: int) -> None:
        self.on_disk = True


@pytest.fixture
def storage(tmp_path) -> Iterator[Storage]:
    return Storage(tmp_path / "runs", LIMITS_HERE)


def keep(storage: Storage, record: RunRecord, run_id: str | None = None) -> Thing:
    thing = Thing(replace(record, run_id=run_id or ownership.new_run_id()))
    storage.keep(thing)
    return thing


def path(storage: Storage, run_id: str) -> Path:
    return storage.folder / f"{run_id}.npz"


def test_all_of_a_run_comes_back_to_the_last_bit(storage, record):
    kept = keep(storage, record)
    assert storage.flush()
    assert kept.on_disk
    back = storage.load(kept.run_id)
    assert replace(back, state=None, progress=None, frames=()) == replace(kept.of, state=None, progress=None, frames=())
    assert replace(back.state, weights=(), optimizer=()) == replace(record.state, weights=(), optimizer=())
    arrays = [
        [*r.state.weights, *r.state.optimizer, r.progress.x_hat, r.progress.x_probe, r.progress.code_probe]
        + [array for frame in r.frames for array in (frame.x_hat, frame.code_probe)]
        for r in (record, back)
    ]
    assert all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in zip(*arrays, strict=True))
    assert back.progress.history == record.progress.history
    assert (back.progress.epoch, back.progress.reconstruction_loss) == (
        record.progress.epoch,
        record.progress.reconstruction_loss,
    )


def test_a_run_that_was_kept_goes_on_as_if_it_had_never_rested(storage, record):
    kept = keep(storage, record)
    assert storage.flush()
    back = storage.load(kept.run_id)
    for n_steps in (7, 100):
        whole = training.train_slice(MODEL, TRAIN, record.state, n_steps)
        resumed = training.train_slice(MODEL, TRAIN, back.state, n_steps)
        assert all(np.array_equal(a, b) for a, b in zip(whole[0].weights, resumed[0].weights, strict=True))
        assert all(np.array_equal(a, b) for a, b in zip(whole[0].optimizer, resumed[0].optimizer, strict=True))
        assert whole[1].reconstruction_loss == resumed[1].reconstruction_loss
        losses = [[(e.loss, e.val_loss, e.kl_loss) for e in p.history] for _, p in (whole, resumed)]
        assert losses[0] == losses[1]


def test_the_owners_secret_is_not_on_disk(storage, record):
    kept = keep(storage, replace(record, owner_hash=ownership.hash_secret("the visitor's own secret")))
    assert storage.flush()
    raw = path(storage, kept.run_id).read_bytes()
    assert ownership.hash_secret("the visitor's own secret").encode() in raw
    assert b"the visitor's own secret" not in raw


@pytest.mark.parametrize("name", PATHS)
def test_names_never_become_paths(storage, record, name):
    keep(storage, record)
    assert storage.flush()
    (storage.folder.parent / "secret.npz").write_bytes(b"")
    assert not ownership.is_run_id(name)
    assert storage.load(name) is None


def test_a_file_of_another_name_is_not_that_run(storage, record):
    kept, other = keep(storage, record), ownership.new_run_id()
    assert storage.flush()
    path(storage, kept.run_id).rename(path(storage, other))
    assert storage.load(other) is None


class Bomb:
    """Something that would do harm if it were unpickled."""

    def __reduce__(self):
        return os.mkdir, (str(Path(os.environ["AECORE_RUNS_DIR"]) / "boom"),)


def _bomb() -> bytes:
    file = io.BytesIO()
    np.savez(file, about=np.array([Bomb()], object))
    return file.getvalue()


DAMAGED = {
    "empty": lambda raw: b"",
    "truncated": lambda raw: raw[: len(raw) // 2],
    "a byte off": lambda raw: raw.replace(b'"step"', b'"stop"'),
    "a plain array": lambda raw: b"\x93NUMPY" + raw[6:],
    "a pickle": lambda raw: pickle.dumps(Bomb()),
    "an array of objects": lambda raw: _bomb(),
    "another version": lambda raw: _with(raw, format=0),
    "an impossible setting": lambda raw: _with(raw, train_spec={"epochs": 10**6}),
    "an unknown status": lambda raw: _with(raw, status="winning"),
}


def _with(raw: bytes, **changes) -> bytes:
    with np.load(io.BytesIO(raw), allow_pickle=False) as archive:
        arrays = dict(archive)
    about = json.loads(arrays["about"].tobytes()) | changes
    file = io.BytesIO()
    np.savez(file, **arrays | {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)})
    return file.getvalue()


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_is_damaged_or_foreign_is_no_run_and_nothing_in_it_is_executed(storage, record, damage):
    kept = keep(storage, record)
    assert storage.flush()
    file = path(storage, kept.run_id)
    assert storage.load(kept.run_id) is not None
    file.write_bytes(DAMAGED[damage](file.read_bytes()))
    assert storage.load(kept.run_id) is None
    assert not (Path(os.environ["AECORE_RUNS_DIR"]) / "boom").exists()
    storage.keep(kept)  # and it may be written again
    assert storage.flush()
    assert storage.load(kept.run_id) is not None


def test_beyond_the_bound_the_runs_go_that_were_seen_longest_ago_and_nothing_else(tmp_path, record):
    folder = tmp_path / "runs"
    folder.mkdir()
    strangers = [folder / "holiday.npz", folder / "aaaaaaaaaaaaaaaa.jpg"]
    for stranger in strangers:
        stranger.write_bytes(bytes(1_000_000))
        os.utime(stranger, (0, 0))
    seen = {}
    file = io.BytesIO()
    run_file.write(file, record)
    storage = Storage(folder, replace(LIMITS_HERE, disk_bytes=int(3.5 * file.tell())), lambda: seen)
    things = []
    for age in (4, 3, 2):
        things.append(keep(storage, record))
        assert storage.flush()
        storage.touch(things[-1].run_id, time.time() - 1_000 * age)
    seen[things[0].run_id] = time.time()  # somebody looks at the oldest one, in memory
    things.append(keep(storage, record))
    assert storage.flush()
    assert [storage.load(thing.run_id) is not None for thing in things] == [True, False, True, True]
    assert all(stranger.exists() for stranger in strangers)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_fails_is_told_in_a_sentence_and_used_again_when_it_is_better(storage, record, monkeypatch, number):
    monkeypatch.setattr("aecore.runs.storage.RETRY_S", 0.05)

    def fail(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        kept = keep(storage, record)
        until(lambda: storage.problem)
        assert storage.problem == (
            f"Runs can't be kept on this server's disk at the moment ({os.strerror(number)}): they are lost when it "
            "restarts."
        )
        assert not kept.on_disk
        assert list(storage.folder.iterdir()) == [], "Nothing half written is left."
    until(lambda: kept.on_disk)
    until(lambda: storage.problem is None)
    assert storage.load(kept.run_id) is not None


def test_a_full_disk_is_found_out_before_it_is_filled_to_the_brim(tmp_path, record):
    storage = Storage(tmp_path / "runs", replace(LIMITS, disk_free_bytes=10**18))
    keep(storage, record)
    until(lambda: storage.problem)
    assert "No space left" in storage.problem


def test_a_folder_that_cannot_be_there_is_told_in_a_sentence(tmp_path, record):
    (tmp_path / "file").write_text("in the way")
    storage = Storage(tmp_path / "file" / "runs", LIMITS_HERE)
    kept = keep(storage, record)
    until(lambda: storage.problem)
    assert "Not a directory" in storage.problem
    assert storage.load(kept.run_id) is None


def test_what_a_killed_server_left_half_written_is_cleared_away_in_time(storage, record):
    storage.folder.mkdir()
    old, new = (storage.folder / f"{ownership.new_run_id()}.77.part" for _ in range(2))
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (0, 0))
    keep(storage, record)
    assert storage.flush()
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.skipif(sys.platform != "linux", reason="Each system has its own place for caches.")
def test_the_folder_is_the_one_that_was_asked_for_or_a_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("AECORE_RUNS_DIR", str(tmp_path))
    assert default_folder() == tmp_path
    monkeypatch.delenv("AECORE_RUNS_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert default_folder() == tmp_path / "cache" / "aecore" / "runs"


def test_a_run_id_is_unguessable_and_a_secret_is_not_its_hash():
    ids = {ownership.new_run_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(map(ownership.is_run_id, ids))
    owner_hash = ownership.hash_secret("mine")
    assert ownership.is_owner("mine", owner_hash)
    assert not ownership.is_owner("yours", owner_hash)
    assert not ownership.is_owner(owner_hash, owner_hash)
