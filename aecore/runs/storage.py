"""Runs on disk: a bounded folder with a file for each, written in the background. A disk that fails stops nobody."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path
from typing import Protocol

import platformdirs

from aecore.records import run_file
from aecore.records.run_snapshot import RunRecord
from aecore.runs.ownership import is_run_id
from aecore.specs.limits import Limits

SUFFIX, HALF_WRITTEN = ".npz", ".part"
STALE_S = 3_600  # a file that has been half written for this long has been abandoned
RETRY_S = 5.0
# Training comes before keeping: the writer is busy for at most a third of the time.
REST_PER_WRITE = 2.0
# A run that trains is kept this often; a large one more rarely, so that the disk has time for others.
KEEP_S, KEEP_BYTES_PER_S = 4.0, 4_000_000

logger = logging.getLogger(__name__)


class Kept(Protocol):
    """What can be kept on disk: it has an id, gives its record, and is told which version is on disk."""

    run_id: str

    def record(self) -> tuple[int, RunRecord | None]:
        """The number of its present version, and its record; None while there is nothing to keep."""
        ...

    def kept(self, version: int) -> None:
        """Told that this version of it is on disk."""
        ...


def default_folder() -> Path:
    """AECORE_RUNS_DIR, or a folder among the user's caches."""
    if chosen := os.environ.get("AECORE_RUNS_DIR"):
        return Path(chosen)
    cache = platformdirs.user_cache_path("aecore", appauthor=False, opinion=False)
    if not cache.is_absolute():  # a user without a home
        cache = Path(tempfile.gettempdir()) / "aecore"
    return cache / "runs"


class KeepSchedule:
    """When a run is worth keeping, and whether the version on disk is the newest."""

    def __init__(self):
        self.version = 0
        self._version_on_disk = 0
        self._kept_at = time.monotonic()

    def is_due(self, n_bytes: int, now: bool) -> bool:
        """Note a new version, of `n_bytes`, and tell whether to keep it: always `now`, else once in a while."""
        self.version += 1
        due = now or time.monotonic() - self._kept_at >= max(KEEP_S, n_bytes / KEEP_BYTES_PER_S)
        if due:
            self._kept_at = time.monotonic()
        return due

    def note_kept(self, version: int) -> None:
        """Note that this version is on disk."""
        self._version_on_disk = max(self._version_on_disk, version)

    @property
    def up_to_date(self) -> bool:
        """Whether the newest version is on disk."""
        return self._version_on_disk == self.version


class Storage:
    """A folder of runs. Nothing here raises: what can't be kept stays in memory, and `problem` says why.

    `seen()` gives, by run id, when the runs in memory were last looked at (`time.time`); for the others, their files'
    times tell. `on_kept` is called in the writer's thread each time a run has been written, or could not be.
    """

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        seen: Callable[[], dict[str, float]] = dict,
        on_kept: Callable[[], None] = lambda: None,
    ):
        self.folder = folder
        self.limits = limits
        self.problem: str | None = None
        self._seen, self._on_kept = seen, on_kept
        self._wanted: dict[str, Kept] = {}
        self._changed = threading.Condition()
        self._writing = self._closed = False
        threading.Thread(target=self._work, name="run-writer", daemon=True).start()

    def keep(self, run: Kept) -> None:
        """Write the run soon, as it is by then."""
        with self._changed:
            if not self._closed:
                self._wanted[run.run_id] = run
                self._changed.notify_all()

    def forget(self, run_id: str) -> None:
        """Do not write this run any more; its file stays."""
        with self._changed:
            self._wanted.pop(run_id, None)

    def flush(self, timeout: float = 10.0) -> bool:
        """Wait until everything to be kept is on disk. Returns False if it can't be, or not in time."""
        with self._changed:
            done = self._changed.wait_for(lambda: self.problem or not (self._wanted or self._writing), timeout)
            return bool(done) and self.problem is None

    def close(self) -> None:
        """Write nothing any more, not even what is waiting to be written."""
        with self._changed:
            self._closed = True
            self._wanted.clear()
            self._changed.notify_all()

    def load(self, run_id: str) -> RunRecord | None:
        """The run with this id as it was last kept; None if there is none, or none that can be read."""
        if not is_run_id(run_id):
            return None
        path = self._path(run_id)
        try:
            with path.open("rb") as file:
                record = run_file.read(file)
        except FileNotFoundError:
            return None
        except Exception as error:  # whatever a damaged file or disk may raise
            logger.warning("The run %s can't be read: %s: %s", run_id, type(error).__name__, error)
            return None
        # Some file systems do not tell A from a.
        return record if record.run_id == run_id else None

    def touch(self, run_id: str, seen: float) -> None:
        """Note on disk when the run was last looked at (`time.time`)."""
        with contextlib.suppress(OSError):
            os.utime(self._path(run_id), (seen, seen))

    def _path(self, run_id: str) -> Path:
        return self.folder / f"{run_id}{SUFFIX}"

    # In the writer's thread.

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._closed)
                if self._closed:
                    return
                run_id, run = next(iter(self._wanted.items()))
                del self._wanted[run_id]
                self._writing = True
            begun = time.monotonic()
            try:
                self._write(run)
                self.problem = None
            except OSError as error:
                self._note(error)
                with self._changed:
                    self._wanted.setdefault(run_id, run)  # tried again later, when the disk may have recovered
            except Exception:
                logger.exception("The run %s could not be written.", run_id)
            took = time.monotonic() - begun
            with contextlib.suppress(Exception):
                self._on_kept()
            with self._changed:
                self._writing = False
                self._changed.notify_all()
            time.sleep(RETRY_S if self.problem else REST_PER_WRITE * took)

    def _write(self, run: Kept) -> None:
        version, record = run.record()
        if record is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        # Listing the folder for every write takes a millisecond, and stays right when other servers write there, too.
        self._make_room(record.state.nbytes)
        part = self.folder / f"{record.run_id}.{os.getpid()}{HALF_WRITTEN}"
        try:
            with part.open("wb") as file:
                run_file.write(file, record)
            os.replace(part, self._path(record.run_id))
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        run.kept(version)

    def _make_room(self, n_bytes: int) -> None:
        """Delete what was seen longest ago until `n_bytes` more fit. Raises OSError if they never would."""
        seen, files = self._seen(), []
        for entry in os.scandir(self.folder):
            name, suffix = os.path.splitext(entry.name)
            try:
                info = entry.stat()
                if suffix == HALF_WRITTEN and is_run_id(name.partition(".")[0]):
                    if time.time() - info.st_mtime > STALE_S:
                        os.unlink(entry.path)
                elif suffix == SUFFIX and is_run_id(name):
                    files.append((max(info.st_mtime, seen.get(name, 0.0)), info.st_size, entry.path))
            except FileNotFoundError:
                continue
        ours = sum(size for _, size, _ in files)
        room = min(self.limits.disk_bytes - ours, shutil.disk_usage(self.folder).free - self.limits.disk_free_bytes)
        if room + ours < n_bytes:  # then deleting would not help
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        for _, size, path in sorted(files):
            if room >= n_bytes:
                break
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            room += size

    def _note(self, error: OSError) -> None:
        cause = error.strerror or type(error).__name__
        if self.problem is None:
            logger.warning("Runs can't be kept in %s: %s", self.folder, error)
        self.problem = (
            f"Runs can't be kept on this server's disk at the moment ({cause}): they are lost when it restarts."
        )
