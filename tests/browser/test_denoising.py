"""Denoising in a real browser: the amount is turned up, a scan is cleaned, stopped, compared and downloaded."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from aecore.documents import samples
from aecore.imaging import metrics
from tests.browser.waiting import let_timers_expire


def pixels(image: Locator) -> np.ndarray:
    """The picture of an <img> with a data URI: uint8 (H, W)."""
    uri = image.get_attribute("src")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("L"))


def scan(page: np.ndarray) -> dict:
    file = io.BytesIO()
    Image.fromarray(page).save(file, "PNG")
    return {"name": "scan.png", "mimeType": "image/png", "buffer": file.getvalue()}


@pytest.mark.core
def test_the_amount_goes_up_and_the_pictures_follow(page, server, errors):
    page.goto(f"{server.url}/denoise_digits")
    answer = page.get_by_text("What it makes of it")
    expect(answer).to_be_visible()
    noisy = page.get_by_role("img", name="What the network gets")
    quality = page.locator("small", has_text=re.compile("What it makes of it")).locator("b").nth(1)
    before, words = pixels(noisy), quality.inner_text()
    page.get_by_role("slider").first.press("ArrowRight")
    page.get_by_role("slider").first.press("ArrowRight")
    expect(quality).not_to_have_text(words)
    assert (pixels(noisy) != before).any()
    expect(page).to_have_url(re.compile("amount=0.52"))
    page.get_by_role("button", name="New noise").click()
    expect(page).to_have_url(re.compile("draw=1"))
    assert not errors


def test_noisy_pictures_and_what_becomes_of_them_while_it_trains(page, server, errors):
    page.goto(f"{server.url}/denoise_digits?section=train&n_train=2000&epochs=2&family=dense&widths=128&code_dim=32")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("x_noisy")).to_be_visible()
    expect(page.get_by_text("Finished at epoch 2 of 2")).to_be_visible()
    goes_in = pixels(page.get_by_role("img", name="7: the input"))
    image = pixels(page.get_by_role("img", name="7: the image"))
    assert 0.1 < metrics.mse(image / 255, goes_in / 255) < 0.2  # σ 0.5, clipped
    assert not errors


@pytest.mark.core
def test_an_uploaded_scan_comes_back_clean_and_can_be_kept(page, server, errors):
    page.goto(f"{server.url}/denoise_documents?source=upload")
    page.locator("input[type=file]").set_input_files(scan(samples.degraded_page("coffee")))
    expect(page.get_by_role("button", name="Clean page (PNG)")).to_be_visible()
    after = page.get_by_role("img", name="The network")
    expect(after).to_be_visible()
    cleaned, truth = pixels(after), samples.clean_page("coffee")
    before = metrics.mse(truth / 255, samples.degraded_page("coffee") / 255)
    assert metrics.mse(truth / 255, cleaned / 255) < before / 20
    with page.expect_download() as download:
        page.get_by_role("button", name="Clean page (PNG)").click()
    assert (np.asarray(Image.open(download.value.path())) == cleaned).all()
    with page.expect_download() as download:
        page.get_by_role("button", name="Clean page (PDF)").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_text("Compare with classical methods").click()
    page.get_by_role("button", name="Sauvola").click()
    sauvola = pixels(page.get_by_role("img", name="Sauvola"))
    assert metrics.mse(truth / 255, sauvola / 255) > metrics.mse(truth / 255, cleaned / 255)
    assert not errors


def test_a_large_page_can_be_stopped_and_goes_on(page, server, errors):
    large = np.tile(samples.degraded_page("folds"), (5, 6))  # 12 megapixels
    # No PNG makes noise small: this one has more than the ten megabytes that a digit may have.
    large = np.maximum(large, 60) - np.random.default_rng(0).integers(0, 60, large.shape, np.uint8)
    assert len(scan(large)["buffer"]) > 10_000_000
    page.goto(f"{server.url}/denoise_documents?source=upload")
    page.locator("input[type=file]").set_input_files(scan(large))
    page.get_by_role("button", name="Stop").click()
    stopped = page.get_by_text(re.compile(r"The network: \d+ of \d+ tiles · stopped"))
    expect(stopped).to_be_visible()
    words = stopped.inner_text()
    let_timers_expire(page, 1_500)  # in which the tile under way would have come back
    expect(stopped).to_have_text(words)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Clean page (PNG)")).to_be_visible()
    assert pixels(page.get_by_role("img", name="The network")).shape == large.shape
    assert not errors
