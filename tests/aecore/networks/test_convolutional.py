"""The convolutional network opened: the same numbers as Keras', fields as far as gradients reach, what excites what."""

import math

import numpy as np
import pytest

from aecore import checkpoints, datasets, models
from aecore.imaging import metrics
from aecore.models import gradients
from aecore.networks import convolutional, receptive_field
from aecore.specs import ModelSpec
from aecore.tasks import measured_field, shifts, top_activations
from aecore.tasks.initial_weights import initial_weights

LESSONS = ModelSpec("conv", 128)
SPECS = {
    "lessons": LESSONS,
    "strides": ModelSpec("conv", 48, (3, 4, 3), downsampling="strides", code_activation="linear"),
    "transposed": ModelSpec("conv", 20, (3, 4, 5), activation="gelu", upsampling="transposed"),
    "both": ModelSpec("conv", 8, (2, 3, 2, 2), downsampling="strides", upsampling="transposed"),
    "four": ModelSpec("conv", 9, (2, 2, 2, 2)),
    "lessons-denoiser": ModelSpec("conv", 7 * 7 * 4, (4, 4)),
    "one": ModelSpec("conv", 5, (3,), activation="tanh"),
}
MANY = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


def digits(n: int) -> np.ndarray:
    return datasets.load_test("mnist")[0][:n]


def keras_outputs(model: models.Autoencoder, x: np.ndarray) -> dict[str, np.ndarray]:
    """What each layer of a Keras model makes of x, by name."""
    found, h = {}, x.astype(np.float32) / 255
    for half in (model.encoder, model.decoder):
        for layer in half.layers[1:]:
            h = np.asarray(layer(h))
            found[layer.name] = h
    return found


@MANY
def test_every_layer_makes_of_digits_what_keras_makes_of_them(spec):
    model = models.build(spec, seed=3)
    weights = [w + 0.1 * (w.ndim == 1) for w in model.get_weights()]  # biases that tell, too
    model.set_weights(weights)
    network, x = convolutional.layers(spec, weights), digits(4)
    maps, theirs = convolutional.feature_maps(network, x), keras_outputs(model, x)
    theirs["maps"], theirs[convolutional.OUTPUT] = theirs.get("unpooled"), theirs["x_hat"]
    for layer in network:
        ours = maps[layer.name]
        assert ours.shape == (4, *layer.out_shape)
        assert ours.dtype == np.float32
        assert np.allclose(ours.reshape(4, -1), theirs[layer.name].reshape(4, -1), atol=1e-5), layer.name
    code = maps[convolutional.bottleneck(spec)].reshape(4, -1)
    assert np.allclose(code, model.encode(x.astype(np.float32) / 255), atol=1e-5)
    assert sum(layer.n_parameters for layer in network) == model.count_params()


def test_only_convolutional_networks_are_opened():
    with pytest.raises(ValueError, match="Expected a convolutional network; got one of the family 'dense'"):
        convolutional.layers(ModelSpec())


@MANY
def test_the_field_is_what_the_gradient_reaches(spec):
    network, rng = convolutional.layers(spec), np.random.default_rng(0)
    for depth, layer in enumerate(network, 1):
        height, width, _ = layer.out_shape
        corners = {(0, 0), (height - 1, width - 1)}
        places = corners | {(int(rng.integers(height)), int(rng.integers(width))) for _ in range(2)}
        for place in places:
            field = receptive_field.field(network[:depth], *place)
            assert np.array_equal(field.mask(), gradients.reach(spec, layer.name, place)), (layer.name, place)


@MANY
def test_the_formula_is_the_field_of_a_unit_that_no_edge_cuts_off(spec):
    network = convolutional.layers(spec)
    for depth, reach in enumerate(receptive_field.reaches(network), 1):
        height, width, _ = network[depth - 1].out_shape
        fields = [receptive_field.field(network[:depth], row, column) for row, column in np.ndindex(height, width)]
        inside = [f.height for f in fields if f.top > 0 and f.bottom < 28]
        if reach.size == 0:
            assert all(f.height == f.width == 28 for f in fields)
        elif inside and network[depth - 1].name.startswith(("encoder", "pool")):
            assert {*inside} == {reach.size}
        elif inside:  # behind an upsampling the place decides
            assert min(inside) <= reach.size <= max(inside)
        else:
            assert max(f.height for f in fields) <= reach.size


