"""Where the visitor's system sets the colours (high contrast): what is chosen or filled is still seen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import new_visitor


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_visitor(browser, forced_colors="active", color_scheme="dark") as tab:
        yield tab


def colour(page: Page, name: str) -> str:
    """A colour of the system, as computed styles write it."""
    return page.evaluate(
        """(name) => {
            const probe = document.body.appendChild(document.createElement("i"))
            probe.style.cssText = `forced-color-adjust: none; background: ${name}`
            const { backgroundColor } = getComputedStyle(probe)
            probe.remove()
            return backgroundColor
        }""",
        name,
    )


def background(element: Locator) -> str:
    """The colour it has once it has changed into it."""
    return element.evaluate(
        """async (element) => {
            await Promise.allSettled(element.getAnimations().map((animation) => animation.finished))
            return getComputedStyle(element).backgroundColor
        }"""
    )


def test_chosen_buttons_sliders_and_bars_have_the_system_s_colours(page, server):
    page.goto(f"{server.url}/denoise_digits")
    chosen = page.get_by_role("radio", name="Digits")
    expect(chosen).to_be_checked()
    highlight, canvas, text = (colour(page, name) for name in ("Highlight", "Canvas", "CanvasText"))
    assert len({highlight, canvas, text}) == 3
    assert background(chosen) == highlight
    assert background(page.get_by_role("radio", name="Clothes")) != highlight
    assert background(page.locator('a[aria-current="page"]')) == highlight
    line = page.locator('.stSlider [role="group"] > div > div').first
    thumb = page.locator('.stSlider [role="group"] > div > div:has(input)').first
    assert background(line) == text
    assert background(thumb) == highlight


def test_bars_of_a_code_and_pressed_buttons_of_components(page, server):
    page.goto(server.url)
    bar = page.locator(".code-editor .bar").first
    expect(bar).to_be_visible()
    highlight, text = colour(page, "Highlight"), colour(page, "CanvasText")
    assert background(bar.locator(".fill")) == highlight
    bar.press("ArrowUp")
    assert background(bar.locator(".fill")) == text
    page.get_by_test_id("stTopNavLink").filter(has_text="See the codes").click()
    pressed = page.locator('.code-map .tools button[aria-pressed="true"]').first
    expect(pressed).to_be_visible()
    assert background(pressed) == highlight
    assert background(page.locator('.code-map .tools button[aria-pressed="false"]').first) != highlight
    shown = page.locator(".code-map .legend button")
    colours = shown.evaluate_all("list => list.map(button => getComputedStyle(button).borderBottomColor)")
    assert len(set(colours)) == 10  # they say which class is which


def test_toggles_and_tabs(page, server):
    page.goto(server.url)
    tab = page.get_by_role("tab", name="How many numbers does it need?")
    expect(tab).to_have_attribute("aria-selected", "true")
    highlight = colour(page, "Highlight")
    assert background(tab) == highlight
    page.goto(f"{server.url}/denoise_documents")
    switch = page.locator(".stCheckbox label").filter(has_text="Compare with classical methods")
    box = switch.locator("> div").first
    expect(switch).to_be_visible()
    assert background(box) != highlight
    switch.click()
    expect(switch).to_have_attribute("data-selected", "true")
    assert background(box) == highlight
