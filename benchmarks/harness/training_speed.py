"""What a training comes to, measured in a process that nothing else has warmed."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from aecore.specs import TrainSpec

Result = TypeVar("Result")


@dataclass(frozen=True)
class Training:
    """What one training came to: images per second, with validation and compilation, and the last validation loss."""

    samples_per_s: float
    val_loss: float


def measure(train: Callable[[TrainSpec], float], spec: TrainSpec) -> Training:
    begin = time.perf_counter()
    val_loss = train(spec)
    return Training(spec.epochs * spec.n_train / (time.perf_counter() - begin), val_loss)


def in_fresh_process(function: Callable[..., Result], *args: object) -> Result:
    # Spawned, so that nothing of this process is in it.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *args).result()
