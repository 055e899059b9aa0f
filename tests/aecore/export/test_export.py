"""The Keras script of a model reproduces what the app measured, and the history says what happened."""

import ast
import contextlib
import csv
import functools
import io

import nbformat
import numpy as np
import pytest

from aecore import checkpoints, corruption, datasets, models, training
from aecore.export import history_csv, keras_script, network_script
from aecore.export.denoiser import denoiser_script, denoising_script
from aecore.export.script import number
from aecore.specs import NOISES, ModelSpec, NoiseSpec, TrainSpec
from tests.marks import quick_first

FEW = 500  # test images, where it does not matter what a script measures on them


def run_script(script, train, monkeypatch, n_test=None) -> dict:
    """What a script has left when it has come to its end; `n_test`: how many test images it gets, all if None."""
    import keras

    # Stands in for the download; for Fashion-MNIST the script's own selection of our part must find it whole.
    def load_data():
        data = datasets.load(train.dataset)
        return (data.x_train[..., 0], data.y_train), (data.x_test[:n_test, ..., 0], data.y_test[:n_test])

    monkeypatch.setattr(getattr(keras.datasets, train.dataset), "load_data", load_data)
    monkeypatch.chdir(checkpoints.FOLDER)  # where a script that trains further looks for the weights
    space: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(script, "script.py", "exec"), space)
    return space


slow = functools.partial(pytest.param, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("model", "train"),
    [
        pytest.param(ModelSpec(), TrainSpec(epochs=1, n_train=2_000, start="basic-32"), id="further"),
        slow(ModelSpec(), TrainSpec(epochs=3, n_train=20_000), id="basic"),
        slow(ModelSpec(widths=(64, 48), code_dim=16), TrainSpec(epochs=3, n_train=20_000, batch_size=128), id="deep"),
        slow(
            ModelSpec(activity_l1=1e-4),
            TrainSpec(epochs=4, dataset="fashion_mnist", n_train=8_000, seed=5),
            id="sparse-fashion",
        ),
        slow(
            ModelSpec(),
            TrainSpec(epochs=3, n_train=20_000, optimizer="sgd", learning_rate=0.3, loss="mse"),
            id="sgd-mse",
        ),
        slow(
            ModelSpec(widths=(64,), activation="gelu", code_activation="linear"),
            TrainSpec(epochs=3, n_train=20_000),
            id="gelu-linear",
        ),
        slow(ModelSpec("conv", 128), TrainSpec(epochs=1, n_train=2_000, start="conv-128"), id="conv-further"),
        slow(ModelSpec("vae", 2, (64,), beta=0.5), TrainSpec(epochs=4, n_train=20_000, batch_size=128), id="vae"),
        slow(ModelSpec("vae", 3, (32,), activation="gelu"), TrainSpec("fashion_mnist", epochs=12), id="vae-fashion"),
    ],
)
def test_the_script_reproduces_the_apps_validation_loss(model, train, monkeypatch):
    space = run_script(keras_script(model, train), train, monkeypatch)
    *_, progress = training.train(model, train)
    scripts = space["history"].history["val_loss"][-1]
    assert scripts == pytest.approx(progress.history[-1].val_loss, rel=0.03)
    assert space["codes"].shape == (10, model.code_dim)
    assert space["reconstructions"].shape == (10, 28, 28)


def run_denoising_script(model, train, monkeypatch, n_test=None) -> dict:
    """What the script of a denoiser has left when it has come to its end."""
    space = run_script(denoising_script(model, train), train, monkeypatch, n_test)
    assert space["reconstructions"].shape == (10, 28, 28)
    return space


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "train"),
    [
        (ModelSpec(widths=(64,)), TrainSpec(epochs=3, n_train=20_000, noise="salt_and_pepper", noise_amount=0.3)),
        (ModelSpec(), TrainSpec(epochs=2, n_train=2_000, noise="square", noise_amount=0.1, start="basic-32")),
    ],
    ids=["dense", "further"],
)
def test_the_script_of_a_denoiser_reproduces_the_apps_validation_loss(model, train, monkeypatch):
    space = run_denoising_script(model, train, monkeypatch)
    *_, progress = training.train(model, train)
    # Both draw their own noise and their own first weights, which still tells a little.
    assert space["history"].history["val_loss"][-1] == pytest.approx(progress.history[-1].val_loss, rel=0.1)


