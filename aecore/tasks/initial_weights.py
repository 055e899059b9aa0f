"""The weights with which the training of a network begins."""

from __future__ import annotations

import numpy as np

from aecore.specs import ModelSpec


def initial_weights(spec: ModelSpec, seed: int) -> tuple[np.ndarray, ...]:
    """The initial weights of the network of `spec`, in Keras' order. A task for the worker."""
    from aecore import models

    return tuple(models.build(spec, seed).get_weights())
