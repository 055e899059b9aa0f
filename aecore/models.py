"""ModelSpec → Keras model. The networks of the lesson, each with its separate encoder and decoder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aecore.backend import keras
from aecore.specs import ModelSpec

layers = keras.layers

IMAGE_SHAPE = (28, 28, 1)
N_PIXELS = 28 * 28


class Autoencoder(keras.Model):
    """x → encoder → z → decoder → x_hat. `encoder` and `decoder` are models of their own on the same layers.

    x, x_hat: float32 (B, 28, 28, 1) in [0, 1]; z: float32 (B, code_dim).
    """

    def __init__(self, encoder: keras.Model, decoder: keras.Model, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder

    def call(self, x):
        return self.decoder(self.encoder(x))

    def encode(self, x):
        """x → z."""
        return self.encoder(x)

    def decode(self, z):
        """z → x_hat."""
        return self.decoder(z)

    def reconstruct(self, x):
        """x → x_hat."""
        return self.decode(self.encode(x))


def build(spec: ModelSpec, seed: int = 0) -> Autoencoder:
    """The network of `spec`, with initial weights that depend on `spec` and `seed` alone."""
    # Keras' default initializer draws from a global generator; one of our own for each layer keeps runs independent.
    draws = iter(range(seed * 100, seed * 100 + 100))

    def dense(units, **kwargs):
        return layers.Dense(units, kernel_initializer=keras.initializers.GlorotUniform(next(draws)), **kwargs)

    penalty = keras.regularizers.L1(spec.activity_l1) if spec.activity_l1 else None

    x = keras.Input(IMAGE_SHAPE, name="x")
    h = layers.Flatten(name="pixels")(x)  # (B, 784)
    for i, width in enumerate(spec.widths, 1):
        h = dense(width, activation="relu", name=f"encoder_{i}")(h)
    z = dense(spec.code_dim, activation="relu", activity_regularizer=penalty, name="code")(h)  # (B, code_dim)
    encoder = keras.Model(x, z, name="encoder")

    z = keras.Input((spec.code_dim,), name="z")
    h = z
    for i, width in enumerate(reversed(spec.widths), 1):
        h = dense(width, activation="relu", name=f"decoder_{i}")(h)
    h = layers.Reshape(IMAGE_SHAPE)(dense(N_PIXELS, name="logits")(h))  # (B, 28, 28, 1)
    # The sigmoid stands last, behind the reshape, so that Keras computes the cross-entropy from the logits.
    x_hat = layers.Activation("sigmoid", name="x_hat")(h)
    decoder = keras.Model(z, x_hat, name="decoder")

    autoencoder = Autoencoder(encoder, decoder, name="autoencoder")
    autoencoder.build((None, *IMAGE_SHAPE))
    return autoencoder


def to_keras_file(spec: ModelSpec, weights: tuple) -> bytes:
    """A .keras file of the trained network, made of Keras' own classes only, so that it opens without this package.

    `get_layer("encoder")` and `get_layer("decoder")` give its two halves.
    """
    built = build(spec)
    built.set_weights(list(weights))
    x = keras.Input(IMAGE_SHAPE)
    plain = keras.Model(x, built.decoder(built.encoder(x)), name="autoencoder")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "autoencoder.keras"
        plain.save(path)
        return path.read_bytes()
