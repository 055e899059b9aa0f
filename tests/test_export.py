"""The Keras script of a model reproduces what the app measured, and the history says what happened."""

import contextlib
import csv
import io

import pytest

from aecore import checkpoints, datasets, models, training
from aecore.export import history_csv, keras_script
from aecore.export_denoiser import denoising_script
from aecore.specs import ModelSpec, TrainSpec


@pytest.mark.parametrize(
    ("model", "train"),
    [
        (ModelSpec(), TrainSpec(epochs=3, n_train=20_000)),
        (ModelSpec(widths=(64, 48), code_dim=16), TrainSpec(epochs=3, n_train=20_000, batch_size=128)),
        (ModelSpec(activity_l1=1e-4), TrainSpec(epochs=4, dataset="fashion_mnist", n_train=8_000, seed=5)),
        (ModelSpec(), TrainSpec(epochs=3, n_train=20_000, optimizer="sgd", learning_rate=0.3, loss="mse")),
        (ModelSpec(widths=(64,), activation="gelu", code_activation="linear"), TrainSpec(epochs=3, n_train=20_000)),
        (ModelSpec(), TrainSpec(epochs=1, n_train=2_000, start="basic-32")),
        (ModelSpec("vae", 2, (64,), beta=0.5), TrainSpec(epochs=4, n_train=20_000, batch_size=128)),
        (ModelSpec("vae", 3, (32,), activation="gelu"), TrainSpec("fashion_mnist", epochs=12)),
    ],
    ids=["basic", "deep", "sparse-fashion", "sgd-mse", "gelu-linear", "further", "vae", "vae-fashion"],
)
def test_the_script_reproduces_the_apps_validation_loss(model, train, monkeypatch):
    import keras

    # Stands in for the download; for Fashion-MNIST the script's own selection of our part must find it whole.
    def load_data():
        data = datasets.load(train.dataset)
        return (data.x_train[..., 0], data.y_train), (data.x_test[..., 0], data.y_test)

    monkeypatch.setattr(getattr(keras.datasets, train.dataset), "load_data", load_data)
    monkeypatch.chdir(checkpoints.FOLDER)  # where a script that trains further looks for the weights
    space: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(keras_script(model, train), "autoencoder.py", "exec"), space)
    *_, progress = training.train(model, train)
    scripts = space["history"].history["val_loss"][-1]
    assert scripts == pytest.approx(progress.history[-1].val_loss, rel=0.03)
    assert space["codes"].shape == (10, model.code_dim)
    assert space["reconstructions"].shape == (10, 28, 28)


@pytest.mark.parametrize(
    ("model", "train"),
    [
        (ModelSpec(widths=(64,)), TrainSpec(epochs=3, n_train=20_000, noise="salt_and_pepper", noise_amount=0.3)),
        # Many small steps, because the loss must have stopped falling steeply: until then first weights decide it.
        (
            ModelSpec("conv", 1_568, (32, 32)),
            TrainSpec("mnist", 6_000, epochs=1, batch_size=32, learning_rate=0.002, noise="masking"),
        ),
        (
            ModelSpec("conv", 20, (16, 16, 16), code_activation="linear"),
            TrainSpec("fashion_mnist", 4_000, 2, 32, learning_rate=0.003, noise="blur", noise_amount=2.0),
        ),
        (
            ModelSpec("unet", widths=(8, 16)),
            TrainSpec("mnist", 6_000, epochs=1, batch_size=32, learning_rate=0.002, noise="speckle"),
        ),
        (ModelSpec(), TrainSpec(epochs=2, n_train=2_000, noise="square", noise_amount=0.1, start="basic-32")),
    ],
    ids=["dense", "lessons", "conv-dense", "unet", "further"],
)
def test_the_script_of_a_denoiser_reproduces_the_apps_validation_loss(model, train, monkeypatch):
    import keras

    def load_data():
        data = datasets.load(train.dataset)
        return (data.x_train[..., 0], data.y_train), (data.x_test[..., 0], data.y_test)

    monkeypatch.setattr(getattr(keras.datasets, train.dataset), "load_data", load_data)
    monkeypatch.chdir(checkpoints.FOLDER)
    space: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(denoising_script(model, train), "denoiser.py", "exec"), space)
    *_, progress = training.train(model, train)
    assert space["denoiser"].count_params() == sum(w.size for w in models.build(model).get_weights())
    # Both draw their own noise and their own first weights, which still tells a little.
    assert space["history"].history["val_loss"][-1] == pytest.approx(progress.history[-1].val_loss, rel=0.1)
    assert space["reconstructions"].shape == (10, 28, 28)


def test_history_has_a_row_for_each_epoch_beginning_before_training():
    *_, progress = training.train(ModelSpec(), TrainSpec(epochs=2, n_train=1_000))
    rows = list(csv.DictReader(io.StringIO(history_csv(progress.history))))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert rows[0]["loss"] == ""
    assert float(rows[2]["val_loss"]) == pytest.approx(progress.history[2].val_loss, rel=1e-6)
