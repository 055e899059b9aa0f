"""Every page without a browser: it draws, its controls reach the specs, and TensorFlow stays out of its process."""

import dataclasses
import io
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageSequence
from streamlit.testing.v1 import AppTest

from aecore import checkpoints, datasets
from aecore.checkpoints import encodings, published_results
from aecore.imaging import encoding, metrics
from aecore.networks import latent_geometry
from aecore.specs import ModelSpec, TrainSpec
from pages.lessons.latent import sections

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "__init__")
TIMEOUT_S = 60


def open_app(page: str = "home", **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    for name, value in query.items():
        app.query_params[name] = value
    if page != "home":
        app.switch_page(f"pages/{page}.py")
    return app.run()


def widget(app: AppTest, kind: str, label: str):
    return next(w for w in app.get(kind) if w.label == label)


def script_of(app: AppTest) -> str:
    """The Keras script on the page: what the controls came to."""
    return app.code[0].value


def run_to_the_end(app: AppTest) -> None:
    """Look at the page until its run has finished, or for a minute."""
    deadline = time.monotonic() + TIMEOUT_S
    while not any("Finished" in p.text for p in app.get("progress")) and time.monotonic() < deadline:
        time.sleep(0.2)
        app.run()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws(page):
    app = open_app(page)
    assert not app.exception
    assert app.title[0].value


def test_the_streamlit_process_never_imports_tensorflow():
    # A process of its own: other tests of this one train in-process. Of a server that has trained: the browser tests.
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
for page in {PAGES}:
    app = AppTest.from_file("app.py", default_timeout=60)
    app.switch_page(f"pages/{{page}}.py").run()
    assert not app.exception, page
assert "tensorflow" not in sys.modules and "keras" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=150)


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


def test_choosing_a_checkpoint_sets_its_network_and_a_changed_network_says_that_it_no_longer_fits():
    app = open_app("basic")
    widget(app, "selectbox", "Start from").set_value("fashion-32").run()
    assert not app.exception
    assert "Dense(512," in script_of(app)
    assert "datasets.fashion_mnist" in script_of(app)
    assert app.query_params["start"] == "fashion-32"
    widget(app, "slider", "Code size").set_value(16).run()
    assert "another network" in app.warning[0].value
    assert "np.load" not in script_of(app)


def test_a_link_to_a_checkpoint_means_its_network_and_what_is_changed_stays_changed():
    app = open_app("basic", start="sparse-32")
    assert "L1(0.0001)" in script_of(app)
    assert dict(app.query_params) == {"activity_l1": "0.0001", "start": "sparse-32"}
    widget(app, "select_slider", "Sparsity (L1 on the code)").set_value(0.0).run()
    assert "np.load" in script_of(app)  # the weights still fit
    again = open_app("basic", **app.query_params)
    assert script_of(again) == script_of(app)
    assert "L1(" not in script_of(again)


def test_a_preset_starts_afresh():
    app = open_app("basic", start="fashion-32")
    widget(app, "button_group", "Network").set_value("Deep").run()
    assert not app.warning
    assert widget(app, "selectbox", "Start from").value == ""


def test_a_link_to_a_checkpoint_that_is_none_gives_a_sentence():
    for name in ("no-such", "vae-2"):
        app = open_app("basic", start=name)
        assert not app.exception
        assert f"got `'{name}'`" in app.warning[0].value
        assert widget(app, "selectbox", "Start from").value == ""


def test_a_checkpoint_is_trained_further():
    app = open_app("basic", n_train="1000", epochs="1", start="basic-32")
    widget(app, "button", "Train").click().run()
    run_to_the_end(app)
    assert float(app.metric[0].value) < 0.1  # from random weights, after 1,000 images: 0.3


# The latent space.


def section(app: AppTest, name: str) -> AppTest:
    widget(app, "button_group", "More to do").set_value(name).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("model", ["vae-2", "vae-16", "fashion-vae-2"])
def test_every_part_of_the_latent_page_draws_for_every_model(model):
    app = open_app("latent", model=model)
    for name in ("between", "new", "gaussian", "own", "maths", "train", "manifold"):
        section(app, name)
    assert not app.warning


