"""The labs of convolution in a real browser: the field is moved, filters are edited, and the sums are ours."""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from aecore import datasets
from aecore.datasets import filter_images
from aecore.imaging import convolution, kernels
from aecore.imaging.kernels import FILTERS
from pages.lessons.convolution import model
from pages.shared.components import labs
from tests.browser.conftest import ROOT

LAB = "globalThis.aecoreLab"
NUMBERS = (ROOT / "pages" / "shared" / "components" / "lab_numbers.js").read_text()
RUN = {  # cases of random settings → what the browser makes of them
    "convolution": """return cases.map(({ maps, window, size, kernel }) => {
        const x = unpackMaps(maps)
        return [...convolved(x, kernel, planOf(x.h, x.w, size, window), 0, false).values]
    })""",
    "pooling": """return cases.map(({ maps, window, size }) => {
        const x = unpackMaps(maps)
        const plan = planOf(x.h, x.w, size, { ...window, dilation: 1 })
        return ["max", "average"].flatMap((kind) => [...pooled(x, plan, kind).values])
    })""",
    "way back": """return cases.map(({ maps, window, size, kernel }) => {
        const x = unpackMaps(maps)
        return [...stamped(x, kernel, stampPlan(x, size, window.stride), 0, false, () => true).out.values]
    })""",
}


@pytest.fixture
def visit(page: Page, server) -> Iterator[Callable[[str], Page]]:
    """Opens the page with a link, and sees to it that no code of it failed."""
    errors: list = []
    page.on("pageerror", lambda error: errors.append(error))

    def go(query: str = "") -> Page:
        page.goto(f"{server.url}/convolution{query}")
        page.wait_for_function(f"() => {LAB}")
        return page

    yield go
    assert not errors


def lab(page: Page) -> dict:
    """What the lab has drawn last."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.evaluate(LAB)


def values(page: Page) -> np.ndarray:
    """The lab's result, (H, W)."""
    state = lab(page)
    return np.array(state["values"]).reshape(state["rows"], state["columns"])


def stands_at(page: Page, row: int, column: int) -> None:
    page.wait_for_function(f"() => String({LAB}.at) === '{row},{column}'")


def canvas(page: Page, which: str):
    return page.locator(f".lab figure.{which} canvas")


def point(page: Page, which: str, share: tuple[float, float]) -> tuple[float, float]:
    """Where in the window a place of a picture is, given in shares of its height and width."""
    canvas(page, which).scroll_into_view_if_needed()
    box = canvas(page, which).bounding_box()
    return box["x"] + share[1] * box["width"], box["y"] + share[0] * box["height"]


def has_link(page: Page, words: str) -> None:
    expect(page).to_have_url(re.compile(re.escape(words)))


def test_the_lessons_sum_is_there_and_another_place_gives_nothing(visit):
    page = visit()
    written = page.locator(".lab .written")
    expect(written).to_have_text("(50·30) + (50·30) + (50·30) + (20·30) + (50·30) = 6600")
    expect(page.locator(".lab .pixel")).to_have_text("6600")
    page.get_by_role("button", name="On the nose: 0").click()
    expect(written).to_have_text("every product is 0 = 0")
    has_link(page, f"at={kernels.ELSEWHERE_AT[0]},{kernels.ELSEWHERE_AT[1]}".replace(",", "%2C"))
    expect(page.get_by_role("status").filter(has_text="Row 11, column 21: 0")).to_be_attached()


@pytest.mark.core
def test_the_field_is_dragged_and_moved_by_keys_and_the_link_keeps_where(visit):
    page = visit("?filter=vertical")
    page.mouse.move(*point(page, "input", (0.5, 0.5)))
    page.mouse.down()
    page.mouse.move(*point(page, "input", (0.2, 0.3)), steps=4)
    page.mouse.up()
    # Of 28 pixels the field covers those around number 5.6 from above and 8.4 from the left.
    stands_at(page, 4, 7)
    has_link(page, "at=4%2C7")
    for key, place in (("ArrowRight", (4, 8)), ("ArrowDown", (5, 8)), ("Shift+ArrowLeft", (5, 3)), ("ArrowUp", (4, 3)),
                       ("Home", (0, 0)), ("ArrowUp", (0, 0)), ("End", (25, 25))):  # fmt: skip
        page.keyboard.press(key)
        stands_at(page, *place)
    has_link(page, "at=25%2C25")
    page.mouse.click(*point(page, "output", (0.5, 0.5)))
    stands_at(page, 13, 13)
    has_link(page, "at=13%2C13")
    page.reload()
    page.wait_for_function(f"() => {LAB}")
    stands_at(page, 13, 13)


