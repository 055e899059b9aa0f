"""How a network is trained: on which images, by which optimizer, for how long."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aecore.specs.datasets import DATASETS
from aecore.specs.fields import Choice, Domain, Name, Range, Spec, setting
from aecore.specs.limits import LIMITS
from aecore.specs.model import ModelSpec
from aecore.specs.noise import NO_NOISE, NOISES, NoiseSpec

LOSSES = ("binary_crossentropy", "mse")
BATCH_SIZES = (32, 64, 128, 256, 512, 1024)
# The default learning rate of each optimizer for a loss that is a mean over the pixels: Keras' own, except for SGD,
# whose 0.01 is slow here, and Adadelta, which had 1.0 in the lesson's Keras and has 0.001 in today's.
OPTIMIZERS = {"adam": 0.001, "adadelta": 1.0, "rmsprop": 0.001, "sgd": 0.1}
# A VAE's loss is a sum over 784 pixels, and so are its gradients. The others divide by the size of the gradients; SGD
# does not: at 0.1 it diverges in its first steps, at 0.01 the loss soon rises again (measured).
SUMMED_LOSS_RATES = OPTIMIZERS | {"sgd": 0.001}
SGD_MOMENTUM = 0.9


def default_rate(optimizer: str, family: str) -> float:
    """The default learning rate of an optimizer of `OPTIMIZERS` for the objective of a family of networks."""
    return (SUMMED_LOSS_RATES if family == "vae" else OPTIMIZERS)[optimizer]


@dataclass(frozen=True)
class TrainSpec(Spec):
    """How a network is trained.

    `dataset`, `n_train`: the first `n_train` training images of the data set, or all if it has fewer.
    `loss`: 'binary_crossentropy' (mean per pixel, nats) or 'mse' (mean per pixel, on [0, 1]).
    A 'vae' sums it over the pixels of an image.
    `seed`: decides the initial weights, the order of the images and a VAE's samples, and nothing else.
    `start`: the checkpoint whose weights it starts from, of the same architecture; '' for random weights.
    `noise`, `noise_amount`: as in a NoiseSpec, for the input images, while the target is clean; 'none' for a plain
    autoencoder.
    """

    dataset: str = setting("mnist", Choice(tuple(DATASETS)), "Data set")
    n_train: int = setting(60_000, Range(1_000, LIMITS.images), "Training images")
    epochs: int = setting(20, Range(1, LIMITS.epochs), "Epochs")
    batch_size: int = setting(256, Choice(BATCH_SIZES), "Batch size")
    optimizer: str = setting("adam", Choice(tuple(OPTIMIZERS)), "Optimizer")
    learning_rate: float = setting(0.001, Range(1e-6, 10.0), "Learning rate")
    loss: str = setting("binary_crossentropy", Choice(LOSSES), "Loss")
    seed: int = setting(0, Range(0, 999_999), "Seed")
    start: str = setting("", Name(), "Start from")
    noise: str = setting(NO_NOISE, Choice((NO_NOISE, *NOISES)), "Noise")
    noise_amount: float = setting(0.5, Range(0.0, 4.0), "Amount of noise")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.noise == NO_NOISE:
            object.__setattr__(self, "noise_amount", type(self).noise_amount)
        # "All of them" is what a larger number means for a smaller data set.
        object.__setattr__(self, "n_train", min(self.n_train, DATASETS[self.dataset]))

    def always_in_query(self) -> tuple[str, ...]:
        """The learning rate, except with the default optimizer."""
        return () if self.optimizer == type(self).optimizer else ("learning_rate",)

    @classmethod
    def with_implied(cls, params: Mapping[str, str]) -> Mapping[str, str]:
        """An optimizer without a learning rate gets the default one for the `family` among the parameters."""
        optimizer = params.get("optimizer", "")
        if optimizer not in OPTIMIZERS:
            return params
        rate = default_rate(optimizer, params.get("family", ModelSpec.family))
        return {"learning_rate": str(rate)} | dict(params)

    def domain(self, field: dataclasses.Field[Any]) -> Domain:
        if field.name == "noise_amount" and self.noise in NOISES:
            return Range(0.0, NOISES[self.noise].max_amount)
        return super().domain(field)

    @property
    def noise_spec(self) -> NoiseSpec | None:
        """The noise on the input images; None for a plain autoencoder."""
        return None if self.noise == NO_NOISE else NoiseSpec(self.noise, self.noise_amount)

    @property
    def steps_per_epoch(self) -> int:
        """Batches that cover the training images once; the last one may be smaller."""
        return -(-self.n_train // self.batch_size)