def test_the_latent_link_says_where_one_stands_and_what_is_open():
    app = open_app("latent", model="vae-16", section="maths", z=",".join(["0.5"] * 16))
    assert widget(app, "button_group", "Network").value == "vae-16"
    assert app.session_state["latent.z"] == [0.5] * 16
    assert dict(app.query_params) == {"model": "vae-16", "section": "maths", "z": ",".join(["0.5"] * 16)}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("z", "1,nan", "link's z must be numbers"),
        ("z", "a lot", "link's z must be numbers"),
        ("z", "1," * 5_000, "link's z must be numbers"),
        ("model", "../vae-2", "link's model must be one of"),
        ("section", "none", "link's section must be one of"),
        ("beta", "11", "β must be a number from 0 to 10"),
    ],
)
def test_bad_values_on_the_latent_page_give_a_sentence(name, value, words):
    app = open_app("latent", **{name: value})
    assert not app.exception
    assert words in app.warning[0].value


def test_a_run_of_another_kind_of_network_is_refused_in_a_sentence():
    app = open_app("basic", n_train="1000", epochs="1")
    widget(app, "button", "Train").click().run()
    run_to_the_end(app)
    other = open_app("latent", run=app.query_params["run"])
    assert not other.exception
    assert "another kind of network" in other.warning[0].value
    assert widget(other, "button_group", "Network").value == "vae-2"


def test_far_away_is_as_far_as_one_gets():
    app = open_app("latent", z="1000,-1000")
    assert app.session_state["latent.z"] == [6.0, -6.0]


LATENT_CONTROLS = {  # field → as CONTROLS
    "beta": ("slider", "β, the weight of the KL", 2.5, "BETA = 2.5"),
    "code_dim": ("slider", "Latent numbers", 5, 'Dense(5, name="z_mean")'),
    "widths": ("text_input", "Hidden layers", "96-48", "Dense(96,"),
    "activation": ("selectbox", "Activation", "tanh", 'activation="tanh"'),
    "dataset": ("selectbox", "Data set", "fashion_mnist", "datasets.fashion_mnist"),
    "start": ("selectbox", "Start from", "vae-2", 'np.load("vae-2.npz")'),
}


@pytest.mark.parametrize("field", LATENT_CONTROLS)
def test_a_vaes_control_reaches_the_spec_and_the_link(field):
    kind, label, value, in_script = LATENT_CONTROLS[field]
    app = open_app("latent", section="train")
    assert in_script not in script_of(app)
    widget(app, kind, label).set_value(value).run()
    assert in_script in script_of(app)
    assert field in app.query_params
    again = open_app("latent", **app.query_params)
    assert script_of(again) == script_of(app)


@pytest.mark.slow
def test_a_vae_trains_on_the_page_and_the_pad_follows_it():
    app = open_app("latent", section="train", n_train="5000", epochs="2")
    widget(app, "button", "Train").click().run()
    run_to_the_end(app)
    assert {m.label for m in app.metric} == {"Validation loss", "Reconstruction", "KL"}
    loss, reconstruction, kl = (
        float(widget(app, "metric", name).value) for name in ("Validation loss", "Reconstruction", "KL")
    )
    assert loss == pytest.approx(reconstruction + kl, abs=0.11)
    assert 100 < loss < 300
    assert widget(app, "button_group", "Network").value == "run"
    assert any("after 2.0 epochs" in caption.value for caption in app.caption)
    section(app, "manifold")


def test_the_film_goes_there_and_back_and_the_picture_is_the_manifold():
    images = datasets.load_probe("mnist")[:4]
    film = Image.open(io.BytesIO(sections._gif(images)))
    frames = [np.asarray(film.convert("L")) for film in ImageSequence.Iterator(film)]
    assert [int(frame[::8, ::8].sum()) for frame in frames] == [int(images[i].sum()) for i in (0, 1, 2, 3, 2, 1)]
    manifold = latent_geometry.mosaic(images, 2)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encoding.png(manifold)))), manifold)


def test_the_maths_has_this_examples_numbers():
    app = open_app("latent", section="maths")
    formulas = " ".join(latex.value for latex in app.latex)
    x = datasets.load_test("mnist")[0][:1]
    z_mean, z_log_var = encodings.dense_network("vae-2").encode_distribution(x)
    kl = latent_geometry.kl_per_dimension(z_mean.astype(float), z_log_var.astype(float)).sum()
    assert f"{kl:.3f}" in formulas
    assert f"{z_mean[0, 0]:.3f}" in formulas


# The start page.


