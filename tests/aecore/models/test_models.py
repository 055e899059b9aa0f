"""The networks are the lesson's, with an encoder and a decoder of their own, and open in plain Keras."""

import io
import json
import zipfile

import numpy as np
import pytest

from aecore import datasets, models
from aecore.models.backend import keras
from aecore.networks import keras_file
from aecore.specs import DOWNSAMPLINGS, UPSAMPLINGS, ModelSpec

DEEP = ModelSpec(widths=(128, 64))


def dense_layers(model: keras.Model) -> list[tuple[int, str]]:
    """Units and activation of each dense layer; the decoder's last one has its activation behind it."""
    return [(layer.units, layer.activation.__name__) for layer in model.layers if isinstance(layer, keras.layers.Dense)]


def images(n: int = 5) -> np.ndarray:
    return datasets.load("mnist").x_test[:n].astype("float32") / 255


def test_the_basic_network_is_784_32_784():
    model = models.build(ModelSpec())
    assert dense_layers(model.encoder) == [(32, "relu")]
    assert dense_layers(model.decoder) == [(784, "linear")]
    assert model.decoder.layers[-1].activation.__name__ == "sigmoid"
    assert model.count_params() == 784 * 32 + 32 + 32 * 784 + 784 == 50_992


def test_the_deep_networks_decoder_mirrors_its_encoder():
    model = models.build(DEEP)
    assert dense_layers(model.encoder) == [(128, "relu"), (64, "relu"), (32, "relu")]
    assert dense_layers(model.decoder) == [(64, "relu"), (128, "relu"), (784, "linear")]


def test_only_the_sparse_network_has_a_penalty_on_its_code():
    penalty = models.build(ModelSpec(activity_l1=1e-5)).encoder.get_layer("code").activity_regularizer
    assert isinstance(penalty, keras.regularizers.L1)
    assert float(penalty.l1) == pytest.approx(1e-5)
    assert models.build(ModelSpec()).encoder.get_layer("code").activity_regularizer is None


def test_encoder_and_decoder_are_the_autoencoders_own_layers():
    model = models.build(DEEP)
    x = images()
    z, x_hat = model.encode(x), model.reconstruct(x)
    assert np.array_equal(model.decode(z), x_hat)
    assert np.array_equal(model(x), x_hat)
    model.set_weights([weight * 2 + 0.1 for weight in model.get_weights()])
    assert not np.allclose(model.encode(x), z)
    assert not np.allclose(model.decode(z), x_hat)


def test_the_seed_alone_decides_the_initial_weights():
    keras.utils.set_random_seed(1)
    first = models.build(DEEP, seed=7).get_weights()
    keras.utils.set_random_seed(2)
    again, other = models.build(DEEP, seed=7).get_weights(), models.build(DEEP, seed=8).get_weights()
    kernels = range(0, len(first), 2)
    assert all(np.array_equal(first[i], again[i]) for i in range(len(first)))
    assert not any(np.allclose(first[i], other[i]) for i in kernels)
    # The first layer and the last are drawn from the same distribution: theirs would be the same numbers, if one seed
    # served all layers.
    assert not np.allclose(first[0].ravel(), first[-2].ravel())


def test_the_convolutional_network_is_the_lessons():
    model = models.build(ModelSpec("conv", 128))
    shapes = [tuple(layer.output.shape[1:]) for layer in model.encoder.layers]
    assert shapes == [(28, 28, 1), (28, 28, 16), (14, 14, 16), (14, 14, 8), (7, 7, 8), (7, 7, 8), (4, 4, 8), (128,)]
    shapes = [tuple(layer.output.shape[1:]) for layer in model.decoder.layers]
    back = [(4, 4, 8), (4, 4, 8), (8, 8, 8), (8, 8, 8), (16, 16, 8), (14, 14, 16), (28, 28, 16), (28, 28, 1)]
    assert shapes == [(128,), *back, (28, 28, 1)]
    # 3·3·1·16+16, 3·3·16·8+8, 3·3·8·8+8; back 8→8, 8→8, 8→16, 16→1
    assert model.encoder.count_params() == 160 + 1160 + 584
    assert model.decoder.count_params() == 584 + 584 + 1168 + 145


