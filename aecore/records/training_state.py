"""A run's state between two slices, and its progress as pages show it: plain records that travel between processes.

They are separate from training itself, so that reading one imports neither Keras nor TensorFlow.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np

# Above any weight that was ever learned here (a hundred or so), and below what overflows in a few layers.
MAX_WEIGHT = 1e6


@dataclass(frozen=True)
class EpochRecord:
    """The losses at the end of an epoch: mean per pixel; a VAE's in nats per image.

    `loss` is `reconstruction_loss` plus what the code costs, averaged over the epoch's batches as it went: the sparsity
    penalty, or beta times a VAE's `kl_loss`. They are None for epoch 0, and `kl_loss` for all but a VAE. `val_…`: the
    same on the whole test set after the epoch. `seconds`: in training steps so far.
    """

    epoch: int
    loss: float | None
    reconstruction_loss: float | None
    val_loss: float
    val_reconstruction_loss: float
    seconds: float
    kl_loss: float | None = None
    val_kl_loss: float | None = None

    @property
    def finite(self) -> bool:
        """Whether every loss that it has is a finite number."""
        losses = (self.loss, self.val_loss, self.kl_loss, self.val_kl_loss)
        return all(loss is None or math.isfinite(loss) for loss in losses)


@dataclass(frozen=True)
class Progress:
    """How far a run is, and what its network makes of the ten fixed test images now.

    `epoch`: epochs done, with the fraction of the one under way. `x_probe`, `x_hat`: uint8 (10, 28, 28, 1);
    `code_probe`: float32 (10, code_dim). `reconstruction_loss`: mean over the epoch under way so far, None between two
    epochs. `samples_per_s`: images per second in the last slice, while it had the worker.
    """

    step: int
    epoch: float
    history: tuple[EpochRecord, ...]
    x_probe: np.ndarray
    x_hat: np.ndarray
    code_probe: np.ndarray
    reconstruction_loss: float | None
    samples_per_s: float


@dataclass(frozen=True)
class TrainState:
    """All that a run is between two slices.

    `step`: training steps done. `weights`: the network's variables in Keras' order, those that no gradient moves (means
    that are kept along the way) included; `optimizer`: its variables. `sums`: reconstruction loss and
    the code's cost (unweighted), summed over the images since the epoch began. `seconds`: spent in training steps.
    `history`: a record for each whole epoch, the first one (epoch 0) before any training.
    """

    step: int
    weights: tuple[np.ndarray, ...]
    optimizer: tuple[np.ndarray, ...]
    sums: tuple[float, float] = (0.0, 0.0)
    seconds: float = 0.0
    history: tuple[EpochRecord, ...] = ()

    @functools.cached_property
    def sound(self) -> bool:
        """Whether anything can be made of it: its losses are finite, and no weight is beyond ±MAX_WEIGHT, or NaN.

        Training that has diverged, once unsound, stays so.
        """
        losses = all(map(math.isfinite, self.sums)) and all(record.finite for record in self.history[-1:])
        return losses and all(
            array.min(initial=0) >= -MAX_WEIGHT and array.max(initial=0) <= MAX_WEIGHT for array in self.weights
        )

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(array.nbytes for array in (*self.weights, *self.optimizer))