def test_home_sends_the_chosen_digit_through_the_network():
    app = open_app()
    assert "digit" not in app.query_params or app.query_params["digit"] == "0"
    assert widget(app, "button_group", "Class").value == "7"  # the first test image
    first = widget(app, "metric", "PSNR").value
    widget(app, "button_group", "Class").set_value("3").run()
    assert not app.exception
    shown = int(app.query_params["digit"])
    assert datasets.load_test("mnist")[1][shown] == 3
    assert widget(app, "metric", "PSNR").value != first
    widget(app, "button", "Another one").click().run()
    further = int(app.query_params["digit"])
    assert further > shown
    assert datasets.load_test("mnist")[1][further] == 3
    x = datasets.load_test("mnist")[0][further : further + 1]
    mse = metrics.mse_per_image(x, encodings.reconstruct("best-32", x))[0]
    assert widget(app, "metric", "PSNR").value == f"{-10 * np.log10(mse):.1f} dB"
    again = open_app("home", digit=app.query_params["digit"])
    assert widget(again, "metric", "PSNR").value == widget(app, "metric", "PSNR").value


@pytest.mark.parametrize("text", ["10000", "-1", "many", "9" * 5_000, "１"])
def test_a_digit_that_is_none_gives_a_sentence(text):
    app = open_app("home", digit=text)
    assert not app.exception
    assert "from 0 to 9,999" in app.warning[0].value
    assert widget(app, "button_group", "Class").value == "7"


def test_an_upload_takes_the_place_of_the_digit_and_a_bad_one_does_not():
    app = open_app()
    before = widget(app, "metric", "PSNR").value
    widget(app, "button_group", "Take").set_value("Photo or file").run()
    assert widget(app, "metric", "PSNR").value == before
    app.get("file_uploader")[0].upload("digit.png", seven(), "image/png").run()
    assert not app.exception
    after = widget(app, "metric", "PSNR").value
    assert after != before
    app.get("file_uploader")[0].upload("text.png", b"not a picture", "image/png").run()
    assert not app.exception
    assert app.warning[0].value.endswith("this file is of another kind. The picture below is the one from before.")
    assert widget(app, "metric", "PSNR").value == after


def seven() -> bytes:
    image = Image.new("L", (100, 140), 255)
    ImageDraw.Draw(image).line([(20, 20), (80, 20), (45, 120)], fill=0, width=10)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_what_is_no_digit_is_an_anomaly():
    app = open_app()
    verdicts = {}
    for choice in ("The picture above", "A shoe", "Noise"):
        widget(app, "button_group", "Show it").set_value(choice).run()
        deadline = time.monotonic() + TIMEOUT_S
        while not (words := [m.value for m in app.markdown if "Squared error" in m.value]):
            assert time.monotonic() < deadline
            time.sleep(0.3)
            app.run()
        verdicts[choice] = "An anomaly" in words[0]
    assert verdicts == {"The picture above": False, "A shoe": True, "Noise": True}


def test_the_table_of_published_figures_has_ours_from_the_manifest():
    app = open_app()
    [table] = [m.value for m in app.markdown if m.value.startswith("| model | published")]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == len(published_results.PUBLISHED) == 8
    assert f"BCE {checkpoints.about('basic-32').metrics['bce']:.4f}" in rows[0]
    assert f"−ELBO {checkpoints.about('vae-2').metrics['negative_elbo']:.1f}" in rows[5]


def test_bad_values_give_one_sentence_each_and_the_default():
    app = open_app("basic", code_dim="100000", epochs="many", optimizer="magic", run="no-such-run")
    assert not app.exception
    [warning] = app.warning
    for words in (
        "Code size must be a number from 2 to 128; got 100000",
        "got `'many'`",
        "got `'magic'`",
        "run of",
    ):
        assert words in warning.value
    assert widget(app, "slider", "Code size").value == ModelSpec().code_dim
    widget(app, "slider", "Code size").set_value(16).run()
    assert not app.warning


def test_hidden_layers_that_are_none_give_one_sentence():
    app = open_app("basic")
    widget(app, "text_input", "Hidden layers").set_value("12,a lot").run()
    assert not app.exception
    assert "whole numbers from 2 to 1,024" in app.warning[0].value


def test_a_run_trains_on_the_page_and_steps():
    app = open_app("basic", n_train="10000", epochs="2")
    widget(app, "button", "Train").click().run()
    run_to_the_end(app)
    assert "Finished at epoch 2 of 2" in app.get("progress")[0].text
    assert {m.label for m in app.metric} == {"Validation loss", "PCA, 32 numbers", "Images a second"}
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
