"""Networks of dense layers in NumPy: quick for one image or a thousand, and without Keras."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aecore.imaging.arrays import to_float, to_uint8
from aecore.specs import ModelSpec

N_PIXELS = 784


@dataclass(frozen=True)
class Layer:
    """A fully connected layer: kernel float32 (n_in, n_out), bias (n_out,), and the name of its activation."""

    kernel: np.ndarray
    bias: np.ndarray
    activation: str

    def __call__(self, h: np.ndarray) -> np.ndarray:
        """(N, n_in) → (N, n_out)."""
        return ACTIVATIONS[self.activation](h @ self.kernel + self.bias)


def _gelu(h: np.ndarray) -> np.ndarray:
    from scipy import special

    erf: Callable[[np.ndarray], np.ndarray] = special.erf
    return 0.5 * h * (1 + erf(h * np.float32(0.5**0.5)))


def _sigmoid(h: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(h, -80, 80)))


def _relu(h: np.ndarray) -> np.ndarray:
    return np.maximum(h, 0)


def _linear(h: np.ndarray) -> np.ndarray:
    return h


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": _relu,
    "gelu": _gelu,
    "tanh": np.tanh,
    "linear": _linear,
    "sigmoid": _sigmoid,
}


@dataclass(frozen=True)
class Network:
    """An autoencoder or VAE of dense layers.

    A VAE's code is its z_mean, which the last layer of `encoder` gives; `log_var` is the layer beside it that gives
    z_log_var, None for a plain autoencoder.
    """

    encoder: tuple[Layer, ...]
    decoder: tuple[Layer, ...]
    log_var: Layer | None = None

    @property
    def code_dim(self) -> int:
        """How many numbers the code has."""
        return len(self.encoder[-1].bias)

    def encode(self, x: np.ndarray) -> np.ndarray:
        """uint8 (N, 28, 28, 1) → z float32 (N, code_dim)."""
        return self.encoder[-1](self._hidden(x))

    def encode_distribution(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """uint8 (N, 28, 28, 1) → z_mean, z_log_var, (N, code_dim) each. Raises ValueError for a plain autoencoder."""
        if self.log_var is None:
            raise ValueError("Expected a VAE; got an autoencoder, which gives a code and no distribution.")
        h = self._hidden(x)
        return self.encoder[-1](h), self.log_var(h)

    def _hidden(self, x: np.ndarray) -> np.ndarray:
        h = to_float(x.reshape(len(x), N_PIXELS))
        return functools.reduce(lambda h, layer: layer(h), self.encoder[:-1], h)

    def draw(self, z: np.ndarray) -> np.ndarray:
        """z (N, code_dim) → x_hat uint8 (N, 28, 28, 1)."""
        return as_image(self.decode(z))

    def decode(self, z: np.ndarray) -> np.ndarray:
        """z (N, code_dim) → x_hat float32 (N, 28, 28, 1) in [0, 1]."""
        h = functools.reduce(lambda h, layer: layer(h), self.decoder, np.asarray(z, np.float32))
        return h.reshape(-1, 28, 28, 1)


def as_image(x_hat: np.ndarray) -> np.ndarray:
    """What a network draws, in [0, 1] → uint8; black where it is not a number, as after training that diverged."""
    return to_uint8(np.fmax(x_hat, 0))


def network(spec: ModelSpec, weights: Sequence[np.ndarray]) -> Network:
    """The network of `spec` ('dense' or 'vae') with these weights, in Keras' order. Raises ValueError for a 'conv'."""
    if spec.family == "conv":
        raise ValueError("Expected a network of dense layers; got a convolutional one.")
    pairs = list(zip(weights[::2], weights[1::2], strict=True))
    n_hidden = len(spec.widths)
    code_activation = "linear" if spec.family == "vae" else spec.code_activation
    encoder = [Layer(*pair, spec.activation) for pair in pairs[:n_hidden]]
    encoder.append(Layer(*pairs[n_hidden], code_activation))
    decoder_pairs = pairs[n_hidden + (2 if spec.family == "vae" else 1) :]  # z_log_var comes after z_mean
    decoder = [Layer(*pair, spec.activation) for pair in decoder_pairs[:-1]]
    log_var = Layer(*pairs[n_hidden + 1], "linear") if spec.family == "vae" else None
    return Network(tuple(encoder), (*decoder, Layer(*decoder_pairs[-1], "sigmoid")), log_var)
