"""The page on cleaning scans without a browser: shipped pages, degradations of one's own, and uploads."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from aecore.documents import degradation, samples
from aecore.documents.jobs import PageCleaning
from pages.lessons.denoise_documents import page_cleaning
from tests.pages.helpers import look_until, open_app, press, widget

PAGE = "denoise_documents"


def test_a_shipped_page_comes_back_clean_and_the_error_falls():
    app = open_app(PAGE)
    metrics = look_until(app, lambda: [m for m in app.metric if m.label == "Error, the network"])
    before = float(widget(app, "metric", "Error before").value)
    assert float(metrics[0].value) < before / 4
    assert {button.label for button in app.get("download_button")} >= {"Clean page (PNG)", "Clean page (PDF)"}


def test_the_classical_methods_are_compared():
    app = open_app(PAGE, sheet="folds")
    app.toggle[0].set_value(True).run()
    labels = {"Error before", "Error, the network", "Error, median background", "Error, Sauvola"}
    look_until(app, lambda: {m.label for m in app.metric} == labels)
    values = {m.label: float(m.value) for m in app.metric}
    assert values["Error, the network"] < values["Error, median background"] < values["Error before"]


def test_the_page_waits_only_for_a_small_page(hand_cranked, monkeypatch):
    monkeypatch.setattr(page_cleaning, "MAX_WAIT_S", 0.5)
    seconds = []
    for shape in ((640, 620), (1754, 1240)):
        cleaning = PageCleaning(hand_cranked, np.full(shape, 255, np.uint8))
        begin = time.monotonic()
        page_cleaning.wait_for_small_page({"network": cleaning})
        seconds.append(time.monotonic() - begin)
        cleaning.stop()
    assert seconds[0] > 0.45
    assert seconds[1] < 0.3


def test_every_kind_of_dirt_has_a_slider_and_a_link():
    app = open_app(PAGE, source="dirt")
    amounts = {kind: round(0.05 + 0.08 * i, 2) for i, kind in enumerate(degradation.KINDS)}
    for kind, amount in amounts.items():
        widget(app, "slider", degradation.KINDS[kind]).set_value(amount)
    app.run()
    assert not app.exception
    again = open_app(PAGE, **app.query_params)
    assert {kind: widget(again, "slider", degradation.KINDS[kind]).value for kind in degradation.KINDS} == amounts
    assert widget(again, "button_group", "Source").value == "dirt"


def test_another_page_replaces_a_clean_one():
    app = open_app(PAGE)
    look_until(app, lambda: [m for m in app.metric if m.label == "Error, the network"])
    for sheet in ("folds", "coffee"):
        widget(app, "button_group", "Page").set_value(sheet).run()
        assert not app.exception
        look_until(app, lambda: [m for m in app.metric if m.label == "Error, the network"])


def test_the_sliders_can_be_cleared():
    app = open_app(PAGE, source="dirt", coffee="0.5")
    press(app, "Clear")
    assert all(widget(app, "slider", label).value == 0 for label in degradation.KINDS.values())


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"source": "none"}, "link's source must be one of"),
        ({"sheet": "../coffee"}, "link's sheet must be one of"),
        ({"source": "dirt", "coffee": "2"}, "Coffee rings and spills in the link must be a number from 0 to 1"),
        ({"source": "dirt", "folds": "nan"}, "Folds in the link must be a number"),
        ({"source": "dirt", "draw": "x"}, "link's draw must be a number"),
    ],
)
def test_a_bad_link_gets_a_sentence(query, sentence):
    app = open_app(PAGE, **query)
    assert not app.exception
    assert sentence in app.warning[0].value


def upload(app, name: str, raw: bytes, mime: str):
    app.get("file_uploader")[0].upload(name, raw, mime).run()
    assert not app.exception


def as_file(page: np.ndarray, kind: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(page).save(file, kind, **options)
    return file.getvalue()


def test_an_upload_comes_back_clean_and_a_bad_one_gets_a_sentence():
    app = open_app(PAGE, source="upload")
    assert any("Nothing has been uploaded yet" in caption.value for caption in app.caption)
    upload(app, "scan.jpg", as_file(samples.degraded_page("wrinkles")[:300, :400], "JPEG"), "image/jpeg")
    look_until(app, lambda: any(button.label == "Clean page (PNG)" for button in app.get("download_button")))
    assert not app.metric  # nobody knows what it should look like
    upload(app, "scan.png", b"Dear Sir or Madam", "image/png")
    assert "Expected" in app.warning[0].value


def test_all_pages_of_a_file_are_cleaned_into_one_pdf():
    first, second = (Image.fromarray(samples.degraded_page(name)[:200, :300]) for name in ("coffee", "folds"))
    file = io.BytesIO()
    first.save(file, "PDF", resolution=150, save_all=True, append_images=[second])
    app = open_app(PAGE, source="upload")
    upload(app, "scan.pdf", file.getvalue(), "application/pdf")
    assert widget(app, "number_input", "Page").max == 2
    button = look_until(app, lambda: [b for b in app.button if b.label == "Clean all 2 pages"])
    button[0].click().run()
    look_until(app, lambda: any(b.label == "All 2 pages (PDF)" for b in app.get("download_button")))
