"""The picker's photographs: what was read is shown, can be corrected, and is read once."""

import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest

from aecore.digits import mnist_preprocessing
from aecore.image_files import opening, reading
from pages.shared.pickers import digit_photo
from tests.aecore.image_files.test_reading import encoded
from tests.pages.helpers import open_app, widget

KEPT = "digit.photo"


def seven(ground: str = "white", ink: str = "black", kind: str = "JPEG") -> bytes:
    image = Image.new("RGB", (300, 400), ground)
    ImageDraw.Draw(image).line([(80, 90), (210, 90), (130, 310)], fill=ink, width=24, joint="curve")
    return encoded(image, kind)


@pytest.fixture
def app() -> AppTest:
    app = open_app("home")
    widget(app, "button_group", "Image").set_value("Photo or file").run()
    return app


def upload(app: AppTest, raw: bytes, name: str = "photo", mime: str = "") -> AppTest:
    app.get("file_uploader")[0].upload(name, raw, mime).run()
    assert not app.exception
    return app


def photo(app: AppTest) -> digit_photo.Photo:
    return app.session_state[KEPT]


def press(app: AppTest, label: str) -> AppTest:
    widget(app, "button", label).click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("name", "kind"), [("photo", "JPEG"), ("photo.jfif", "JPEG"), ("photo.png", "JPEG"), ("seven.txt", "BMP")]
)
def test_a_file_is_what_its_content_says(app, name, kind):
    upload(app, seven(kind=kind), name)
    assert not app.warning
    assert photo(app).reading.x.max() > 200


def test_what_was_read_can_be_corrected_and_the_corrections_undone(app):
    upload(app, seven())
    automatic = photo(app).reading
    assert not automatic.light_ink
    assert widget(app, "button", "Automatic").disabled
    thickness = [
        press(app, "Thicker").session_state[KEPT].reading.x.sum() for _ in range(mnist_preprocessing.MAX_THICKNESS)
    ]
    assert automatic.x.sum() < thickness[0] < thickness[1]
    assert widget(app, "button", "Thicker").disabled
    press(app, "Invert")
    assert photo(app).correction.light_ink is True
    press(app, "Automatic")
    assert photo(app).correction == mnist_preprocessing.Correction()
    assert np.array_equal(photo(app).reading.x, automatic.x)
    press(app, "Thinner")
    assert photo(app).reading.x.sum() < automatic.x.sum()


def test_a_new_picture_forgets_the_corrections_and_a_bad_one_leaves_the_picture(app):
    press(upload(app, seven()), "Thicker")
    upload(app, seven("black", "white"))
    assert photo(app).correction == mnist_preprocessing.Correction()
    assert photo(app).reading.light_ink
    before = photo(app)
    upload(app, b"not a picture", "photo.jpg", "image/jpeg")
    sentence = f"Expected an image ({opening.FORMATS}); this file is of another kind."
    assert app.warning[0].value == f"{sentence} The image below is the one from before."
    assert photo(app) is before
    upload(app, seven())
    assert not app.warning


def test_a_file_that_is_put_away_takes_its_picture_along(app):
    upload(app, seven())
    app.get("file_uploader")[0].clear().run()
    assert not app.exception
    assert KEPT not in app.session_state
    assert any("Test image 0" in caption.value for caption in app.caption)


def test_a_picture_without_a_digit_is_shown_with_a_sentence(app):
    upload(app, encoded(Image.new("RGB", (300, 400), "white"), "PNG"))
    assert photo(app).reading is None
    assert app.warning[0].value.endswith("Drag the box to where your digit is.")
    assert any("Test image 0" in caption.value for caption in app.caption)
    for label in ("Thicker", "Invert", "Automatic"):
        press(app, label)


def test_a_picture_is_read_once_and_kept_for_other_pages(app, monkeypatch):
    upload(app, seven())
    assert any("Your image" in caption.value for caption in app.caption)

    def fail(*_, **__):
        raise AssertionError("It was read again.")

    monkeypatch.setattr(reading, "grey", fail)
    monkeypatch.setattr(mnist_preprocessing, "read", fail)
    app.run()
    assert not app.exception
    app.switch_page("pages/denoise_digits.py").run()
    widget(app, "button_group", "Image").set_value("Photo or file").run()
    assert not app.exception
    assert photo(app).reading is not None


def test_what_is_kept_of_a_large_picture_is_small(app):
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 255, (3_000, 4_000), np.uint8))
    upload(app, encoded(noise, "JPEG", quality=50))
    assert max(photo(app).grey.shape) == mnist_preprocessing.WORKING_SIDE
    assert photo(app).grey.dtype == np.uint8
    assert len(photo(app).uri) < 600_000


@pytest.mark.parametrize(
    "sent",
    [
        None, 1, "box", [], {}, {"box": None}, {"box": [0, 0, 1]}, {"box": [0, 0, 1, "1"]}, {"box": [0, 0, 1, 2]},
        {"box": [0, 0, float("nan"), 1]}, {"box": [0.5, 0, 0.5, 1]}, {"box": [0.9, 0, 0.1, 1]}, {"box": [True] * 4},
        {"box": [0, 0, 10**400, 1]}, {"box": {"0": 1}},
    ],
)  # fmt: skip
def test_what_is_no_box_is_not_heeded(sent):
    assert digit_photo.parse_box(sent) is None


def test_a_box_is_four_shares():
    assert digit_photo.parse_box({"box": [0, 0.25, 0.5, 1]}) == (0, 0.25, 0.5, 1)


def test_an_image_that_was_shown_is_the_picture_in_grey(app):
    upload(app, seven(ink="blue"))
    shown = Image.open(io.BytesIO(base64.b64decode(photo(app).uri.partition(",")[2])))
    assert shown.mode == "L"
    assert shown.size == (300, 400)