def test_playing_fills_the_map_and_stops_where_it_is_told(visit):
    page = visit("?stride=2&filter=vertical")
    page.wait_for_function(f"() => {LAB}.filled.every(Boolean)")
    page.get_by_label("Speed, pixels per second").fill("5")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(f"() => {LAB}.at[0] >= 1 && !{LAB}.filled.at(-1)")
    page.get_by_role("button", name="Pause").click()
    paused = lab(page)
    row, column = paused["at"]
    assert sum(paused["filled"]) == row * 13 + column + 1
    has_link(page, f"at={row}%2C{column}")
    page.get_by_role("button", name="Step").click()
    assert sum(lab(page)["filled"]) == row * 13 + column + 2
    page.get_by_label("Speed, pixels per second").fill("7")
    canvas(page, "input").focus()
    page.keyboard.press("Space")
    page.wait_for_function(f"() => String({LAB}.at) === '12,12' && {LAB}.filled.every(Boolean)")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_role("button", name="Empty it").click()
    assert sum(lab(page)["filled"]) == 1
    page.get_by_role("button", name="Fill all").click()
    assert all(lab(page)["filled"])


def test_a_number_that_is_typed_counts_at_once_and_makes_the_filter_ones_own(visit):
    page = visit("?filter=vertical&picture=photo")
    cell = page.get_by_label("Filter, row 2, column 2")
    cell.fill("−2,5")
    own = np.array(FILTERS["vertical"].numbers)
    own[1, 1] = -2.5
    expected = convolution.convolve(filter_images.photo()[None], own[..., None, None], padding="valid")[0, ..., 0]
    np.testing.assert_allclose(values(page), expected, atol=1e-4)
    cell.press("Enter")
    has_link(page, "filter=own")
    expect(page.get_by_text("Your own numbers. Type into")).to_be_visible()
    assert np.allclose(values(page), expected, atol=1e-4)
    page.get_by_label("+ bias").fill("-1")
    page.get_by_label("+ bias").press("Enter")
    has_link(page, "bias=-1")
    page.get_by_label("ReLU").check()
    np.testing.assert_allclose(values(page), np.maximum(expected - 1, 0), atol=1e-4)
    has_link(page, "relu=1")
    page.get_by_role("button", name="Undo").click()
    np.testing.assert_allclose(values(page), expected - 1, atol=1e-4)
    page.get_by_role("button", name="Reset").click()
    has_link(page, "filter=vertical")
    assert "bias" not in page.url
    cell.fill("nonsense")
    expect(cell).to_have_attribute("aria-invalid", "true")
    cell.press("Tab")
    expect(cell).to_have_value("0")


@pytest.mark.core
@pytest.mark.parametrize("kind", ["convolution", "pooling", "way back"])
def test_the_browsers_arithmetic_is_ours(page, kind):
    rng = np.random.default_rng(0)
    cases, expected = [], []
    for _ in range(60):
        h, w, c = (int(side) for side in rng.integers(1, 12, 3))
        size, stride, dilation = (int(number) for number in rng.integers(1, 4, 3))
        padding = ("same", "valid")[int(rng.integers(2))]
        if padding == "valid" and convolution.reach(size, dilation) > min(h, w):
            padding = "same"
        x = rng.normal(size=(1, h, w, c if kind == "convolution" else 1)).astype(np.float32)
        kernel = rng.normal(size=(size, size, x.shape[-1])).astype(np.float32)
        if kind == "convolution":
            out = convolution.convolve(x, kernel[..., None], None, stride, padding, dilation)
        elif kind == "pooling":
            dilation = 1
            out = np.concatenate([convolution.pool(x, size, stride, padding, each) for each in ("max", "average")])
        else:
            out = convolution.convolve_transposed(x, kernel[..., None], stride=stride)
        maps, window = labs.packed(x[0]), {"stride": stride, "padding": padding, "dilation": dilation}
        cases.append({"maps": maps, "window": window, "size": size, "kernel": kernel.ravel().tolist()})
        expected.append(out.ravel())
    results = page.evaluate(f"cases => {{ {NUMBERS}; {RUN[kind]} }}", cases)
    for ours, theirs in zip(expected, results, strict=True):
        np.testing.assert_allclose(theirs, ours, atol=1e-4)


