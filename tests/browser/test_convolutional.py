"""The convolutional network in a real browser: it trains, its maps change, and one of them is opened."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.waiting import wait_until

QUICK = "widths=4-4&code_dim=196&n_train=2000&epochs=3"


def drawn(page: Page, name: str) -> list[int]:
    """The pixels of a feature map on the page."""
    return (
        page.get_by_role("button", name=name)
        .locator("canvas")
        .evaluate("canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)")
    )


@pytest.mark.core
def test_a_feature_map_is_opened_and_one_of_its_units(page, server, errors):
    page.goto(f"{server.url}/convolutional")
    expect(page.get_by_role("heading", name="Convolution 2, filter 4")).to_be_visible()
    wanted = page.get_by_role("button", name="Convolution 1: filter 2 of 16", exact=True).first
    wanted.click()
    expect(page.get_by_role("heading", name="Convolution 1, filter 2")).to_be_visible()
    expect(wanted).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("layer=encoder_1&index=1"))
    expect(page.get_by_text("Measured by the gradient, it is 3 × 3: the same")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("sees rows")).nth(9)).to_be_visible()  # 1 + 9
    enlarged = page.get_by_role("img", name="Press a unit, or move by arrow keys, to see how far it sees.")
    box = enlarged.bounding_box()
    enlarged.click(position={"x": 2.5 / 28 * box["width"], "y": 5.5 / 28 * box["height"]})
    expect(page.get_by_text("The framed unit, row 6, column 3")).to_be_visible()
    expect(page.get_by_role("img", name="sees rows 5 to 7 and columns 2 to 4").first).to_be_visible()
    expect(page).to_have_url(re.compile("unit=5-2"))
    enlarged.press("ArrowDown")
    expect(page.get_by_text("The framed unit, row 7, column 3")).to_be_visible()
    wanted = page.get_by_role("button", name="Upsampling 2: map 8 of 8")
    wanted.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Upsampling 2, map 8")).to_be_visible()
    assert not errors


def test_the_maps_change_while_it_trains(page, server, errors):
    page.goto(f"{server.url}/convolutional?{QUICK}&look=untrained")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("What each layer of your run")).to_be_visible()
    name = "Output: convolution and sigmoid"
    before = drawn(page, name)
    expect(page.get_by_text("Finished at epoch 3 of 3")).to_be_visible()
    expect(page.get_by_text("What each layer of your run, epoch 3 makes of")).to_be_visible()
    wait_until(page, lambda: drawn(page, name) != before, "The map of the output did not change.")
    page.get_by_text("Compared with dense networks").click()
    page.get_by_role("button", name="Train the two dense networks").click()
    expect(page.get_by_text("Fewest parameters: Convolutional")).to_be_visible()
    assert not errors
