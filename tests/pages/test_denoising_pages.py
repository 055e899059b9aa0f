"""The pages on denoising without a browser: noise, filters, curves, training with noise; pages, dirt, uploads."""

import dataclasses
import io
import time

import numpy as np
import pytest
from PIL import Image

from aecore import datasets
from aecore.documents import degradation, samples
from aecore.documents.jobs import PageCleaning
from aecore.specs import NOISES, NoiseSpec, TrainSpec
from aecore.tasks import denoising
from pages.lessons.denoise_documents import cleaner
from tests.pages.test_pages import TIMEOUT_S, open_app, run_to_the_end, widget

DIGITS, PAGES = "denoise_digits", "denoise_documents"


def until(app, condition):
    """Look at the page until `condition()` holds, or for a minute; what it gave."""
    deadline = time.monotonic() + TIMEOUT_S
    while not (found := condition()):
        assert time.monotonic() < deadline
        assert not app.exception
        time.sleep(0.2)
        app.run()
    return found


# Digits.


@pytest.mark.parametrize("kind", NOISES)
def test_every_kind_of_noise_has_its_own_range_and_a_link(kind):
    app = open_app(DIGITS)
    widget(app, "button_group", "Noise").set_value(kind).run()
    assert not app.exception
    unit, most, _ = NOISES[kind]
    slider = widget(app, "slider", f"Amount: {unit}")
    assert (slider.min, slider.max) == (0.0, most)
    slider.set_value(most).run()
    assert not app.exception
    assert any("More than it was ever trained on" in caption.value for caption in app.caption)
    again = open_app(DIGITS, **app.query_params)
    assert widget(again, "button_group", "Noise").value == kind
    assert widget(again, "slider", f"Amount: {unit}").value == most


@pytest.mark.parametrize(
    ("query", "words"),
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
def test_bad_values_on_the_digits_page_give_a_sentence(query, words):
    app = open_app(DIGITS, **query)
    assert not app.exception
    assert words in app.warning[0].value


def test_other_noise_is_another_draw_that_the_link_keeps():
    app = open_app(DIGITS)
    widget(app, "button", "Other noise").click().run()
    assert app.query_params["draw"] in ("1", ["1"])
    x = datasets.load_test("mnist")[0][0]
    assert (denoising.noisy(x, NoiseSpec(), 0) != denoising.noisy(x, NoiseSpec(), 1)).any()


def test_the_filters_stand_beside_the_network():
    app = open_app(DIGITS)
    verdict = until(app, lambda: [c.value for c in app.caption if "On this picture the network is" in c.value])
    assert "dB ahead of the best of them" in verdict[0]
    widget(app, "slider", "Amount: standard deviation σ").set_value(0.0).run()
    assert "There is no noise in this picture" in app.info[0].value


def test_the_plain_autoencoder_is_asked_when_the_button_is_pressed():
    app = open_app(DIGITS, section="plain")
    assert not [m for m in app.markdown if "reconstructs the noise" in m.value]
    widget(app, "button", "Send the noisy picture through it").click().run()
    found = until(app, lambda: [m.value for m in app.markdown if "reconstructs the noise" in m.value])
    assert "dB better" in found[0]


def test_clothes_are_shown_to_the_denoiser_of_digits():
    app = open_app(DIGITS)
    widget(app, "button_group", "Pictures").set_value("fashion_mnist").run()
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
def test_a_denoisers_control_reaches_the_link_and_comes_back(field):
    kind, label, value = TRAIN_CONTROLS[field]
    app = open_app(DIGITS, section="train")
    widget(app, kind, label).set_value(value).run()
    assert not app.exception
    assert field in app.query_params
    again = open_app(DIGITS, **app.query_params)
    assert widget(again, kind, label).value == value


@pytest.mark.parametrize("preset", ["The lesson's, 32 filters", "Dense layers", "U-shaped, as the shipped one"])
def test_a_link_brings_every_network_back(preset):
    app = open_app(DIGITS, section="train")
    widget(app, "button_group", "Network").set_value(preset).run()
    again = open_app(DIGITS, **app.query_params)
    assert not again.warning
    assert widget(again, "button_group", "Network").value == preset
    assert again.query_params == app.query_params


@pytest.mark.slow
def test_a_denoiser_trains_on_the_page_and_joins_the_curves():
    app = open_app(DIGITS, section="train", n_train="1000", epochs="2")
    widget(app, "button_group", "Network").set_value("Dense layers").run()
    widget(app, "button", "Train").click().run()
    run_to_the_end(app)
    assert {m.label for m in app.metric} == {"Validation loss", "PSNR", "Images a second"}
    assert not app.exception
    run_id = app.query_params["run"]
    widget(app, "button_group", "More to do").set_value("curve").run()
    until(app, lambda: "Your run: Gaussian, 0.5" in str(app.get("vega_lite_chart")[0].proto))
    for page in ("basic", "latent"):
        other = open_app(page, run=run_id)
        assert "another kind of network" in other.warning[0].value
    again = open_app(DIGITS, section="train", run=run_id)
    assert not again.warning
    assert widget(again, "button_group", "Network").value == "Dense layers"


# Pages.


def test_a_shipped_page_comes_back_clean_and_the_error_falls():
    app = open_app(PAGES)
    metrics = until(app, lambda: [m for m in app.metric if m.label == "Error, the network"])
    before = float(widget(app, "metric", "Error before").value)
    assert float(metrics[0].value) < before / 4
    assert {button.label for button in app.get("download_button")} >= {"Clean page (PNG)", "Clean page (PDF)"}


def test_the_classical_methods_are_put_beside_it():
    app = open_app(PAGES, sheet="folds")
    app.toggle[0].set_value(True).run()
    labels = {"Error before", "Error, the network", "Error, median background", "Error, Sauvola"}
    until(app, lambda: {m.label for m in app.metric} == labels)
    values = {m.label: float(m.value) for m in app.metric}
    assert values["Error, the network"] < values["Error, median background"] < values["Error before"]


def test_only_a_small_page_is_waited_for(hand_cranked, monkeypatch):
    monkeypatch.setattr(cleaner, "AT_ONCE_S", 0.5)
    seconds = []
    for shape in ((640, 620), (1754, 1240)):
        cleaning = PageCleaning(hand_cranked, np.full(shape, 255, np.uint8))
        begin = time.monotonic()
        cleaner._wait_a_blink({"network": cleaning})
        seconds.append(time.monotonic() - begin)
        cleaning.stop()
    assert seconds[0] > 0.45
    assert seconds[1] < 0.3


def test_every_kind_of_dirt_has_a_slider_and_a_link():
    app = open_app(PAGES, source="dirt")
    amounts = {kind: round(0.05 + 0.08 * i, 2) for i, kind in enumerate(degradation.KINDS)}
    for kind, amount in amounts.items():
        widget(app, "slider", degradation.KINDS[kind]).set_value(amount)
    app.run()
    assert not app.exception
    again = open_app(PAGES, **app.query_params)
    assert {kind: widget(again, "slider", degradation.KINDS[kind]).value for kind in degradation.KINDS} == amounts
    assert widget(again, "button_group", "Take").value == "dirt"


def test_another_page_takes_the_place_of_one_that_is_done():
    app = open_app(PAGES)
    until(app, lambda: [m for m in app.metric if m.label == "Error, the network"])
    for sheet in ("folds", "coffee"):
        widget(app, "button_group", "Page").set_value(sheet).run()
        assert not app.exception
        until(app, lambda: [m for m in app.metric if m.label == "Error, the network"])


def test_the_sliders_go_back_to_none():
    app = open_app(PAGES, source="dirt", coffee="0.5")
    widget(app, "button", "None").click().run()
    assert all(widget(app, "slider", words).value == 0 for words in degradation.KINDS.values())


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"source": "none"}, "link's source must be one of"),
        ({"sheet": "../coffee"}, "link's sheet must be one of"),
        ({"source": "dirt", "coffee": "2"}, "Coffee rings and spills of the link must be a number from 0 to 1"),
        ({"source": "dirt", "folds": "nan"}, "Folds of the link must be a number"),
        ({"source": "dirt", "draw": "x"}, "link's draw must be a number"),
    ],
)
def test_bad_values_on_the_pages_page_give_a_sentence(query, words):
    app = open_app(PAGES, **query)
    assert not app.exception
    assert words in app.warning[0].value


