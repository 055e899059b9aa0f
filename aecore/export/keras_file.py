"""The trained network as a .keras file."""

from __future__ import annotations

import numpy as np

from aecore.specs import ModelSpec


def to_keras_file(model: ModelSpec, weights: tuple[np.ndarray, ...]) -> bytes:
    """The trained network as a .keras file. A task for the worker. `weights`: in Keras' order, as a run keeps them."""
    from aecore import models

    return models.to_keras_file(model, weights)
