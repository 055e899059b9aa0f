"""The latent pad in a real browser: it decodes by itself, and tells the server when the hand lets go."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, WebSocket, expect

from aecore.checkpoints import encodings
from tests.browser.conftest import new_visitor
from tests.browser.waiting import let_timers_expire, wait_until, wait_until_at_rest, wait_until_drawn


def digit(page: Page) -> np.ndarray:
    """What the decoder has drawn: uint8 (28, 28)."""
    wait_until_drawn(page)
    uri = page.locator(".latent-pad canvas.digit").evaluate("canvas => canvas.toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("L"))


def place(page: Page) -> list[float]:
    """Where the pad says it is, once it has drawn what it was told."""
    wait_until_drawn(page)
    text = page.locator(".latent-pad .where").inner_text()
    return [float(number) for number in re.findall(r"= (-?[\d.]+)", text)]


def expected(z: list[float], model: str = "vae-2") -> np.ndarray:
    return encodings.dense_network(model).decode(np.array([z]))[0, ..., 0] * 255


@pytest.fixture
def sent(page: Page) -> list:
    """Messages that the browser has sent to the server, other than its own housekeeping."""
    messages: list = []

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda message: messages.append(message))  # a builtin would not do

    page.on("websocket", listen)
    return messages


@pytest.fixture
def latent(page: Page, server, sent) -> Page:
    page.goto(f"{server.url}/latent")
    expect(page.locator(".latent-pad")).to_be_visible()
    expect(page.locator(".latent-pad .nearest figcaption")).to_contain_text("nearest training")
    return page


def to(page: Page, x: float, y: float) -> tuple[float, float]:
    """Screen coordinates of a point of the pad given as shares of its width and height."""
    box = page.locator(".latent-pad canvas.pad").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def test_it_draws_what_the_decoder_computes(latent):
    assert place(latent) == [0, 0]
    assert np.abs(digit(latent) - expected([0, 0])).max() <= 4  # half precision, and rounding down


@pytest.mark.core
def test_dragging_changes_the_picture_and_tells_the_server_only_when_the_hand_lets_go(latent, sent):
    wait_until_at_rest(latent)
    let_timers_expire(latent, 1_000)
    latent.mouse.move(*to(latent, 0.5, 0.5))
    latent.mouse.down()
    before = len(sent)
    pictures = []
    for share in (0.4, 0.3, 0.2, 0.1):
        latent.mouse.move(*to(latent, share, 0.45), steps=4)
        pictures.append(digit(latent))
    let_timers_expire(latent, 1_000)
    assert len(sent) == before
    assert len({picture.tobytes() for picture in pictures}) == 4
    latent.mouse.up()
    expect(latent.locator(".latent-pad .nearest")).not_to_have_class(re.compile("stale"))
    assert len(sent) > before
    z = place(latent)
    assert z[0] < -2
    assert np.abs(digit(latent) - expected(z)).max() <= 6  # the text has two decimals


def test_keys_move_it_and_larger_steps_with_shift(latent):
    latent.locator(".latent-pad canvas.pad").focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "Shift+ArrowRight"):
        latent.keyboard.press(key)
    expect(latent.locator(".latent-pad .where")).to_contain_text("= 0.30")
    assert place(latent) == [0.3, 0.1]


def test_where_one_stands_survives_a_page_switch_and_is_in_the_link(latent, server, browser):
    latent.mouse.click(*to(latent, 0.3, 0.3))
    expect(latent).to_have_url(re.compile(r"z=-?\d"))
    z = place(latent)
    latent.get_by_role("link", name="What is an autoencoder?").click()
    expect(latent.locator(".code-editor")).to_be_visible()
    latent.get_by_role("link", name="The latent space").click()
    expect(latent.locator(".latent-pad .where")).to_contain_text(f"= {z[0]:.2f}")
    assert place(latent) == z
    with new_visitor(browser) as other:
        other.goto(latent.url)
        expect(other.locator(".latent-pad .where")).to_contain_text(f"= {z[0]:.2f}")
        assert place(other) == z
        assert np.array_equal(digit(other), digit(latent))


def test_sliders_random_and_the_middle(latent):
    slider = latent.locator(".latent-pad .sliders input").nth(1)
    slider.focus()
    for _ in range(5):
        latent.keyboard.press("PageUp")
    assert place(latent)[1] > 0.2
    latent.get_by_role("button", name="Random").click()
    assert all(value != 0 for value in place(latent))
    latent.get_by_role("button", name="To the middle").click()
    expect(latent.locator(".latent-pad .where")).to_contain_text("0.00 σ from the middle")


def test_a_cell_of_the_manifold_puts_the_pad_there(latent):
    image = latent.locator("img.clickable-image")
    expect(image).to_be_visible()
    box = image.bounding_box()
    image.click(position={"x": box["width"] * 0.99, "y": box["height"] * 0.01})
    expect(latent.locator(".latent-pad .where")).to_contain_text("= 1.91")  # the outermost of 18 quantiles
    assert place(latent) == [1.91, 1.91]


def test_the_legend_hides_a_class(latent):
    def coloured() -> int:
        uri = latent.locator(".latent-pad canvas.pad").evaluate("canvas => canvas.toDataURL('image/png')")
        pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("RGB")).astype(int)
        return int((np.abs(pixels - (0xD5, 0x5E, 0x00)).sum(axis=-1) < 60).sum())

    before = coloured()
    assert before > 500
    latent.locator(".latent-pad .legend button").first.click()
    # What is left is where two other colours mix.
    wait_until(latent, lambda: coloured() < before / 3, "The class was not hidden.")


def test_sixteen_numbers_have_sixteen_sliders(page, server):
    page.goto(f"{server.url}/latent?model=vae-16")
    expect(page.locator(".latent-pad .sliders input")).to_have_count(16)
    slider = page.locator(".latent-pad .sliders input").first
    before = digit(page)
    slider.focus()
    page.keyboard.press("End")
    wait_until(page, lambda: not np.array_equal(before, digit(page)), "The image did not change.")
    i = int(slider.get_attribute("data-i"))
    z = np.zeros(16)
    z[i] = 3.0
    assert np.abs(digit(page) - expected(list(z), "vae-16")).max() <= 4


@pytest.mark.parametrize("width", [1280, 820])
def test_nothing_is_wider_than_the_screen(browser, server, width):
    with new_visitor(browser, viewport={"width": width, "height": 1000}) as tab:
        tab.goto(f"{server.url}/latent")
        expect(tab.locator(".latent-pad canvas.pad")).to_be_visible()
        for selector in (".latent-pad", "img.clickable-image"):
            box = tab.locator(selector).first.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
