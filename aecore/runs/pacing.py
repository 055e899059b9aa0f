"""How fast a run trains, and so how many steps its next slice should have."""

from __future__ import annotations

import collections
import math
import time

from aecore.records.training_state import Progress
from aecore.specs import TrainSpec

# Long enough that carrying the state (10–20 ms) hardly matters, short enough that a page has something new to draw.
SLICE_S = 0.4
# When runs share the worker, turns should come soon, and carrying one's state overlaps with training another.
SHARED_SLICE_S = 0.25
FIRST_STEPS = 8
# The pace is measured over the last seconds, or over the last slices if they wait longer than that for their turns.
WINDOW_S, MIN_SLICES = 10.0, 6


class Pace:
    """The recent slices of a run, and the length of the next one.

    `n_steps`: 0 for a run that has not begun; its first slice evaluates it before any training.
    """

    def __init__(self, n_steps: int = 0):
        self.n_steps = n_steps
        self._slices: collections.deque[tuple[float, int]] = collections.deque()  # when, of how many images

    def begin(self) -> None:
        """Forget the pace from before a rest."""
        self._slices.clear()

    def take(self, n_images: int, progress: Progress, spec: TrainSpec, shared: bool) -> None:
        """Note a slice of `n_images` with this progress; `shared`: whether other runs train as well."""
        now = time.monotonic()
        self._slices.append((now, n_images))
        while len(self._slices) > MIN_SLICES and now - self._slices[0][0] > WINDOW_S:
            self._slices.popleft()
        wanted = max(1.0, progress.samples_per_s * (SHARED_SLICE_S if shared else SLICE_S) / spec.batch_size)
        # A slice ends with its epoch, so the epoch is cut evenly: a small remainder would cost as much to carry.
        rest = spec.steps_per_epoch - progress.step % spec.steps_per_epoch
        wanted = math.ceil(rest / max(1, round(rest / wanted)))
        # The first slices say little about the pace: they compile.
        self.n_steps = max(1, min(wanted, 4 * self.n_steps)) if self.n_steps else FIRST_STEPS

    @property
    def samples_per_s(self) -> float:
        """Images per second, waiting included; 0 while unknown."""
        if len(self._slices) < 2:
            return 0.0
        seconds = self._slices[-1][0] - self._slices[0][0]
        return sum(n for _, n in list(self._slices)[1:]) / seconds if seconds > 0 else 0.0

    def eta_s(self, epoch: float, until: float, spec: TrainSpec) -> float | None:
        """Seconds from this epoch to that one at the present pace; None while that is unknown."""
        samples_per_s = self.samples_per_s
        if not samples_per_s or epoch < 1:  # the first epoch tells little: it compiles
            return None
        return max(until - epoch, 0) * spec.n_train / samples_per_s
