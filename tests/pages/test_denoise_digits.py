"""The page on denoising digits without a browser: noise, filters, curves, and training with noise."""

import dataclasses

import pytest

from aecore import datasets
from aecore.specs import NOISES, NoiseSpec, TrainSpec
from aecore.tasks import denoising
from tests.pages.helpers import look_until, open_app, open_section, press, run_to_the_end, widget

PAGE = "denoise_digits"


@pytest.mark.parametrize("kind", NOISES)
def test_every_kind_of_noise_has_its_own_range_and_a_link(kind):
    app = open_app(PAGE)
    widget(app, "button_group", "Noise").set_value(kind).run()
    assert not app.exception
    unit, most, _ = NOISES[kind]
    slider = widget(app, "slider", f"Amount: {unit}")
    assert (slider.min, slider.max) == (0.0, most)
    slider.set_value(most).run()
    assert not app.exception
    assert any("This is more than it was ever trained on" in caption.value for caption in app.caption)
    again = open_app(PAGE, **app.query_params)
    assert widget(again, "button_group", "Noise").value == kind
    assert widget(again, "slider", f"Amount: {unit}").value == most


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"kind": "loud"}, "Noise must be one of gaussian"),
        ({"amount": "7"}, "Amount of noise must be a number from 0 to 1.5; got 7.0"),
        ({"kind": "square", "amount": "0.6"}, "from 0 to 0.5"),
        ({"draw": "-1"}, "link's draw must be a number"),
        ({"pictures": "cats"}, "link's pictures must be one of"),
        ({"section": "none"}, "link's section must be one of"),
        ({"clothes": "2000", "pictures": "fashion_mnist"}, "from 0 to 1,999"),
    ],
)
def test_a_bad_link_gets_a_sentence(query, sentence):
    app = open_app(PAGE, **query)
    assert not app.exception
    assert sentence in app.warning[0].value


def test_new_noise_is_drawn_and_kept_in_the_link():
    app = open_app(PAGE)
    press(app, "New noise")
    assert app.query_params["draw"] in ("1", ["1"])
    x = datasets.load_test("mnist")[0][0]
    assert (denoising.noisy(x, NoiseSpec(), 0) != denoising.noisy(x, NoiseSpec(), 1)).any()


def test_the_filters_are_compared_with_the_network():
    app = open_app(PAGE)
    verdict = look_until(app, lambda: [c.value for c in app.caption if "On this image the network is" in c.value])
    assert "dB better than the best of them" in verdict[0]
    widget(app, "slider", "Amount: standard deviation σ").set_value(0.0).run()
    assert "There is no noise in this image" in app.info[0].value


def test_the_plain_autoencoder_answers_only_when_asked():
    app = open_app(PAGE, section="plain")
    assert not [m for m in app.markdown if "reconstructs the noise" in m.value]
    press(app, "Run the noisy image through it")
    found = look_until(app, lambda: [m.value for m in app.markdown if "reconstructs the noise" in m.value])
    assert "dB better" in found[0]


def test_clothes_can_be_shown_to_the_denoiser_of_digits():
    app = open_app(PAGE)
    widget(app, "button_group", "Images").set_value("fashion_mnist").run()
    assert not app.exception
    assert widget(app, "button_group", "Class").value in datasets.CLASS_NAMES["fashion_mnist"]


TRAIN_CONTROLS = {  # field → kind and label of its control, and a value
    "noise": ("selectbox", "Noise to train against", "speckle"),
    "noise_amount": ("slider", "Its amount: standard deviation σ", 0.25),
    "dataset": ("selectbox", "Data set", "fashion_mnist"),
    "n_train": ("select_slider", "Training images", 5_000),
    "epochs": ("slider", "Epochs", 7),
    "optimizer": ("selectbox", "Optimizer", "adadelta"),
    "learning_rate": ("select_slider", "Learning rate", 0.01),
    "batch_size": ("select_slider", "Batch size", 64),
    "loss": ("selectbox", "Loss", "mse"),
    "seed": ("number_input", "Seed", 11),
    "start": ("selectbox", "Start from", "denoise-digits"),
}


@pytest.mark.parametrize("field", TRAIN_CONTROLS)
def test_a_control_is_in_the_link_and_restored_from_it(field):
    kind, label, value = TRAIN_CONTROLS[field]
    app = open_app(PAGE, section="train")
    widget(app, kind, label).set_value(value).run()
    assert not app.exception
    assert field in app.query_params
    again = open_app(PAGE, **app.query_params)
    assert widget(again, kind, label).value == value


@pytest.mark.parametrize("preset", ["The lesson's, 32 filters", "Dense layers", "U-Net, like the shipped one"])
def test_a_link_restores_every_network(preset):
    app = open_app(PAGE, section="train")
    widget(app, "button_group", "Network").set_value(preset).run()
    again = open_app(PAGE, **app.query_params)
    assert not again.warning
    assert widget(again, "button_group", "Network").value == preset
    assert again.query_params == app.query_params


@pytest.mark.slow
def test_a_denoiser_trains_on_the_page_and_joins_the_curves():
    app = open_app(PAGE, section="train", n_train="1000", epochs="2")
    widget(app, "button_group", "Network").set_value("Dense layers").run()
    press(app, "Train")
    run_to_the_end(app)
    assert {m.label for m in app.metric} == {"Validation loss", "PSNR", "Images per second"}
    assert not app.exception
    run_id = app.query_params["run"]
    open_section(app, "curve")
    look_until(app, lambda: "Your run: Gaussian, 0.5" in str(app.get("vega_lite_chart")[0].proto))
    for page in ("basic", "latent"):
        other = open_app(page, run=run_id)
        assert "another kind of network" in other.warning[0].value
    again = open_app(PAGE, section="train", run=run_id)
    assert not again.warning
    assert widget(again, "button_group", "Network").value == "Dense layers"


def test_the_defaults_of_the_page_are_the_lessons():
    assert TrainSpec(noise="gaussian").noise_spec == NoiseSpec("gaussian", 0.5)
    assert dataclasses.astuple(NoiseSpec()) == ("gaussian", 0.5)
