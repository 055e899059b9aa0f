"""The optimizers of `specs.OPTIMIZERS` as Keras has them."""

from __future__ import annotations

from aecore.models.backend import keras
from aecore.specs import SGD_MOMENTUM


def make_optimizer(name: str, learning_rate: float) -> keras.optimizers.Optimizer:
    """The Keras optimizer behind a name of `specs.OPTIMIZERS`."""
    if name == "sgd":
        return keras.optimizers.SGD(learning_rate, momentum=SGD_MOMENTUM)
    return {
        "adam": keras.optimizers.Adam,
        "adadelta": keras.optimizers.Adadelta,
        "rmsprop": keras.optimizers.RMSprop,
    }[name](learning_rate)
