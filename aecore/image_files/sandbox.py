"""Decoders in a process of their own: what a file asks of them may take for ever, take all memory, or crash.

A module that decodes calls `ask` in the program and `run` in the process, where it is started as `python -m MODULE`.
Each question has a new process, which may take 8 s of processor time and 220 MB, and ends with its answer; all of its
troubles end with it.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aecore import child_process
from aecore.image_files.errors import ImageError
from aecore.specs import grammar

if TYPE_CHECKING:
    import numpy as np

    Bytes = bytes | memoryview

MAX_CPU_S = 8
MAX_WALL_S = 60  # for a process that waits, or where no limit of the processor's time exists; a busy machine is slow
MAX_BYTES = 220_000_000  # besides what the process has before it reads the file
MAX_PROCESSES = 2  # at a time

_turns = threading.BoundedSemaphore(MAX_PROCESSES)


class UnfinishedError(Exception):
    """The process ended without an answer: it took too much, or it crashed."""


def ask(module: str, question: dict[str, Any], raw: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """The answer of a new process of this module to a question about a file, and the bytes with it, uint8 (N,).

    Raises ImageError with the sentence of the process, UnfinishedError if it gave no answer.
    """
    import numpy as np

    with _turns, _process(module) as (sink, source):
        # It reads all before it answers, so neither waits for the other.
        with contextlib.suppress(BrokenPipeError), sink:
            sink.write(json.dumps(question).encode() + b"\n")
            sink.write(raw)
        answer = json.loads(source.readline() or "null")
        if answer is None:
            raise UnfinishedError
        if "problem" in answer:
            raise ImageError(answer["problem"])
        pixels = np.empty(answer["n_bytes"], np.uint8)
        if source.readinto(pixels.data) != answer["n_bytes"]:
            raise UnfinishedError
    return answer, pixels


@contextlib.contextmanager
def _process(module: str) -> Iterator[tuple[io.BufferedWriter, io.BufferedReader]]:
    """A new process: where to write to it, and where to read from it."""
    process = subprocess.Popen(  # noqa: S603  (modules of our own)
        child_process.command(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    sink, source = cast(io.BufferedWriter, process.stdin), cast(io.BufferedReader, process.stdout)
    end = threading.Timer(MAX_WALL_S, process.kill)
    end.start()
    try:
        yield sink, source
    finally:
        end.cancel()
        process.kill()
        process.wait()
        source.close()


# In the process.


def run(answer: Callable[[dict[str, Any], bytes], tuple[dict[str, Any], Bytes]], name: str) -> None:
    """Read a question and a file of the format `name`; write the answer: a line of JSON, and bytes."""
    _limit()
    question, raw = json.loads(sys.stdin.buffer.readline()), sys.stdin.buffer.read()
    pixels: Bytes = b""
    try:
        found, pixels = answer(question, raw)
    except ImageError as error:
        found = {"problem": str(error)}
    except MemoryError:
        return
    except Exception:
        found = {
            "problem": f"Expected {grammar.with_article(name)} that can be read; this one is damaged or of a rare kind."
        }
    sys.stdout.buffer.write(json.dumps(found | {"n_bytes": len(pixels)}).encode() + b"\n")
    sys.stdout.buffer.write(pixels)
    sys.stdout.buffer.flush()


def _limit() -> None:
    """Let this process take no more than its share. Windows has no such limits; there the wall clock ends it."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and does not keep it
        n_bytes = _data_bytes() + MAX_BYTES
        resource.setrlimit(resource.RLIMIT_DATA, (n_bytes, n_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _data_bytes() -> int:
    """What the process has taken of the memory that RLIMIT_DATA counts."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), 50_000_000)
