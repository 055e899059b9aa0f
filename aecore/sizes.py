"""How large a run's state will be, from its settings alone: before there is one."""

from __future__ import annotations

import itertools

from aecore import convnet
from aecore.specs import ModelSpec, TrainSpec

FLOAT32 = 4  # bytes
# Numbers that an optimizer keeps for each weight.
SLOTS = {"adam": 2, "adadelta": 2, "rmsprop": 1, "sgd": 1}


def n_parameters(spec: ModelSpec) -> int:
    """How many numbers a network learns."""
    if spec.family == "conv":
        return sum(layer.n_parameters for layer in convnet.layers(spec))
    if spec.family == "unet":
        return _of_unet(spec.widths)
    encoder = _of_dense([784, *spec.widths, spec.code_dim])
    decoder = _of_dense([spec.code_dim, *reversed(spec.widths), 784])
    spread = ([784, *spec.widths][-1] + 1) * spec.code_dim if spec.family == "vae" else 0  # z_log_var beside z_mean
    return encoder + decoder + spread


def state_bytes(model_spec: ModelSpec, train_spec: TrainSpec) -> int:
    """Bytes of the weights and of what the optimizer keeps for them."""
    return FLOAT32 * n_parameters(model_spec) * (1 + SLOTS.get(train_spec.optimizer, max(SLOTS.values())))


def _of_dense(units: list[int]) -> int:
    return sum((a + 1) * b for a, b in itertools.pairwise(units))


def _of_unet(widths: tuple[int, ...]) -> int:
    def convolution(n_in: int, n_out: int, side: int = 3) -> int:
        return side * side * n_in * n_out + n_out

    def block(n: int) -> int:
        return 2 * convolution(n, n)

    down = sum(convolution(a, b) + block(b) for a, b in itertools.pairwise((1, *widths)))
    up = sum(convolution(b, a, side=1) + block(a) for a, b in itertools.pairwise(widths))
    return down + 2 * block(widths[-1]) + up + convolution(widths[0], 1)
