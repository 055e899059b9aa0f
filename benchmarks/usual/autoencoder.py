"""The lesson's autoencoders as one writes them in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def build(family: str, widths: Sequence[int]) -> keras.Model:
    """`widths`: of the dense encoder's layers, the code's included; the convolutional network is the lesson's."""
    return convolutional() if family == "conv" else dense(widths)


def dense(widths: Sequence[int]) -> keras.Model:
    import keras

    x = h = keras.Input((784,))
    for width in (*widths, *reversed(widths[:-1])):
        h = keras.layers.Dense(width, activation="relu")(h)
    return keras.Model(x, keras.layers.Dense(784, activation="sigmoid")(h))


def convolutional() -> keras.Model:
    import keras
    from keras import layers

    x = h = keras.Input((28, 28, 1))
    for filters in (16, 8, 8):
        h = layers.Conv2D(filters, 3, activation="relu", padding="same")(h)
        h = layers.MaxPooling2D(2, padding="same")(h)
    for filters, padding in ((8, "same"), (8, "same"), (16, "valid")):
        h = layers.Conv2D(filters, 3, activation="relu", padding=padding)(h)
        h = layers.UpSampling2D(2)(h)
    return keras.Model(x, layers.Conv2D(1, 3, activation="sigmoid", padding="same")(h))