@pytest.mark.parametrize("widths", [(4,), (4, 6), (4, 6, 3), (4, 6, 3, 5)])
@pytest.mark.parametrize("code_dim", [2, 48])
@pytest.mark.parametrize("downsampling", DOWNSAMPLINGS)
@pytest.mark.parametrize("upsampling", UPSAMPLINGS)
def test_convolutional_networks_of_any_depth_and_code_come_back_to_the_image(
    widths, code_dim, downsampling, upsampling
):
    model = models.build(ModelSpec("conv", code_dim, widths, downsampling=downsampling, upsampling=upsampling))
    x = images()
    assert model.encode(x).shape == (5, code_dim)
    assert model.reconstruct(x).shape == x.shape


def test_strides_and_transposed_convolutions_mirror_each_other():
    model = models.build(ModelSpec("conv", 128, downsampling="strides", upsampling="transposed"))
    shapes = [tuple(layer.output.shape[1:]) for layer in model.encoder.layers]
    assert shapes == [(28, 28, 1), (14, 14, 16), (7, 7, 8), (4, 4, 8), (128,)]
    shapes = [tuple(layer.output.shape[1:]) for layer in model.decoder.layers]
    assert shapes == [(128,), (4, 4, 8), (7, 7, 8), (14, 14, 8), (28, 28, 16), (28, 28, 1), (28, 28, 1)]


def test_a_vae_gives_a_distribution_and_its_mean_is_the_code():
    model = models.build(ModelSpec("vae", 2, (64, 16), activation="gelu"))
    x = images()
    z_mean, z_log_var = model.encode_distribution(x)
    assert z_mean.shape == z_log_var.shape == (5, 2)
    assert not np.allclose(z_mean, z_log_var)
    assert np.array_equal(model.encode(x), z_mean)
    assert np.array_equal(model(x), model.decode(z_mean))


def test_activations_are_where_the_spec_says():
    model = models.build(ModelSpec(widths=(32,), code_dim=8, activation="gelu", code_activation="linear"))
    assert dense_layers(model.encoder) == [(32, "gelu"), (8, "linear")]
    assert dense_layers(model.decoder) == [(32, "gelu"), (784, "linear")]


@pytest.mark.parametrize(
    "spec",
    [
        ModelSpec(),
        DEEP,
        ModelSpec(activity_l1=1e-4),
        ModelSpec("conv", 128),
        ModelSpec("vae", 2, (32,)),
        ModelSpec("conv", 20, (4, 4, 4), downsampling="strides", upsampling="transposed"),
    ],
    ids=["basic", "deep", "sparse", "conv", "vae", "strides"],
)
def test_the_file_opens_in_plain_keras_and_computes_the_same(spec, tmp_path):
    model = models.build(spec, seed=3)
    path = tmp_path / "autoencoder.keras"
    path.write_bytes(models.to_keras_file(spec, tuple(model.get_weights())))
    loaded = keras.saving.load_model(path, custom_objects={}, safe_mode=True)
    x = images()
    assert np.allclose(loaded(x), model(x), atol=1e-6)
    z = loaded.get_layer("encoder")(x)
    z = z[0] if spec.family == "vae" else z
    assert np.allclose(z, model.encode(x), atol=1e-6)
    assert np.allclose(loaded.get_layer("decoder")(z), model.decode(z), atol=1e-6)


