"""The start page without a browser: the chosen image goes through the network, and its claims hold."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from aecore import checkpoints, datasets
from aecore.checkpoints import encodings, published_results
from aecore.imaging import metrics
from tests.pages.helpers import look_until, open_app, press, widget


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
    press(app, "Another one")
    further = int(app.query_params["digit"])
    assert further > shown
    assert datasets.load_test("mnist")[1][further] == 3
    x = datasets.load_test("mnist")[0][further : further + 1]
    mse = metrics.mse_per_image(x, encodings.reconstruct("best-32", x))[0]
    assert widget(app, "metric", "PSNR").value == f"{-10 * np.log10(mse):.1f} dB"
    again = open_app("home", digit=app.query_params["digit"])
    assert widget(again, "metric", "PSNR").value == widget(app, "metric", "PSNR").value


@pytest.mark.parametrize("text", ["10000", "-1", "many", "9" * 5_000, "１"])
def test_a_link_to_a_missing_digit_gets_a_sentence(text):
    app = open_app("home", digit=text)
    assert not app.exception
    assert "from 0 to 9,999" in app.warning[0].value
    assert widget(app, "button_group", "Class").value == "7"


def test_a_good_upload_replaces_the_digit_and_a_bad_one_does_not():
    app = open_app()
    before = widget(app, "metric", "PSNR").value
    widget(app, "button_group", "Image").set_value("Photo or file").run()
    assert widget(app, "metric", "PSNR").value == before
    app.get("file_uploader")[0].upload("digit.png", seven(), "image/png").run()
    assert not app.exception
    after = widget(app, "metric", "PSNR").value
    assert after != before
    app.get("file_uploader")[0].upload("text.png", b"not a picture", "image/png").run()
    assert not app.exception
    assert app.warning[0].value.endswith("this file is of another kind. The image below is the one from before.")
    assert widget(app, "metric", "PSNR").value == after


def seven() -> bytes:
    image = Image.new("L", (100, 140), 255)
    ImageDraw.Draw(image).line([(20, 20), (80, 20), (45, 120)], fill=0, width=10)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_images_that_are_not_digits_are_anomalies():
    app = open_app()
    verdicts = {}
    for choice in ("The image above", "A shoe", "Noise"):
        widget(app, "button_group", "Input").set_value(choice).run()
        [verdict] = look_until(app, lambda: [m.value for m in app.markdown if "Squared error" in m.value])
        verdicts[choice] = "An anomaly" in verdict
    assert verdicts == {"The image above": False, "A shoe": True, "Noise": True}


def test_the_table_of_published_results_has_ours_from_the_manifest():
    app = open_app()
    [table] = [m.value for m in app.markdown if m.value.startswith("| model | published")]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == len(published_results.PUBLISHED) == 8
    assert f"BCE {checkpoints.about('basic-32').metrics['bce']:.4f}" in rows[0]
    assert f"−ELBO {checkpoints.about('vae-2').metrics['negative_elbo']:.1f}" in rows[5]
