"""Who may train and who waits: first come, first served, within a number of runs and of bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from aecore.specs.limits import Limits


class AdmissionQueue:
    """Admits runs to training, as many at a time as the limits allow. Runs are told apart by their ids.

    The run that asked first is admitted first, so a large one is not overtaken for ever by small ones. A run that is
    alone is admitted whatever its size. `dispatch(job)` does a job soon, in another thread and in order: a run that has
    waited is told of its admission without anybody's lock being held.
    """

    def __init__(self, dispatch: Callable[[Callable[[], None]], None], limits: Limits):
        self.limits = limits
        self._dispatch = dispatch
        self._lock = threading.Lock()
        self._admitted: dict[str, int] = {}  # run id → bytes
        self._waiting: dict[str, tuple[int, Callable[[], None]]] = {}  # run id → bytes, what to do on admission

    def request(self, run_id: str, n_bytes: int, on_admission: Callable[[], None]) -> None:
        """Ask for a run with a state of `n_bytes` to be admitted; if it has to wait, `on_admission` is called later.

        A run that is admitted, or waits, keeps its place.
        """
        with self._lock:
            if run_id in self._admitted or run_id in self._waiting:
                return
            if not self._waiting and self._fits(n_bytes):
                self._admitted[run_id] = n_bytes
            else:
                self._waiting[run_id] = (n_bytes, on_admission)

    def release(self, run_id: str) -> None:
        """Give up a run's admission, or its wait for one, and admit those that fit now."""
        with self._lock:
            self._admitted.pop(run_id, None)
            self._waiting.pop(run_id, None)
            while self._waiting:
                first, (n_bytes, on_admission) = next(iter(self._waiting.items()))
                if not self._fits(n_bytes):
                    return
                del self._waiting[first]
                self._admitted[first] = n_bytes
                self._dispatch(on_admission)

    def is_admitted(self, run_id: str) -> bool:
        """Whether a run may train."""
        return run_id in self._admitted

    def n_ahead(self, run_id: str) -> int | None:
        """How many runs will be admitted before this one; None if it does not wait."""
        with self._lock:
            return list(self._waiting).index(run_id) if run_id in self._waiting else None

    @property
    def n_admitted(self) -> int:
        """How many runs may train now."""
        return len(self._admitted)

    def _fits(self, n_bytes: int) -> bool:
        if not self._admitted:
            return True
        within = sum(self._admitted.values()) + n_bytes <= self.limits.training_bytes
        return within and len(self._admitted) < self.limits.training_runs
