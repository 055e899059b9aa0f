"""Who may train and who waits: first come, first served, within a number of runs and of bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from aecore.specs.limits import Limits


class Places:
    """The places for runs that train. Runs are told apart by their ids.

    A run that asks first is served first, so a large one is not overtaken for ever by small ones. One that is alone is
    served whatever its size. `dispatch(job)` runs a job soon, in another thread and in order: a run that has waited is
    told so without anybody's lock being held.
    """

    def __init__(self, dispatch: Callable[[Callable[[], None]], None], limits: Limits):
        self.limits = limits
        self._dispatch = dispatch
        self._lock = threading.Lock()
        self._training: dict[str, int] = {}  # run id → bytes
        self._waiting: dict[str, tuple[int, Callable[[], None]]] = {}  # run id → bytes, what to do when it may train

    def ask(self, run_id: str, n_bytes: int, begin: Callable[[], None]) -> None:
        """Want a place for a state of `n_bytes`. If there is none now, `begin` is called when there is.

        A run that has a place, or waits, keeps it.
        """
        with self._lock:
            if run_id in self._training or run_id in self._waiting:
                return
            if not self._waiting and self._fits(n_bytes):
                self._training[run_id] = n_bytes
            else:
                self._waiting[run_id] = (n_bytes, begin)

    def leave(self, run_id: str) -> None:
        """Give up a place, or the wait for one; what waits longest comes after."""
        with self._lock:
            self._training.pop(run_id, None)
            self._waiting.pop(run_id, None)
            while self._waiting:
                first, (n_bytes, begin) = next(iter(self._waiting.items()))
                if not self._fits(n_bytes):
                    return
                del self._waiting[first]
                self._training[first] = n_bytes
                self._dispatch(begin)

    def has(self, run_id: str) -> bool:
        """Whether a run may train."""
        return run_id in self._training

    def ahead(self, run_id: str) -> int | None:
        """Runs that will get a place before this one; None if it does not wait for one."""
        with self._lock:
            return list(self._waiting).index(run_id) if run_id in self._waiting else None

    @property
    def n_training(self) -> int:
        """Runs that have a place."""
        return len(self._training)

    def _fits(self, n_bytes: int) -> bool:
        if not self._training:
            return True
        within = sum(self._training.values()) + n_bytes <= self.limits.training_bytes
        return within and len(self._training) < self.limits.training_runs
