"""How much each pixel changes a unit of a convolutional network: gradients, computed by Keras."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from aecore.imaging.arrays import to_float
from aecore.models import keras_models
from aecore.models.backend import keras, tf
from aecore.networks import convolutional
from aecore.specs import ModelSpec


def reach(spec: ModelSpec, layer: str, place: tuple[int, int]) -> np.ndarray:
    """The pixels that can change the units of `layer` at (row, column) at all: bool (28, 28).

    They are where the gradient is not 0 in a network of the same layers that loses nothing: all weights are 1, nothing
    is rectified, and pooling takes the mean instead of the maximum.
    """
    of_unit = _unit(spec, layer, *_open_halves(spec))
    x = tf.ones((1, *keras_models.IMAGE_SHAPE))
    with tf.GradientTape() as tape:
        tape.watch(x)
        units = tf.reduce_sum(of_unit(x)[0, place[0], place[1]])
    return tf.convert_to_tensor(tape.gradient(units, x)).numpy()[0, :, :, 0] != 0


def gradient(
    spec: ModelSpec, weights: Sequence[np.ndarray], x: np.ndarray, layer: str, unit: tuple[int, int, int]
) -> np.ndarray:
    """d unit / d pixel, float32 (28, 28), for the image x, uint8 (28, 28, 1), and the unit (row, column, filter)."""
    model = keras_models.trained(spec, weights)
    of_unit = _unit(spec, layer, model.encoder, model.decoder)
    shown = tf.constant(to_float(x[None]))
    with tf.GradientTape() as tape:
        tape.watch(shown)
        value = of_unit(shown)[(0, *unit)]
    return tf.convert_to_tensor(tape.gradient(value, shown)).numpy()[0, :, :, 0]


@functools.lru_cache(maxsize=4)
def _open_halves(spec: ModelSpec) -> tuple[keras.Model, keras.Model]:
    model = keras_models.build(spec)
    encoder, decoder = (keras.models.clone_model(half, clone_function=_open) for half in (model.encoder, model.decoder))
    return encoder, decoder


def _open(layer: keras.Layer) -> keras.Layer:
    config = layer.get_config()
    if isinstance(layer, keras.layers.MaxPooling2D):
        return keras.layers.AveragePooling2D.from_config(config)
    if "activation" in config:
        config["activation"] = "linear"
    if "kernel_initializer" in config:
        config["kernel_initializer"] = "ones"
    return type(layer).from_config(config)


def _unit(spec: ModelSpec, layer: str, encoder: keras.Model, decoder: keras.Model):
    """x (1, 28, 28, 1) → the output of `layer`, (1, *out_shape)."""
    (shape,) = (known.out_shape for known in convolutional.layers(spec) if known.name == layer)
    in_encoder = layer in [known.name for known in encoder.layers]
    half = encoder if in_encoder else decoder
    part = keras.Model(half.inputs, half.get_layer(layer).output)
    return lambda x: tf.reshape(part(x if in_encoder else encoder(x)), (1, *shape))