def test_a_stride_keeps_the_field_on_the_same_part_of_the_picture(visit):
    page = visit("?filter=vertical&at=12,8")
    stands_at(page, 12, 8)
    page.get_by_role("radio", name="same").click()
    stands_at(page, 13, 9)
    has_link(page, "at=13%2C9")


def test_a_trained_filters_slices_add_up(visit):
    layer, index = "decoder_3", 15
    page = visit(f"?net=conv-128&layer={layer}&index={index}&digit=17")
    digit = datasets.load_test("mnist")[0][17]
    found = model.trained("conv-128", layer, index, digit)
    maps, kernel, bias = found.maps, found.kernel, found.bias
    padding = model.padding("conv-128", layer)
    out = convolution.convolve(maps[None], kernel[..., None], padding=padding)[0, ..., 0]
    np.testing.assert_allclose(values(page), np.maximum(out + bias, 0), atol=1e-3)
    cards = page.locator(".lab .channels > button")
    expect(cards).to_have_count(maps.shape[2])
    canvas(page, "input").focus()
    page.keyboard.press("End")
    stands_at(page, out.shape[0] - 1, out.shape[1] - 1)
    cards.nth(1).click()
    expect(page.get_by_text(f"Channel 2 of {maps.shape[2]}")).to_be_visible()
    assert lab(page)["channel"] == 1
    page.get_by_role("button", name="Another one").click()
    page.wait_for_url(lambda url: "digit=17" not in url)
    assert lab(page)["channel"] == 1
    assert lab(page)["at"] == [out.shape[0] - 1, out.shape[1] - 1]


def test_the_labs_pooling_is_ours(visit):
    page = visit("?section=pool&digit=17&size=3&step=2")
    digit = datasets.load_test("mnist")[0][17:18].astype(np.float32) / 255
    np.testing.assert_allclose(values(page), convolution.pool(digit, 3, 2)[0, ..., 0], atol=1e-4)


def test_pooling_names_the_winner_and_counts_what_is_left(visit):
    page = visit("?section=pool")
    assert lab(page)["count"] == "784 → 196 numbers: a quarter."
    assert "The largest of 50, 20, 50, 0 is 50. It is kept, 3 others are thrown away." in lab(page)["said"]
    expect(page.locator(".lab .cell.wins")).to_have_count(1)
    expect(page.locator(".lab .cell.loses")).to_have_count(3)
    canvas(page, "input").focus()
    page.keyboard.press("Home")
    expect(page.locator(".lab .said")).to_have_text("The largest of 0, 0, 0, 0 is 0. It is kept, here nothing is lost.")
    page.get_by_role("radio", name="Average").click()
    expect(page.locator(".lab .said")).to_contain_text("(0 + 0 + 0 + 0) / 4 = 0")


def test_stamps_are_made_one_by_one_and_edited(visit):
    page = visit("?section=back")
    assert set(lab(page)["counts"]) == {1, 2, 4}
    small = convolution.pool(kernels.mouse()[None])
    ours = convolution.convolve_transposed(small, kernels.stamps(2)["ones"].kernel)
    np.testing.assert_allclose(values(page), ours[0, ..., 0], atol=1e-4)
    page.get_by_role("button", name="Empty it").click()
    assert (values(page) > 0).sum() == 9
    page.get_by_role("button", name="Fill all").click()
    page.get_by_label("Filter, row 2, column 2").fill("5")
    page.get_by_label("Filter, row 2, column 2").press("Enter")
    has_link(page, "stamp=own")
    page.get_by_role("radio", name="Upsampling").click()
    page.wait_for_function(f"() => {LAB}.counts.every(count => count === 1)")
    np.testing.assert_allclose(values(page), convolution.upsample(small)[0, ..., 0], atol=1e-4)


def test_a_tablet_sees_both_pictures_and_the_numbers(visit, page):
    page.set_viewport_size({"width": 820, "height": 1180})
    visit()
    lab(page)
    parts = [page.locator(f".lab {part}").element_handle() for part in (".input", ".output", ".middle")]
    boxes = page.evaluate("parts => parts.map(part => part.getBoundingClientRect().toJSON())", parts)
    assert boxes[0]["top"] == boxes[1]["top"]
    assert boxes[2]["top"] >= boxes[0]["bottom"]
    assert all(box["left"] >= 0 and box["right"] <= 820 for box in boxes)
    assert not page.evaluate("() => document.documentElement.scrollWidth > 820")