@pytest.mark.parametrize("family", ["dense", "conv", "vae", "unet"])
def test_what_the_file_leaves_out_for_older_versions_is_what_keras_fills_in(family, tmp_path, monkeypatch):
    spec = {"dense": ModelSpec(activity_l1=1e-4), "unet": ModelSpec("unet", widths=(2, 3))}.get(
        family, ModelSpec(family, 9, (4, 4, 3), upsampling="transposed")
    )
    weights = tuple(models.build(spec).get_weights())
    make_older = keras_file.for_older_keras
    monkeypatch.setattr(keras_file, "for_older_keras", lambda archive: archive)
    whole = models.to_keras_file(spec, weights)
    archives, configs = [make_older(whole), whole], []
    for archive in archives:
        path = tmp_path / "autoencoder.keras"
        path.write_bytes(archive)
        configs.append(keras.saving.load_model(path).get_config())
    assert configs[0] == configs[1]
    members = [zipfile.ZipFile(io.BytesIO(archive)).read("config.json").decode() for archive in archives]
    for argument in keras_file.NEWER_ARGUMENTS:
        assert argument not in members[0]
    assert "quantization_config" in members[1] or "input_axes" in members[1]


def test_an_argument_that_says_something_stays_in_the_file():
    sink = io.BytesIO()
    layer = {"config": {"units": 3, "quantization_config": {"bits": 4}, "input_axes": None}}
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("config.json", json.dumps([layer]))
        archive.writestr("metadata.json", '{"input_axes": null}')
    with zipfile.ZipFile(io.BytesIO(keras_file.for_older_keras(sink.getvalue()))) as archive:
        assert json.loads(archive.read("config.json")) == [{"config": {"units": 3, "quantization_config": {"bits": 4}}}]
        assert archive.read("metadata.json") == b'{"input_axes": null}'


@pytest.mark.parametrize(
    ("spec", "version"),
    [
        (ModelSpec(), "3.5"),
        (ModelSpec("conv", 128), "3.5"),
        (ModelSpec("conv", 20, (4, 4), upsampling="transposed"), "3.5"),  # 7 → 14 → 28
        (ModelSpec("conv", 20, (4, 4, 4), upsampling="transposed"), "3.11"),  # 4 → 7 is told its side
    ],
)
def test_a_file_names_the_oldest_keras_that_opens_it(spec, version):
    assert keras_file.oldest_keras(spec) == version


def test_the_lessons_denoising_network_comes_down_to_7_7_32():
    model = models.build(ModelSpec("conv", 1_568, (32, 32)))
    assert [tuple(layer.output.shape[1:]) for layer in model.encoder.layers][-2:] == [(7, 7, 32), (1_568,)]
    # 3·3·1·32+32, 3·3·32·32+32; back 32→32 twice, 32→1
    assert model.encoder.count_params() == 320 + 9_248
    assert model.decoder.count_params() == 2 * 9_248 + 289


@pytest.mark.parametrize(("widths", "size"), [((2, 3), (10, 6)), ((2, 3, 4), (28, 28)), ((2,) * 4, (8, 40))])
def test_a_u_shaped_network_takes_images_of_any_size(widths, size):
    model = models.build(ModelSpec("unet", widths=widths))
    x = np.random.default_rng(0).random((2, *size, 1), np.float32)
    maps = model.encode(x)
    assert [tuple(m.shape) for m in maps] == [(2, size[0] >> i, size[1] >> i, f) for i, f in enumerate(widths)]
    x_hat = np.asarray(model.reconstruct(x))
    assert x_hat.shape == x.shape
    assert np.array_equal(model(x), x_hat)
    assert np.array_equal(model.decode(maps), x_hat)
    assert 0 < x_hat.min() < x_hat.max() < 1


def test_a_u_shaped_network_draws_on_every_scale():
    model = models.build(ModelSpec("unet", widths=(2, 3, 4)))
    maps = [np.asarray(m) for m in model.encode(images())]
    x_hat = np.asarray(model.decode(maps))
    for i in range(3):
        without = [0 * m if j == i else m for j, m in enumerate(maps)]
        assert not np.allclose(model.decode(without), x_hat)


def test_a_u_shaped_networks_file_opens_in_plain_keras(tmp_path):
    spec = ModelSpec("unet", widths=(2, 3))
    model = models.build(spec, seed=3)
    path = tmp_path / "autoencoder.keras"
    path.write_bytes(models.to_keras_file(spec, tuple(model.get_weights())))
    loaded = keras.saving.load_model(path, custom_objects={}, safe_mode=True)
    assert np.allclose(loaded(images()), model(images()), atol=1e-6)
