"""The receptive field of a unit, measured by the network's gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aecore.imaging.arrays import from_bytes
from aecore.specs import ModelSpec


@dataclass(frozen=True)
class MeasuredField:
    """The pixels that can change a unit, and how much each changes it now.

    `reach`: bool (28, 28), the pixels that can change the unit at all. `gradient`: float32 (28, 28), the derivative of
    the unit with respect to each pixel, in the network as it is and for the image shown.
    """

    reach: np.ndarray
    gradient: np.ndarray


def measure(
    spec: ModelSpec, layer: str, unit: tuple[int, int, int], image: bytes, version: str, *weights: np.ndarray
) -> MeasuredField:
    """Measure the receptive field of a unit, (row, column, filter) of the layer named. A task for the worker.

    `image`: 784 bytes. `weights`: of the network of `spec`, in Keras' order; `version` identifies them.
    """
    from aecore.models import gradients

    x = from_bytes(image)
    return MeasuredField(gradients.reach(spec, layer, unit[:2]), gradients.gradient(spec, weights, x, layer, unit))
