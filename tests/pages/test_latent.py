"""The page on the latent space without a browser: its models, its sections, its link and its run."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from aecore import datasets
from aecore.checkpoints import encodings
from aecore.imaging import encoding
from aecore.networks import latent_geometry
from pages.lessons.latent import interpolation
from tests.pages.helpers import open_app, open_section, press, run_to_the_end, script_of, widget


@pytest.mark.parametrize("model", ["vae-2", "vae-16", "fashion-vae-2"])
def test_every_section_draws_for_every_model(model):
    app = open_app("latent", model=model)
    for name in ("between", "new", "gaussian", "own", "maths", "train", "manifold"):
        open_section(app, name)
    assert not app.warning


def test_the_link_names_the_model_the_section_and_the_position():
    app = open_app("latent", model="vae-16", section="maths", z=",".join(["0.5"] * 16))
    assert widget(app, "button_group", "Network").value == "vae-16"
    assert app.session_state["latent.z"] == [0.5] * 16
    assert dict(app.query_params) == {"model": "vae-16", "section": "maths", "z": ",".join(["0.5"] * 16)}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("z", "1,nan", "link's z must be a list of numbers"),
        ("z", "a lot", "link's z must be a list of numbers"),
        ("z", "1," * 5_000, "link's z must be a list of numbers"),
        ("model", "../vae-2", "link's model must be one of"),
        ("section", "none", "link's section must be one of"),
        ("beta", "11", "β must be a number from 0 to 10"),
    ],
)
def test_a_bad_link_gets_a_sentence(name, value, sentence):
    app = open_app("latent", **{name: value})
    assert not app.exception
    assert sentence in app.warning[0].value


def test_a_run_of_another_kind_of_network_is_refused():
    app = open_app("basic", n_train="1000", epochs="1")
    press(app, "Train")
    run_to_the_end(app)
    other = open_app("latent", run=app.query_params["run"])
    assert not other.exception
    assert "another kind of network" in other.warning[0].value
    assert widget(other, "button_group", "Network").value == "vae-2"


def test_the_position_is_clipped():
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
    press(app, "Train")
    run_to_the_end(app)
    assert {m.label for m in app.metric} == {"Validation loss", "Reconstruction", "KL"}
    loss, reconstruction, kl = (
        float(widget(app, "metric", name).value) for name in ("Validation loss", "Reconstruction", "KL")
    )
    assert loss == pytest.approx(reconstruction + kl, abs=0.11)
    assert 100 < loss < 300
    assert widget(app, "button_group", "Network").value == "run"
    assert any("after 2.0 epochs" in caption.value for caption in app.caption)
    open_section(app, "manifold")


def test_the_film_plays_there_and_back_and_the_image_is_the_manifold():
    images = datasets.load_probe("mnist")[:4]
    film = Image.open(io.BytesIO(interpolation.gif(images)))
    frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(film)]
    assert [int(frame[::8, ::8].sum()) for frame in frames] == [int(images[i].sum()) for i in (0, 1, 2, 3, 2, 1)]
    manifold = latent_geometry.mosaic(images, 2)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encoding.png(manifold)))), manifold)


def test_the_maths_uses_the_numbers_of_the_example():
    app = open_app("latent", section="maths")
    formulas = " ".join(latex.value for latex in app.latex)
    x = datasets.load_test("mnist")[0][:1]
    z_mean, z_log_var = encodings.dense_network("vae-2").encode_distribution(x)
    kl = latent_geometry.kl_per_dimension(z_mean.astype(float), z_log_var.astype(float)).sum()
    assert f"{kl:.3f}" in formulas
    assert f"{z_mean[0, 0]:.3f}" in formulas
