"""The fast way through a chain of layers gives what the Keras model gives, and the gradients of all its weights."""

import numpy as np
import pytest

from aecore import datasets, models
from aecore.models import fast_layers
from aecore.models.backend import keras, tf
from aecore.specs import ModelSpec

layers = keras.layers

NETWORKS = [
    ModelSpec("conv", 128),  # the lesson's
    ModelSpec("conv", 7 * 7 * 4, (6, 4)),
    ModelSpec("conv", 10, (4,), code_activation="linear"),
    ModelSpec("conv", 16, (4, 6, 3, 5), activation="gelu"),  # its smallest pictures are 2 × 2
]


def drawn(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


def with_all_weights_drawn(model: keras.Model) -> keras.Model:
    """The model, biases included, which Keras begins at 0."""
    rng = np.random.default_rng(0)
    model.set_weights([w + 0.1 * rng.standard_normal(w.shape).astype("float32") for w in model.get_weights()])
    return model


def assert_alike(model: keras.Model, h: tf.Tensor, cost) -> None:
    """That what `model` makes of h, and the gradients of `cost` of that, are the same both ways."""

    def both(forward):
        with tf.GradientTape() as tape:
            tape.watch(h)
            out = forward(h)
            total = cost(out)
        return out, tape.gradient(total, [h, *model.trainable_variables])

    (fast, fast_gradients), (own, own_gradients) = both(lambda h: fast_layers.run(model, h)), both(model)
    assert fast.shape == own.shape
    assert np.allclose(fast, own, rtol=0, atol=1e-5)
    for one, other in zip(fast_gradients, own_gradients, strict=True):
        assert np.allclose(one, other, rtol=0, atol=1e-5 * max(1, np.abs(other).max()))


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda spec: "-".join(map(str, spec.widths)))
def test_reconstructions_and_gradients_are_the_networks_own(spec):
    model = with_all_weights_drawn(models.build(spec))
    x = tf.constant(datasets.load("mnist").x_test[:8].astype("float32") / 255)
    z = model.encode(x)
    assert np.allclose(fast_layers.run(model.decoder, z), model.reconstruct(x), rtol=0, atol=1e-5)
    for half, h, cost in (
        (model.decoder, z, lambda x_hat: tf.reduce_mean(keras.losses.binary_crossentropy(x, x_hat))),
        (model.encoder, x, lambda z: tf.reduce_mean(tf.square(z))),
    ):
        assert_alike(half, h, cost)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("size", [(2, 2), (5, 3), (7, 8)])
def test_a_convolution_of_a_doubled_picture_of_any_size(size, padding):
    h = keras.Input((*size, 3))
    out = layers.Conv2D(5, 3, activation="tanh", padding=padding)(layers.UpSampling2D(2)(h))
    model = with_all_weights_drawn(keras.Model(h, out))
    assert fast_layers.can_fuse(*model.layers[1:])
    assert_alike(model, tf.constant(drawn(4, *size, 3)), lambda out: tf.reduce_sum(tf.square(out)))


@pytest.mark.parametrize(
    "behind",
    [
        [layers.UpSampling2D(2), layers.Conv2D(4, 5, padding="same")],
        [layers.UpSampling2D(2), layers.Conv2D(4, 3, strides=2)],
        [layers.UpSampling2D(2), layers.Conv2D(4, 3, dilation_rate=2)],
        [layers.UpSampling2D(2), layers.Conv2D(4, 3, use_bias=False)],
        [layers.UpSampling2D(2), layers.Conv2D(4, 3, groups=2)],
        [layers.UpSampling2D(2), layers.Conv2DTranspose(4, 3, strides=2, padding="same")],
        [layers.UpSampling2D(3), layers.Conv2D(4, 3)],
        [layers.UpSampling2D(2, interpolation="bilinear"), layers.Conv2D(4, 3)],
        [layers.Conv2D(4, 3, strides=2, padding="same"), layers.UpSampling2D(2)],
        [layers.UpSampling2D(2), layers.UpSampling2D(2), layers.Conv2D(4, 3), layers.MaxPooling2D(2)],
    ],
    ids=["5x5", "strides", "dilated", "no bias", "groups", "transposed", "threefold", "bilinear", "last", "twice"],
)
def test_what_cannot_be_made_faster_is_the_layers_own_doing(behind):
    model = keras.Sequential([keras.Input((6, 6, 2)), *behind])
    functional = with_all_weights_drawn(keras.Model(model.inputs, model.outputs))
    assert_alike(functional, tf.constant(drawn(3, 6, 6, 2)), lambda out: tf.reduce_sum(tf.square(out)))
