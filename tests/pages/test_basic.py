"""The page that trains dense networks, without a browser: its controls, its link and its run."""

import dataclasses

import pytest
from streamlit.testing.v1 import AppTest

from aecore.specs import ModelSpec, TrainSpec
from tests.pages.helpers import TIMEOUT_S, open_app, press, run_to_the_end, script_of, widget

CONTROLS = {  # field → kind and label of its control, a value, and what that value makes of the script
    "code_dim": ("slider", "Code size", 8, "Dense(8,"),
    "widths": ("text_input", "Hidden layers", "96-48", "Dense(96,"),
    "activity_l1": ("select_slider", "Sparsity (L1 on the code)", 1e-5, "L1(1e-05)"),
    "dataset": ("selectbox", "Data set", "fashion_mnist", "datasets.fashion_mnist"),
    "n_train": ("select_slider", "Training images", 5_000, "x_train[:5000]"),
    "epochs": ("slider", "Epochs", 7, "epochs=7"),
    "batch_size": ("select_slider", "Batch size", 64, "batch_size=64"),
    "optimizer": ("selectbox", "Optimizer", "adadelta", "Adadelta(1)"),
    "learning_rate": ("select_slider", "Learning rate", 0.01, "Adam(0.01)"),
    "loss": ("selectbox", "Loss", "mse", 'loss="mse"'),
    "seed": ("number_input", "Seed", 11, "set_random_seed(11)"),
    "activation": ("selectbox", "Activation", "gelu", 'activation="gelu"'),
    "code_activation": ("selectbox", "Activation of the code", "linear", 'activation="linear"'),
    "start": ("selectbox", "Start from", "basic-32", 'np.load("basic-32.npz")'),
}


def test_every_setting_has_a_control():
    fields = {field.name for spec in (ModelSpec, TrainSpec) for field in dataclasses.fields(spec)}
    others = {"family", "beta", "noise", "noise_amount", "downsampling", "upsampling"}  # for other pages
    assert set(CONTROLS) == fields - others


@pytest.mark.parametrize("field", CONTROLS)
def test_a_control_reaches_the_spec_and_the_link(field):
    kind, label, value, in_script = CONTROLS[field]
    # The activation of hidden layers shows where there are some.
    app = open_app("basic", **({"widths": "64"} if field == "activation" else {}))
    assert in_script not in script_of(app)
    widget(app, kind, label).set_value(value).run()
    assert in_script in script_of(app)
    assert field in app.query_params
    again = open_app("basic", **app.query_params)
    assert script_of(again) == script_of(app)


@pytest.mark.parametrize(
    ("preset", "in_script"), [("Basic", "Dense(32,"), ("Sparse", "L1(0.0001)"), ("Deep", "Dense(128,")]
)
def test_presets_set_the_network(preset, in_script):
    app = open_app("basic", code_dim="50")
    widget(app, "button_group", "Network").set_value(preset).run()
    assert in_script in script_of(app)
    assert 'Dense(32, activation="relu"' in script_of(app)


def test_choosing_a_checkpoint_sets_its_network_until_the_network_is_changed():
    app = open_app("basic")
    widget(app, "selectbox", "Start from").set_value("fashion-32").run()
    assert not app.exception
    assert "Dense(512," in script_of(app)
    assert "datasets.fashion_mnist" in script_of(app)
    assert app.query_params["start"] == "fashion-32"
    widget(app, "slider", "Code size").set_value(16).run()
    assert "is not the network that is set" in app.warning[0].value
    assert "np.load" not in script_of(app)


def test_a_link_to_a_checkpoint_implies_its_network_but_changes_are_kept():
    app = open_app("basic", start="sparse-32")
    assert "L1(0.0001)" in script_of(app)
    assert dict(app.query_params) == {"activity_l1": "0.0001", "start": "sparse-32"}
    widget(app, "select_slider", "Sparsity (L1 on the code)").set_value(0.0).run()
    assert "np.load" in script_of(app)  # the weights still fit
    again = open_app("basic", **app.query_params)
    assert script_of(again) == script_of(app)
    assert "L1(" not in script_of(again)


def test_a_preset_starts_from_random_weights():
    app = open_app("basic", start="fashion-32")
    widget(app, "button_group", "Network").set_value("Deep").run()
    assert not app.warning
    assert widget(app, "selectbox", "Start from").value == ""


def test_a_link_to_an_unknown_checkpoint_gets_a_sentence():
    for name in ("no-such", "vae-2"):
        app = open_app("basic", start=name)
        assert not app.exception
        assert f"got `'{name}'`" in app.warning[0].value
        assert widget(app, "selectbox", "Start from").value == ""


def test_a_checkpoint_is_trained_further():
    app = open_app("basic", n_train="1000", epochs="1", start="basic-32")
    press(app, "Train")
    run_to_the_end(app)
    assert float(app.metric[0].value) < 0.1  # from random weights, after 1,000 images: 0.3


def test_bad_values_get_one_sentence_each_and_the_default():
    app = open_app("basic", code_dim="100000", epochs="many", optimizer="magic", run="no-such-run")
    assert not app.exception
    [warning] = app.warning
    for sentence in (
        "Code size must be a number from 2 to 128; got 100000",
        "got `'many'`",
        "got `'magic'`",
        "run of",
    ):
        assert sentence in warning.value
    assert widget(app, "slider", "Code size").value == ModelSpec().code_dim
    widget(app, "slider", "Code size").set_value(16).run()
    assert not app.warning


def test_invalid_hidden_layers_get_a_sentence():
    app = open_app("basic")
    widget(app, "text_input", "Hidden layers").set_value("12,a lot").run()
    assert not app.exception
    assert "whole numbers from 2 to 1,024" in app.warning[0].value


def test_a_run_trains_on_the_page():
    app = open_app("basic", n_train="10000", epochs="2")
    press(app, "Train")
    run_to_the_end(app)
    assert "Finished at epoch 2 of 2" in app.get("progress")[0].text
    assert {m.label for m in app.metric} == {"Validation loss", "PCA, 32 numbers", "Images per second"}
    assert 0.05 < float(app.metric[0].value) < 0.5
    assert app.query_params["run"]


def test_the_code_is_offered_as_a_script_and_as_a_notebook(monkeypatch):
    def page():
        from aecore.specs import ModelSpec, TrainSpec
        from pages.shared.training import keras_code

        keras_code.show("basic", ModelSpec(), TrainSpec(learning_rate=0.00012345), "autoencoder")

    monkeypatch.setattr("pages.shared.app.runs.current", lambda page: None)
    app = AppTest.from_function(page, default_timeout=TIMEOUT_S).run()
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["Download autoencoder.py", "Download autoencoder.ipynb"]
    assert "Keras 3.11 or newer" in app.markdown[0].value
    assert "Adam(0.00012345)" in app.code[0].value