def test_the_lessons_fields_grow_as_in_the_textbook():
    network = convolutional.layers(LESSONS)[:6]
    reaches = receptive_field.reaches(network)
    sizes = [(layer.name, reach.size, reach.jump) for layer, reach in zip(network, reaches, strict=True)]
    assert sizes == [
        ("encoder_1", 3, 1), ("pool_1", 4, 2), ("encoder_2", 8, 2),
        ("pool_2", 10, 4), ("encoder_3", 18, 4), ("pool_3", 22, 8),
    ]  # fmt: skip


def test_the_gradient_of_a_unit_is_the_change_that_a_pixel_makes():
    weights, x = checkpoints.weights("conv-128"), digits(1)[0]
    network = convolutional.layers(LESSONS, weights)
    maps = convolutional.feature_maps(network, x[None])["encoder_2"][0]
    row, column, index = np.unravel_index(maps.argmax(), maps.shape)
    measured = measured_field.measure(
        LESSONS, "encoder_2", (int(row), int(column), int(index)), x.tobytes(), "", *weights
    )
    assert not (measured.gradient[~measured.reach]).any()
    at = np.unravel_index(np.abs(measured.gradient).argmax(), (28, 28))

    def unit(step: int) -> float:
        changed = x.copy()
        changed[at] = np.clip(int(changed[at][0]) + step, 0, 255)
        return float(convolutional.feature_maps(network, changed[None])["encoder_2"][0, row, column, index])

    step = 1 if x[at][0] < 128 else -1
    assert (unit(step) - unit(0)) / (step / 255) == pytest.approx(measured.gradient[at], rel=0.15)


def test_what_excites_a_filter_most_does():
    weights = checkpoints.weights("conv-128")
    found = top_activations.find(LESSONS, "encoder_2", "mnist", 4, "", *weights)
    network, x = convolutional.layers(LESSONS, weights), datasets.load_test("mnist")[0]
    maps = convolutional.feature_maps(network, x[:2_000])["encoder_2"]
    assert found.indices.shape == found.values.shape == (8, 4)
    for k in range(8):
        assert (np.diff(found.values[k]) <= 0).all()
        assert found.values[k, 3] >= np.sort(maps[..., k].max(axis=(1, 2)))[-4] - 1e-5
        for index, (row, column), value in zip(found.indices[k], found.places[k], found.values[k], strict=True):
            of_image = convolutional.feature_maps(network, x[index][None])["encoder_2"][0, ..., k]
            assert of_image.max() == pytest.approx(value, rel=1e-5)
            assert of_image[row, column] == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, -2), (-8, 8), (28, 0)])
def test_a_shift_moves_every_pixel_and_brings_in_black(down, right):
    x = digits(2)
    moved = shifts.shift(x, down, right)
    for row, column in np.ndindex(28, 28):
        at = (row - down, column - right)
        expected = x[:, *at] if all(0 <= i < 28 for i in at) else 0
        assert (moved[:, row, column] == expected).all()


def test_moved_digits_are_redrawn_worse_and_worse_and_worst_by_the_dense_network():
    curves = {}
    for name in ("conv-128", "basic-128"):
        spec, weights = checkpoints.about(name).model_spec, checkpoints.weights(name)
        curves[name] = shifts.curve(spec, "mnist", name, *weights)
        x = digits(shifts.N_MEASURED)
        assert curves[name][0][1] == pytest.approx(
            metrics.mse_per_image(x, shifts.reconstruct(spec, weights, x)).mean(), rel=1e-2
        )
        assert (np.diff([mse for _, mse in curves[name]]) > 0).all()
    worse = {name: curve[-1][1] / curve[0][1] for name, curve in curves.items()}
    assert worse["basic-128"] > 2 * worse["conv-128"]


def test_a_networks_first_weights_are_those_that_training_begins_with():
    weights = initial_weights(LESSONS, 5)
    assert all(np.array_equal(a, b) for a, b in zip(weights, models.build(LESSONS, 5).get_weights(), strict=True))
    assert math.prod(weights[0].shape) == 3 * 3 * 16