def upload(app, name: str, raw: bytes, mime: str):
    app.get("file_uploader")[0].upload(name, raw, mime).run()
    assert not app.exception


def as_file(page: np.ndarray, kind: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(page).save(file, kind, **options)
    return file.getvalue()


def test_an_upload_comes_back_clean_and_a_bad_one_gives_a_sentence():
    app = open_app(PAGES, source="upload")
    assert any("Nothing is uploaded yet" in caption.value for caption in app.caption)
    upload(app, "scan.jpg", as_file(samples.degraded_page("wrinkles")[:300, :400], "JPEG"), "image/jpeg")
    until(app, lambda: any(button.label == "Clean page (PNG)" for button in app.get("download_button")))
    assert not app.metric  # nobody knows what it should look like
    upload(app, "scan.png", b"Dear Sir or Madam", "image/png")
    assert "Expected" in app.warning[0].value


def test_all_pages_of_a_file_are_cleaned_into_one_pdf():
    first, second = (Image.fromarray(samples.degraded_page(name)[:200, :300]) for name in ("coffee", "folds"))
    file = io.BytesIO()
    first.save(file, "PDF", resolution=150, save_all=True, append_images=[second])
    app = open_app(PAGES, source="upload")
    upload(app, "scan.pdf", file.getvalue(), "application/pdf")
    assert widget(app, "number_input", "Page").max == 2
    button = until(app, lambda: [b for b in app.button if b.label == "Clean all 2 pages"])
    button[0].click().run()
    until(app, lambda: any(b.label == "All 2 pages (PDF)" for b in app.get("download_button")))


def test_the_defaults_of_the_page_are_the_lessons():
    assert TrainSpec(noise="gaussian").noise_spec == NoiseSpec("gaussian", 0.5)
    assert dataclasses.astuple(NoiseSpec()) == ("gaussian", 0.5)
