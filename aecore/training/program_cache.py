"""Compiled programs that are kept for the next run of the same architecture."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from aecore.specs import ModelSpec, TrainSpec
from aecore.training.compiled import BUILDING, Program

# What is kept of programs that nobody uses at the moment: a compiled one takes some fifteen megabytes, besides its
# weights and the optimizer's variables; a class uses a handful of architectures at a time.
MAX_PROGRAMS, MAX_BYTES = 16, 250_000_000


class ProgramCache:
    """Keeps programs that nobody uses at the moment: at most `max_programs`, which take at most `max_bytes`."""

    def __init__(self, max_programs: int = MAX_PROGRAMS, max_bytes: int = MAX_BYTES):
        self.max_programs, self.max_bytes = max_programs, max_bytes
        self._idle: list[tuple[tuple, Program]] = []  # the one used last at the end
        self._lock = threading.Lock()

    @property
    def idle(self) -> list[Program]:
        """The programs that nobody uses at the moment, the one used last at the end."""
        with self._lock:
            return [program for _, program in self._idle]

    @contextlib.contextmanager
    def borrow(self, model_spec: ModelSpec, train_spec: TrainSpec) -> Iterator[Program]:
        """A program for these specs that nobody else uses meanwhile.

        Built if none is idle, so that two runs of one architecture can train at once; kept afterwards while it is among
        those used lately.
        """
        noisy = train_spec.noise_spec is not None
        key = (model_spec.architecture, train_spec.optimizer, train_spec.loss, train_spec.batch_size, noisy)
        program = self._take(key)
        if program is None:
            with BUILDING:
                program = Program(*key)
        try:
            yield program
        finally:
            self._put(key, program)

    def _take(self, key: tuple) -> Program | None:
        with self._lock:
            place = next((i for i in reversed(range(len(self._idle))) if self._idle[i][0] == key), None)
            return None if place is None else self._idle.pop(place)[1]

    def _put(self, key: tuple, program: Program) -> None:
        with self._lock:
            self._idle.append((key, program))
            while len(self._idle) > self.max_programs or (len(self._idle) > 1 and self._nbytes() > self.max_bytes):
                del self._idle[self._least_needed()]

    def _nbytes(self) -> int:
        return sum(program.nbytes for _, program in self._idle)

    def _least_needed(self) -> int:
        """Which of the idle programs goes first: one that there is twice, otherwise the one used longest ago."""
        keys = [key for key, _ in self._idle]
        return next((i for i, key in enumerate(keys) if key in keys[i + 1 :]), 0)


borrow = ProgramCache().borrow
