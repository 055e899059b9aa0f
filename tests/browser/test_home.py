"""The start page in a real browser: the pad, the bars, the decoder, and the training that one can leaf through."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from aecore import checkpoints, datasets
from aecore.checkpoints import encodings
from tests.browser.conftest import new_visitor
from tests.browser.waiting import wait_until, wait_until_drawn

MODEL = "best-32"


def canvas_pixels(page: Page, selector: str) -> np.ndarray:
    """What a canvas of the page shows: uint8 (height, width)."""
    wait_until_drawn(page)
    uri = page.locator(selector).evaluate("canvas => canvas.toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("L"))


@pytest.fixture
def home(page: Page, server) -> Page:
    page.goto(server.url)
    expect(page.locator(".code-editor .error")).to_contain_text("squared error")
    return page


def wait_for_change(page: Page, selector: str, before: np.ndarray) -> np.ndarray:
    wait_until(page, lambda: not np.array_equal(canvas_pixels(page, selector), before), f"{selector} did not change.")
    return canvas_pixels(page, selector)


def test_the_browsers_decoder_computes_what_the_network_computes(home):
    x = datasets.load_test("mnist")[0][:1]
    assert np.array_equal(canvas_pixels(home, ".code-editor .x"), x[0, ..., 0])
    expected = encodings.reconstruct(MODEL, x)[0, ..., 0].astype(int)
    # Half precision and rounding down instead of to the nearest: two grey levels.
    assert np.abs(canvas_pixels(home, ".code-editor .x-hat") - expected).max() <= 3


def test_a_dragged_bar_changes_the_picture_at_once_and_reset_brings_it_back(home):
    before = canvas_pixels(home, ".code-editor .x-hat")
    bar = home.locator(".code-editor .bar").nth(5)
    box = bar.bounding_box()
    home.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    home.mouse.down()
    home.mouse.move(box["x"] + box["width"] / 2, box["y"] + 3)
    home.mouse.up()
    z = encodings.dense_network(MODEL).encode(datasets.load_test("mnist")[0][:1])[0]
    value = float(bar.get_attribute("aria-valuenow"))
    assert abs(value - z[5]) > 0.1
    after = canvas_pixels(home, ".code-editor .x-hat")
    assert not np.array_equal(before, after)
    z[5] = value
    expected = encodings.dense_network(MODEL).decode(z[None])[0, ..., 0] * 255
    assert np.abs(after - expected).max() <= 4
    home.get_by_role("button", name="Reset the code").click()
    assert np.array_equal(canvas_pixels(home, ".code-editor .x-hat"), before)


def test_bars_answer_to_keys(home):
    first = home.locator(".code-editor .bar").first
    first.focus()
    home.keyboard.press("ArrowRight")
    second = home.locator(".code-editor .bar").nth(1)
    expect(second).to_be_focused()
    value = float(second.get_attribute("aria-valuenow"))
    home.keyboard.press("ArrowUp")
    assert float(second.get_attribute("aria-valuenow")) > value
    expect(home.locator(".code-editor")).to_have_attribute("data-changed", "1")


def draw_seven(page: Page) -> None:
    box = page.locator(".draw-pad canvas").bounding_box()

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.move(*at(0.28, 0.18))
    page.mouse.down()
    page.mouse.move(*at(0.72, 0.18), steps=5)
    page.mouse.move(*at(0.44, 0.86), steps=5)
    page.mouse.up()


@pytest.mark.core
def test_a_drawn_digit_goes_through_the_network_and_can_be_undone(home):
    test_image = canvas_pixels(home, ".code-editor .x")
    home.get_by_role("radio", name="Draw", exact=True).click()
    pad = home.locator(".draw-pad canvas")
    expect(pad).to_be_visible()
    draw_seven(home)
    drawn = wait_for_change(home, ".code-editor .x", test_image)
    rows, columns = (np.flatnonzero(drawn.any(axis=axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    expect(home.get_by_text("Your drawing.")).to_be_visible()
    # A second stroke, taken back, leaves the first; taking that back too, the test image.
    box = pad.bounding_box()
    home.mouse.move(box["x"] + 30, box["y"] + box["height"] - 40)
    home.mouse.down()
    home.mouse.move(box["x"] + box["width"] - 30, box["y"] + box["height"] - 40, steps=4)
    home.mouse.up()
    wait_for_change(home, ".code-editor .x", drawn)
    home.get_by_role("button", name="Undo").click()
    wait_until(home, lambda: np.array_equal(canvas_pixels(home, ".code-editor .x"), drawn), "Undo did nothing.")
    home.get_by_role("button", name="Clear").click()
    assert np.array_equal(wait_for_change(home, ".code-editor .x", drawn), test_image)


def test_a_drawing_is_still_there_after_a_look_at_another_page(home):
    before = canvas_pixels(home, ".code-editor .x")
    home.get_by_role("radio", name="Draw", exact=True).click()
    home.get_by_role("button", name="Example").click()
    drawn = wait_for_change(home, ".code-editor .x", before)
    home.get_by_role("link", name="Train one").first.click()
    expect(home.get_by_role("heading", name="Train an autoencoder")).to_be_visible()
    home.get_by_role("link", name="What is an autoencoder?").first.click()
    expect(home.locator(".code-editor .error")).to_contain_text("squared error")
    assert np.array_equal(canvas_pixels(home, ".code-editor .x"), drawn)
    assert canvas_pixels(home, ".draw-pad canvas").max() > 200


def test_the_pad_can_be_drawn_on_with_keys_alone(home):
    before = canvas_pixels(home, ".code-editor .x")
    home.get_by_role("radio", name="Draw", exact=True).click()
    home.locator(".draw-pad canvas").focus()
    for key in ("ArrowUp", "ArrowUp", " ", *["ArrowDown"] * 8, " "):
        home.keyboard.press(key)
    drawn = wait_for_change(home, ".code-editor .x", before)
    rows, columns = (np.flatnonzero(drawn.any(axis=axis)) for axis in (1, 0))
    assert np.ptp(rows) > 2 * np.ptp(columns)  # a stroke from above to below


def test_a_finger_draws_too(browser, server):
    with new_visitor(browser, viewport={"width": 820, "height": 1180}, has_touch=True) as tab:
        tab.goto(server.url)
        expect(tab.locator(".code-editor .error")).to_contain_text("squared error")
        before = canvas_pixels(tab, ".code-editor .x")
        tab.get_by_role("radio", name="Draw", exact=True).tap()
        pad = tab.locator(".draw-pad canvas")
        expect(pad).to_be_visible()
        box = pad.bounding_box()
        tab.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        wait_for_change(tab, ".code-editor .x", before)


def test_the_training_can_be_leafed_through_from_noise_to_digits(home):
    home.get_by_text("3 · Learned automatically").scroll_into_view_if_needed()
    book = home.locator(".flipbook")
    history = checkpoints.history(MODEL)
    expect(book.locator("output")).to_contain_text(f"epoch {history.epochs[-1]}")
    slider = book.locator("input")
    slider.focus()
    home.keyboard.press("Home")
    expect(book.locator("output")).to_contain_text("epoch 0,")
    first = book.locator(".frame img").last.get_attribute("src")
    home.keyboard.press("ArrowRight")
    expect(book.locator("output")).to_contain_text(f"epoch {history.epochs[1]},")
    assert book.locator(".frame img").last.get_attribute("src") != first
    home.keyboard.press("Home")
    book.get_by_role("button", name="Play").click()
    expect(book.locator("output")).to_contain_text(f"epoch {history.epochs[2]},")
    book.get_by_role("button", name="Pause").click()
    expect(book.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 820])
def test_nothing_is_wider_than_the_screen(browser, server, width):
    with new_visitor(browser, viewport={"width": width, "height": 1000}) as tab:
        tab.goto(server.url)
        expect(tab.locator(".code-editor .error")).to_contain_text("squared error")
        for selector in (".code-editor", ".flipbook", "table"):
            box = tab.locator(selector).first.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
