"""Dense checkpoints in NumPy: quick for an image or a thousand, without Keras and without waiting for it."""

from __future__ import annotations

import functools
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aecore import checkpoints, datasets
from aecore.networks import latent_geometry
from aecore.specs import ModelSpec

N_PIXELS = 784
BATCH = 1_000


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
    from scipy.special import erf

    return 0.5 * h * (1 + erf(h * np.float32(0.5**0.5)))


def _sigmoid(h: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(h, -80, 80)))


ACTIVATIONS = {
    "relu": lambda h: np.maximum(h, 0),
    "gelu": _gelu,
    "tanh": np.tanh,
    "linear": lambda h: h,
    "sigmoid": _sigmoid,
}


@dataclass(frozen=True)
class Network:
    """An autoencoder or VAE of dense layers. A VAE's code is its z_mean; `log_var` stands beside its encoder's last."""

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
            raise ValueError("Expected a VAE, but this autoencoder gives a code and no distribution.")
        h = self._hidden(x)
        return self.encoder[-1](h), self.log_var(h)

    def _hidden(self, x: np.ndarray) -> np.ndarray:
        h = x.reshape(len(x), N_PIXELS).astype(np.float32) / 255
        return functools.reduce(lambda h, layer: layer(h), self.encoder[:-1], h)

    def draw(self, z: np.ndarray) -> np.ndarray:
        """z (N, code_dim) → x_hat uint8 (N, 28, 28, 1)."""
        return as_image(self.decode(z))

    def decode(self, z: np.ndarray) -> np.ndarray:
        """z (N, code_dim) → x_hat float32 (N, 28, 28, 1) in [0, 1]."""
        h = functools.reduce(lambda h, layer: layer(h), self.decoder, np.asarray(z, np.float32))
        return h.reshape(-1, 28, 28, 1)


def as_image(x_hat: np.ndarray) -> np.ndarray:
    """What a network draws, in [0, 1] → uint8; where it is no number, as from weights that have diverged, black."""
    return np.rint(np.fmax(x_hat * 255, 0)).astype(np.uint8)


def network(spec: ModelSpec, weights: Sequence[np.ndarray]) -> Network:
    """The network of `spec` ('dense' or 'vae') with these weights, in Keras' order. Raises ValueError for a 'conv'."""
    if spec.family == "conv":
        raise ValueError("Expected a network of dense layers, but a convolutional one came.")
    pairs = list(zip(weights[::2], weights[1::2], strict=True))
    n_hidden = len(spec.widths)
    code_activation = "linear" if spec.family == "vae" else spec.code_activation
    encoder = [Layer(*pair, spec.activation) for pair in pairs[:n_hidden]]
    encoder.append(Layer(*pairs[n_hidden], code_activation))
    decoder_pairs = pairs[n_hidden + (2 if spec.family == "vae" else 1) :]  # behind z_mean stands z_log_var
    decoder = [Layer(*pair, spec.activation) for pair in decoder_pairs[:-1]]
    log_var = Layer(*pairs[n_hidden + 1], "linear") if spec.family == "vae" else None
    return Network(tuple(encoder), (*decoder, Layer(*decoder_pairs[-1], "sigmoid")), log_var)


@functools.lru_cache(maxsize=8)
def load(name: str) -> Network:
    """A checkpoint as NumPy arrays. Raises SpecError for an unknown name, ValueError for a convolutional one."""
    return network(checkpoints.about(name).model_spec, checkpoints.weights(name))


def reconstruct(name: str, x: np.ndarray) -> np.ndarray:
    """What a dense checkpoint makes of images: uint8 (N, 28, 28, 1) → uint8 (N, 28, 28, 1)."""
    model = load(name)
    return model.draw(model.encode(x))


def errors(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Mean squared error of each image on [0, 1]: uint8 (N, 28, 28, 1) twice → float64 (N,)."""
    return np.square((x.astype(np.float32) - x_hat) / 255).reshape(len(x), -1).mean(axis=1, dtype=np.float64)


def test_distribution(name: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """z_mean and z_log_var of the first `n` test images by a VAE's checkpoint."""
    x = datasets.load_test(checkpoints.about(name).train_spec.dataset)[0][:n]
    return _in_batches(load(name).encode_distribution, x)


@functools.lru_cache(maxsize=4)
def test_codes(name: str, n: int) -> np.ndarray:
    """Codes (n, code_dim) of the first `n` test images."""
    x = datasets.load_test(checkpoints.about(name).train_spec.dataset)[0][:n]
    return _in_batches(lambda part: (load(name).encode(part),), x)[0]


@functools.lru_cache(maxsize=4)
def training_codes(name: str) -> np.ndarray:
    """Codes (N, code_dim) of all training images by a checkpoint. A second or two: for the worker, which keeps them."""
    x = datasets.load(checkpoints.about(name).train_spec.dataset).x_train
    return _in_batches(lambda part: (load(name).encode(part),), x)[0]


def nearest_training_image(name: str, z: tuple[float, ...]) -> tuple[np.ndarray, int, float]:
    """The training image whose code is nearest to `z`: uint8 (28, 28, 1), its label, the distance. For the worker."""
    index, distance = latent_geometry.nearest(training_codes(name), np.array(z, np.float32))
    data = datasets.load(checkpoints.about(name).train_spec.dataset)
    return data.x_train[index], int(data.y_train[index]), distance


def _in_batches(function: Callable, x: np.ndarray) -> tuple[np.ndarray, ...]:
    parts = [function(x[i : i + BATCH]) for i in range(0, len(x), BATCH)]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def test_errors(name: str, dataset: str) -> np.ndarray:
    """A dense checkpoint's error on every test image of a data set: (N,). A second or so: a task for the worker."""
    x = datasets.load_test(dataset)[0]
    return _in_batches(lambda part: (errors(part, reconstruct(name, part)),), x)[0]


@functools.lru_cache(maxsize=8)
def code_range(name: str, n: int = 1_000) -> tuple[np.ndarray, np.ndarray]:
    """Between which values the numbers of a checkpoint's codes lie: low and high (code_dim,), of `n` test images."""
    x = datasets.load_test(checkpoints.about(name).train_spec.dataset)[0][:n]
    z = load(name).encode(x)
    return z.min(axis=0), z.max(axis=0)


def pack_decoder(decoder: Sequence[Layer]) -> bytes:
    """A decoder for the browser: a uint32 (little-endian) of the header's length, the header, the weights.

    The header is JSON, `[{"n_in": …, "n_out": …, "activation": …}, …]`, filled up with spaces so that the weights begin
    at a multiple of 4: for each layer its kernel, row by row, and its bias, half precision, little-endian; what is
    beyond that, the largest number that there is in it.
    """
    header = json.dumps(
        [{"n_in": len(d.kernel), "n_out": len(d.bias), "activation": d.activation} for d in decoder]
    ).encode()
    header += b" " * (-len(header) % 4)
    most = np.finfo("<f2").max
    arrays = [np.clip(array, -most, most).astype("<f2").tobytes() for d in decoder for array in (d.kernel, d.bias)]
    return b"".join([struct.pack("<I", len(header)), header, *arrays])


@functools.lru_cache(maxsize=4)
def packed_decoder(name: str) -> bytes:
    """`pack_decoder` of a checkpoint."""
    return pack_decoder(load(name).decoder)
