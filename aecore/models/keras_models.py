"""ModelSpec → Keras model: the networks of the lesson and the U-shaped one, each with an encoder and a decoder."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from aecore.models.autoencoder import VAE, Autoencoder
from aecore.models.backend import keras
from aecore.specs import ModelSpec

layers = keras.layers

IMAGE_SHAPE = (28, 28, 1)
N_PIXELS = 28 * 28


def build(spec: ModelSpec, seed: int = 0) -> Autoencoder:
    """The network of `spec`, with initial weights that depend on `spec` and `seed` alone."""
    # Keras' default initializer draws from a global generator; one of our own for each layer keeps runs independent.
    draws = iter(range(seed * 100, seed * 100 + 100))
    halves = {"dense": _dense, "vae": _dense, "conv": _convolutional, "unet": _u_shaped}[spec.family]
    encoder, decoder = halves(spec, lambda: keras.initializers.GlorotUniform(next(draws)))
    kind = VAE if spec.family == "vae" else Autoencoder
    autoencoder = kind(encoder, decoder, name="autoencoder")
    autoencoder.build((None, *IMAGE_SHAPE))
    return autoencoder


def _dense(spec: ModelSpec, initializer: Callable) -> tuple[keras.Model, keras.Model]:
    def dense(units, **kwargs):
        return layers.Dense(units, kernel_initializer=initializer(), **kwargs)

    x = keras.Input(IMAGE_SHAPE, name="x")
    h = layers.Flatten(name="pixels")(x)  # (B, 784)
    for i, width in enumerate(spec.widths, 1):
        h = dense(width, activation=spec.activation, name=f"encoder_{i}")(h)
    if spec.family == "vae":
        # (B, code_dim) each
        outputs = [dense(spec.code_dim, name="z_mean")(h), dense(spec.code_dim, name="z_log_var")(h)]
    else:
        outputs = dense(
            spec.code_dim, activation=spec.code_activation, activity_regularizer=_penalty(spec), name="code"
        )(h)  # (B, code_dim)
    encoder = keras.Model(x, outputs, name="encoder")

    z = h = keras.Input((spec.code_dim,), name="z")
    for i, width in enumerate(reversed(spec.widths), 1):
        h = dense(width, activation=spec.activation, name=f"decoder_{i}")(h)
    h = layers.Reshape(IMAGE_SHAPE)(dense(N_PIXELS, name="logits")(h))  # (B, 28, 28, 1)
    # The sigmoid comes last, after the reshape, so that Keras computes the cross-entropy from the logits.
    x_hat = layers.Activation("sigmoid", name="x_hat")(h)
    return encoder, keras.Model(z, x_hat, name="decoder")


def _convolutional(spec: ModelSpec, initializer: Callable) -> tuple[keras.Model, keras.Model]:
    def conv(filters, activation, padding="same", **kwargs):
        return layers.Conv2D(
            filters, 3, activation=activation, padding=padding, kernel_initializer=initializer(), **kwargs
        )

    x = h = keras.Input(IMAGE_SHAPE, name="x")
    pooled, strides = spec.pooled_shape, 2 if spec.downsampling == "strides" else 1
    for i, filters in enumerate(spec.widths, 1):
        last = i == len(spec.widths) and not spec.has_dense_code
        activation = spec.code_activation if last else spec.activation
        h = conv(filters, activation, strides=strides, name=f"encoder_{i}")(h)
        if spec.downsampling == "max_pooling":
            h = layers.MaxPooling2D(2, padding="same", name=f"pool_{i}")(h)  # 28 → 14 → 7 → 4 → 2 pixels
    if not spec.has_dense_code:
        h = layers.Flatten(name="code", activity_regularizer=_penalty(spec))(h)
    else:
        h = layers.Flatten(name="pooled")(h)
        h = layers.Dense(
            spec.code_dim, activation=spec.code_activation, kernel_initializer=initializer(),
            activity_regularizer=_penalty(spec), name="code",
        )(h)  # fmt: skip
    encoder = keras.Model(x, h, name="encoder")

    z = h = keras.Input((spec.code_dim,), name="z")
    if spec.has_dense_code:
        h = layers.Dense(
            math.prod(pooled), activation=spec.activation, kernel_initializer=initializer(), name="unpooled"
        )(h)
    h = layers.Reshape(pooled, name="maps")(h)
    for i, (filters, side) in enumerate(zip(reversed(spec.widths), reversed(spec.sides[:-1]), strict=True), 1):
        if spec.upsampling == "transposed":
            # Without an output padding it doubles the side; with one of 0, 4 becomes 7.
            odd = {"output_padding": 0} if side % 2 else {}
            h = layers.Conv2DTranspose(
                filters, 3, strides=2, padding="same", activation=spec.activation, kernel_initializer=initializer(),
                name=f"decoder_{i}", **odd,
            )(h)  # fmt: skip
        else:
            # 4 → 8 → 16 would never lead to 28: one convolution without padding makes 14 of the 16.
            padding = "valid" if h.shape[1] == 16 else "same"
            h = conv(filters, spec.activation, padding, name=f"decoder_{i}")(h)
            h = layers.UpSampling2D(2, name=f"up_{i}")(h)
    h = conv(1, None, name="logits")(h)  # (B, 28, 28, 1)
    return encoder, keras.Model(z, layers.Activation("sigmoid", name="x_hat")(h), name="decoder")


def _u_shaped(spec: ModelSpec, initializer: Callable) -> tuple[keras.Model, keras.Model]:
    def conv(h, filters, name, size=3, activation: str | None = spec.activation):
        return layers.Conv2D(
            filters, size, activation=activation, padding="same", kernel_initializer=initializer(), name=name
        )(h)

    def block(h, name):
        """h plus what two convolutions make of it."""
        filters = h.shape[-1]
        change = conv(conv(h, filters, f"{name}_a"), filters, f"{name}_b", activation=None)
        return layers.Activation(spec.activation, name=f"{name}_out")(layers.Add(name=f"{name}_sum")([h, change]))

    n_scales = len(spec.widths)
    x = h = keras.Input((None, None, 1), name="x")
    maps = []  # finest first
    for i, filters in enumerate(spec.widths, 1):
        if maps:
            h = layers.MaxPooling2D(2, name=f"pool_{i - 1}")(h)
        h = block(conv(h, filters, f"encoder_{i}"), f"encoder_{i}")
        maps.append(h)  # (B, H / 2^(i-1), W / 2^(i-1), filters)
    maps[-1] = block(maps[-1], "bottleneck")
    encoder = keras.Model(x, maps, name="encoder")

    inputs = [keras.Input((None, None, filters), name=f"maps_{i}") for i, filters in enumerate(spec.widths, 1)]
    h = block(inputs[-1], f"decoder_{n_scales}")
    for i in range(n_scales - 1, 0, -1):
        # The change of depth comes before the upsampling, where it costs a quarter.
        h = layers.UpSampling2D(2, name=f"up_{i}")(conv(h, spec.widths[i - 1], f"narrow_{i}", 1, None))
        h = block(layers.Add(name=f"skip_{i}")([h, inputs[i - 1]]), f"decoder_{i}")
    h = layers.Conv2D(1, 3, padding="same", kernel_initializer=initializer(), name="logits", dtype="float32")(h)
    x_hat = layers.Activation("sigmoid", name="x_hat", dtype="float32")(h)  # (B, H, W, 1)
    return encoder, keras.Model(inputs, x_hat, name="decoder")


def _penalty(spec: ModelSpec) -> keras.regularizers.Regularizer | None:
    return keras.regularizers.L1(spec.activity_l1) if spec.activity_l1 else None


def trained(spec: ModelSpec, weights: Sequence[np.ndarray]) -> Autoencoder:
    """The network of `spec` with these weights, in Keras' order."""
    model = build(spec)
    model.set_weights(list(weights))
    return model