@quick_first("noise", NOISES)
def test_the_noise_of_the_script_is_the_apps(noise, monkeypatch):
    amount = min(0.4, NOISES[noise][1])
    train = TrainSpec(epochs=1, n_train=1_000, batch_size=512, noise=noise, noise_amount=amount)
    space = run_denoising_script(ModelSpec(code_dim=2), train, monkeypatch, FEW)
    x = datasets.load_test("mnist")[0][:500].astype(np.float32) / 255
    theirs = space["corrupt"](x, np.random.default_rng(1))
    ours = corruption.corrupt(x, NoiseSpec(noise, amount), np.random.default_rng(1))
    for statistic in (np.mean, np.std):
        assert statistic(theirs - x) == pytest.approx(statistic(ours - x), rel=0.03, abs=0.002)
    assert np.histogram(theirs, 8)[0] == pytest.approx(np.histogram(ours, 8)[0], rel=0.1, abs=300)


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        ModelSpec("conv", 1_568, (32, 32)),
        ModelSpec("conv", 20, (4, 4, 4), code_activation="linear", downsampling="strides", upsampling="transposed"),
        ModelSpec("unet", widths=(4, 8)),
        ModelSpec(widths=(64, 32), activation="gelu", code_activation="linear"),
    ],
    ids=["lessons", "conv-dense", "unet", "dense"],
)
def test_with_the_same_weights_the_script_and_the_app_draw_the_same(model, monkeypatch):
    train = TrainSpec(epochs=1, n_train=1_000, batch_size=512, noise="gaussian")
    space = run_denoising_script(model, train, monkeypatch, FEW)
    app, script = models.build(model, seed=7), space["denoiser"]
    assert [w.shape for w in script.get_weights()] == [w.shape for w in app.get_weights()]
    script.set_weights(app.get_weights())
    x = datasets.load_test("mnist")[0][:50].astype(np.float32) / 255
    assert np.allclose(script.predict(x, verbose=0), np.asarray(app.reconstruct(x)), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        ModelSpec("conv", 128),
        ModelSpec("conv", 20, (4, 5), activity_l1=1e-4, downsampling="strides"),
        ModelSpec("conv", 4 * 4 * 3, (4, 5, 3), activity_l1=1e-4, code_activation="linear", upsampling="transposed"),
        ModelSpec("conv", 9, (4, 4, 4, 3), activation="gelu", downsampling="strides", upsampling="transposed"),
    ],
    ids=["lessons", "strides", "transposed", "both"],
)
def test_with_the_same_weights_the_script_of_a_convolutional_network_draws_the_same(model, monkeypatch):
    train = TrainSpec(epochs=1, n_train=1_000, batch_size=512)
    space = run_script(keras_script(model, train), train, monkeypatch, FEW)
    app = models.build(model, seed=7)
    space["autoencoder"].set_weights(app.get_weights())
    x = datasets.load_test("mnist")[0][:50].astype(np.float32) / 255
    z = space["encoder"].predict(x, verbose=0)
    assert np.allclose(z, app.encode(x), atol=1e-5)
    assert np.allclose(space["decoder"].predict(z, verbose=0), app.reconstruct(x), atol=1e-5)
    history = space["history"].history
    assert ("binary_crossentropy" in history) == bool(model.activity_l1)
    if model.activity_l1:
        assert history["loss"][0] > history["binary_crossentropy"][0]


ONE_OF_EACH = [
    network_script(ModelSpec(activity_l1=1e-4), TrainSpec()),
    network_script(ModelSpec("conv", 128), TrainSpec(start="conv-128")),
    network_script(ModelSpec("vae", 2, (32,)), TrainSpec("fashion_mnist")),
    denoiser_script(ModelSpec("unet", widths=(4, 8)), TrainSpec(noise="blur", noise_amount=1.0)),
]


@pytest.mark.parametrize("script", ONE_OF_EACH, ids=["dense", "conv", "vae", "denoiser"])
def test_the_notebook_is_valid_and_has_the_code_of_the_script_in_its_order(script):
    written = script.notebook()
    assert written == script.notebook()
    notebook = nbformat.reads(written, as_version=4)
    nbformat.validate(notebook)
    assert [cell.cell_type for cell in notebook.cells] == ["markdown"] + ["markdown", "code"] * len(script.sections)
    assert script.requirements in notebook.cells[0].source
    code = ast.parse("\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code"))
    header, *statements = ast.parse(script.python()).body
    assert script.requirements.split() == header.value.value.split()[-len(script.requirements.split()) :]
    assert [ast.dump(statement) for statement in code.body] == [ast.dump(statement) for statement in statements]


def test_the_cells_of_a_notebook_run_one_after_another(monkeypatch):
    train = TrainSpec(epochs=1, n_train=1_000)
    notebook = nbformat.reads(network_script(ModelSpec("vae", 2, (32,)), train).notebook(), as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    space = run_script("\n".join(cells), train, monkeypatch, FEW)
    assert space["new_digits"].shape == (10, 28, 28)
    assert np.isfinite(space["history"].history["val_loss"]).all()


@pytest.mark.parametrize(
    "value", [0.00012345, 0.001, 1.0, 0.1 + 0.2, 1e-5, 1.2345678e-7, 0.30000000000000004, 123456789.0]
)
def test_a_number_keeps_all_of_its_digits(value):
    assert float(number(value)) == value
    assert len(number(value)) <= len(repr(value))


def test_the_scripts_numbers_are_the_settings_to_the_last_digit():
    train = TrainSpec(learning_rate=0.00012345)
    assert "Adam(0.00012345)" in keras_script(ModelSpec(), train)
    assert "L1(0.00012345)" in keras_script(ModelSpec(activity_l1=0.00012345), train)
    assert "L1(0.00012345)" in keras_script(ModelSpec("conv", 128, activity_l1=0.00012345), train)
    assert "BETA = 0.12345678" in keras_script(ModelSpec("vae", 2, beta=0.12345678), train)
    noisy = TrainSpec(noise="gaussian", noise_amount=0.12345678, learning_rate=0.00012345)
    assert "AMOUNT = 0.12345678 " in denoising_script(ModelSpec(), noisy)
    assert "Adam(0.00012345)" in denoising_script(ModelSpec(), noisy)


def test_history_has_a_row_for_each_epoch_beginning_before_training():
    *_, progress = training.train(ModelSpec(), TrainSpec(epochs=2, n_train=1_000))
    rows = list(csv.DictReader(io.StringIO(history_csv(progress.history))))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert rows[0]["loss"] == ""
    assert float(rows[2]["val_loss"]) == pytest.approx(progress.history[2].val_loss, rel=1e-6)
