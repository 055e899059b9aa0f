"""The maps of codes, in a real browser, on a page of their own with nothing else to wait for."""

import io
import json
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, new_visitor
from tests.browser.waiting import wait_until, wait_until_drawn

N, CLASSES, COLUMNS = 600, 6, 25
COLOURS = ("#d55e00", "#56b4e9", "#009e73", "#e69f00", "#0072b2", "#cc79a7")
FIRST = 1000  # image of point 0, of which there are none: images are told by `indices`


def points() -> dict[str, np.ndarray]:
    """Six clusters on a ring, which grows over three frames; on a plane of another order; and a cloud (N, 3).

    Point 7 has no place. The images are those of the atlas, backwards.
    """
    rng = np.random.default_rng(0)
    labels = (np.arange(N) % CLASSES).astype(np.uint8)
    angles = labels * 2 * np.pi / CLASSES
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    scatter = rng.normal(0, 0.12, (N, 2)).clip(-0.3, 0.3)
    frames = np.stack([reach * (ring + scatter) for reach in (0.01, 2.0, 40.0)])
    frames[:, 7] = np.nan
    plane = np.stack([labels + rng.normal(0, 0.1, N), rng.uniform(-3, 3, N)], axis=1)
    return {
        "labels": labels,
        "frames": frames,
        "plane": plane,
        "cloud": rng.normal(0, 1, (N, 3)),
        "indices": np.arange(N)[::-1],
    }


POINTS = points()


def tiles() -> np.ndarray:
    """The images of the atlas, no two alike: uint8 (N, 28, 28)."""
    bits = (np.arange(N)[:, None] >> np.arange(16)) & 1
    return np.pad(bits.reshape(N, 4, 4).repeat(7, 1).repeat(7, 2) * 255, 0).astype(np.uint8)


@pytest.fixture(scope="module")
def server(component_server: Server) -> Server:
    folder = component_server.folder
    np.savez(folder / "points.npz", colours=COLOURS, columns=COLUMNS, **POINTS)
    rows = tiles().reshape(N // COLUMNS, COLUMNS, 28, 28).transpose(0, 2, 1, 3)
    Image.fromarray(rows.reshape(N // COLUMNS * 28, COLUMNS * 28)).save(folder / "atlas.png")
    return component_server.page("code_map")


@pytest.fixture
def visit(page: Page, server) -> Iterator[Callable[[str], Page]]:
    """Opens the page, and sees to it that no code of it failed."""
    errors: list = []
    page.on("pageerror", lambda error: errors.append(error))

    def go(query: str) -> Page:
        page.goto(f"{server.url}{query}")
        page.wait_for_function("() => globalThis.aecoreCodeMaps && globalThis.aecoreMaps?.has('pca')")
        wait_until_drawn(page)
        return page

    yield go
    assert not errors


@pytest.fixture
def mapped(visit) -> Page:
    return visit("")


def screen(page: Page, panel: int, i: int) -> tuple[float, float]:
    """Where a point is in the browser's window."""
    wait_until_drawn(page)
    return tuple(page.evaluate(f"globalThis.aecoreCodeMaps.at(-1).screen({panel}, {i})"))


def places(page: Page, panel: int) -> np.ndarray:
    """Where all points are in the browser's window: (N, 2), with nan for what has no place."""
    wait_until_drawn(page)
    script = f"Array.from({{length: {N}}}, (_, i) => globalThis.aecoreCodeMaps.at(-1).screen({panel}, i))"
    return np.array(page.evaluate(script), float)


def colour(page: Page, at: tuple[float, float]) -> np.ndarray:
    """What is on screen around a place: (3,), of the pixel that is farthest from grey."""
    wait_until_drawn(page)
    clip = {"x": round(at[0]) - 2, "y": round(at[1]) - 2, "width": 5, "height": 5}
    pixels = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")).reshape(-1, 3).astype(int)
    return pixels[np.ptp(pixels, axis=1).argmax()]


def lone(page: Page, panel: int, among: np.ndarray) -> int:
    """That point of `among` which is farthest from all others."""
    where = places(page, panel)
    away = np.linalg.norm(where[among][:, None] - where[None], axis=2)
    away[np.arange(len(among)), among] = np.inf
    return int(among[np.nanmin(away, axis=1).argmax()])


def seen(page: Page, expected: list) -> None:
    expect(page.get_by_text("Seen:")).to_have_text(f"Seen: {json.dumps(expected)}")


def of_class(label: int) -> np.ndarray:
    return np.flatnonzero((POINTS["labels"] == label) & (np.arange(N) != 7))


def drag(page: Page, path: list[tuple[float, float]]) -> None:
    page.mouse.move(*path[0])
    page.mouse.down()
    for at in path[1:]:
        page.mouse.move(*at)
    page.mouse.up()


def tip(page: Page):
    return page.locator(".code-map .tip:visible")


def test_hovering_shows_the_image_of_the_point_and_where_it_is_in_the_other_map(mapped):
    i = lone(mapped, 0, of_class(2))
    before = colour(mapped, np.add(screen(mapped, 1, i), (9, 0)))
    mapped.mouse.move(*screen(mapped, 0, i))
    expect(tip(mapped)).to_have_text(f"test image {N - 1 - i}, a 2")
    expect(tip(mapped).locator("canvas")).to_be_visible()
    script = "canvas => Array.from(canvas.getContext('2d').getImageData(0, 0, 84, 84).data)"
    image = np.array(tip(mapped).locator("canvas").evaluate(script)).reshape(84, 84, 4)[1::3, 1::3, 0]
    assert np.array_equal(image, tiles()[N - 1 - i])
    assert not np.array_equal(colour(mapped, np.add(screen(mapped, 1, i), (7.5, 0))), before)
    mapped.mouse.move(*(np.add(screen(mapped, 0, i), (200, 0))))
    mapped.mouse.move(2, 2)
    expect(tip(mapped)).to_have_count(0)


def test_a_digit_of_ones_own_is_pinned_on_its_map_and_says_what_it_is(visit):
    page = visit("?own=1")
    box = page.locator(".code-map .stage").first.bounding_box()
    page.mouse.move(*np.nanmean(places(page, 0), axis=0) - (0, 25))
    expect(tip(page)).to_have_text("your own digit")
    page.mouse.click(*np.nanmean(places(page, 0), axis=0) - (0, 25))
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    expect(tip(page)).to_have_count(0)
    seen(page, [None, None])


def test_a_click_picks_a_point_the_server_hears_it_and_a_click_beside_lets_go(mapped):
    i = lone(mapped, 1, of_class(0))
    mapped.mouse.click(*screen(mapped, 1, i))
    seen(mapped, [i, None])
    box = mapped.locator(".code-map .stage").nth(1).bounding_box()
    mapped.mouse.click(box["x"] + 5, box["y"] + 5)
    seen(mapped, [None, None])
    mapped.mouse.click(*screen(mapped, 1, i))  # the same again
    seen(mapped, [i, None])


def test_the_lasso_takes_exactly_what_is_inside_and_lights_it_up_in_both_maps(mapped):
    mapped.get_by_role("button", name="Class names").click()
    where = places(mapped, 0)
    middle = np.nanmean(where[POINTS["labels"] == 1], axis=0)
    corners = middle + np.array([[-60, -50], [55, -70], [10, 0], [70, 60], [-40, 65]])
    mapped.get_by_role("button", name="Lasso").click()
    drag(mapped, [tuple(corner) for corner in corners])
    inside = [int(i) for i in np.flatnonzero(winding(corners, where))]
    assert 20 < len(inside) < 100
    seen(mapped, [None, inside])
    expect(mapped.locator(".code-map .count")).to_have_text(f"{len(inside)} points")
    dark = lone(mapped, 1, np.setdiff1d(of_class(1), inside))
    lit = lone(mapped, 1, np.array(inside))
    other = lone(mapped, 0, of_class(4))
    vivid = [np.ptp(colour(mapped, screen(mapped, panel, i))) for panel, i in ((1, dark), (1, lit), (0, other))]
    assert vivid[0] < 40 < 100 < vivid[1]
    assert vivid[2] < 40
    mapped.get_by_role("button", name="Clear").click()
    seen(mapped, [None, []])
    assert np.ptp(colour(mapped, screen(mapped, 0, other))) > 100


def winding(polygon: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Which places (N, 2) a polygon (K, 2) goes around: (N,)."""
    arms = polygon[None] - where[:, None]
    angles = np.arctan2(arms[..., 1], arms[..., 0])
    turns = np.diff(angles, axis=1, append=angles[:, :1])
    turns = (turns + np.pi) % (2 * np.pi) - np.pi
    return np.abs(turns.sum(axis=1)) > np.pi  # false for nan


def test_the_legend_hides_a_class_in_both_maps_and_a_double_click_shows_one_alone(mapped):
    i = lone(mapped, 0, of_class(3))
    legend = mapped.get_by_role("group", name="Classes shown").get_by_role("button")
    legend.nth(3).click()
    expect(legend.nth(3)).to_have_attribute("aria-pressed", "false")
    mapped.mouse.move(*screen(mapped, 0, i))
    wait_until_drawn(mapped)
    expect(tip(mapped)).to_have_count(0)
    assert np.ptp(colour(mapped, screen(mapped, 1, i))) < 20
    legend.nth(3).dblclick()
    assert [button.get_attribute("aria-pressed") for button in legend.all()] == ["false"] * 3 + ["true"] + ["false"] * 2
    mapped.mouse.move(*np.add(screen(mapped, 0, i), 1))
    expect(tip(mapped)).to_contain_text("a 3")
    legend.nth(3).dblclick()
    assert {button.get_attribute("aria-pressed") for button in legend.all()} == {"true"}


def test_the_scrubber_leafs_through_the_frames_and_plays_them(mapped):
    words, scrub = mapped.locator(".code-map .scrub output:visible"), mapped.get_by_role("slider")
    expect(words).to_have_text("iteration 300 of 300, KL divergence 2.000")
    expect(scrub).to_have_count(1)
    spread = np.nanstd(places(mapped, 0))
    scrub.focus()
    mapped.keyboard.press("ArrowLeft")
    expect(words).to_have_text("iteration 200 of 300, KL divergence 2.500")
    assert np.nanstd(places(mapped, 0)) == pytest.approx(spread, rel=0.02)  # the view goes with the reach
    mapped.keyboard.press("Home")
    expect(words).to_have_text("iteration 100 of 300, KL divergence 3.000")
    first = places(mapped, 0)
    mapped.get_by_role("button", name="Play").click()
    expect(mapped.get_by_role("button", name="Pause")).to_be_visible()
    expect(words).to_have_text("iteration 300 of 300, KL divergence 2.000")
    expect(mapped.get_by_role("button", name="Play")).to_be_visible()
    scrub.focus()
    mapped.keyboard.press("Home")
    assert np.allclose(places(mapped, 0), first, equal_nan=True)


def test_the_wheel_zooms_at_the_pointer_and_a_drag_moves_the_map(mapped):
    i, other = lone(mapped, 0, of_class(5)), int(of_class(2)[0])
    before, far = screen(mapped, 0, i), screen(mapped, 0, other)
    pointer = np.round(before)
    mapped.mouse.move(*pointer)
    for _ in range(4):
        mapped.mouse.wheel(0, -100)
    expected = pytest.approx(pointer + np.e * (before - pointer), abs=0.1)
    wait_until(mapped, lambda: screen(mapped, 0, i) == expected, "The map did not zoom.")
    zoomed = screen(mapped, 0, i)
    assert screen(mapped, 0, other) == pytest.approx(pointer + np.e * (far - pointer), abs=0.1)
    drag(mapped, [tuple(pointer), tuple(pointer + np.array([60, -40]))])
    assert screen(mapped, 0, i) == pytest.approx(np.add(zoomed, (60, -40)), abs=0.1)
    seen(mapped, [None, None])  # a drag picks nothing
    mapped.get_by_role("button", name="Fit").click()
    assert screen(mapped, 0, other) == pytest.approx(far, abs=1)


def test_a_rerun_keeps_the_view_the_frame_and_the_hidden_classes(mapped):
    mapped.mouse.move(*screen(mapped, 1, 3))
    mapped.mouse.wheel(0, -200)
    legend = mapped.get_by_role("group", name="Classes shown").get_by_role("button")
    legend.nth(1).click()
    mapped.get_by_role("slider").focus()
    mapped.keyboard.press("Home")
    mapped.get_by_role("button", name="Lasso").click()
    before = [places(mapped, panel) for panel in (0, 1)]
    mapped.get_by_role("button", name="Again").click()
    expect(mapped.get_by_text("Pressed: 1")).to_be_visible()
    expect(legend.nth(1)).to_have_attribute("aria-pressed", "false")
    expect(mapped.get_by_role("button", name="Lasso")).to_have_attribute("aria-pressed", "true")
    expect(mapped.locator(".code-map .scrub output:visible")).to_contain_text("iteration 100 of 300")
    for panel in (0, 1):
        assert np.allclose(places(mapped, panel), before[panel], equal_nan=True, atol=0.5)


def test_frames_that_arrive_are_followed_until_the_visitor_goes_back(visit):
    page = visit("?live=1")
    words, scrub = page.locator(".code-map .scrub output:visible"), page.get_by_role("slider")
    step = page.get_by_role("button", name="Next frame")
    expect(words).to_have_count(0)
    step.click()
    expect(words).to_have_text("iteration 200, the newest, KL divergence 2.500")
    scrub.focus()
    page.keyboard.press("Home")
    expect(words).to_have_text("iteration 100 of 200 so far, KL divergence 3.000")
    step.click()
    expect(words).to_have_text("iteration 100 of 300 so far, KL divergence 3.000")
    scrub.focus()
    page.keyboard.press("End")
    expect(words).to_have_text("iteration 300, the newest, KL divergence 2.000")


def test_the_files_hold_what_is_shown(mapped):
    mapped.get_by_role("group", name="Classes shown").get_by_role("button").nth(1).click()
    with mapped.expect_download() as event:
        mapped.get_by_role("button", name="SVG").click()
    assert event.value.suggested_filename == "codes.svg"
    svg = ElementTree.parse(event.value.path()).getroot()
    space = {"svg": "http://www.w3.org/2000/svg"}
    # Without class 1, which the point without a place is one of.
    assert len(svg.findall(".//svg:circle", space)) == 2 * (N - N // CLASSES)
    groups = {group.find("svg:title", space).text: group for group in svg.findall(".//svg:g[@fill]", space)}
    assert set(groups) == set("02345")
    assert "t-SNE <1>" in [text.text for text in svg.findall(".//svg:text", space)]
    with mapped.expect_download() as event:
        mapped.get_by_role("button", name="PNG").click()
    assert event.value.suggested_filename == "codes.png"
    picture = np.asarray(Image.open(event.value.path()).convert("RGB"))
    side = mapped.locator(".code-map .stage").first.bounding_box()["width"]
    assert picture.shape[1] == pytest.approx(2 * (2 * side + 3 * 24), abs=4)
    present = {tuple(pixel) for pixel in picture[picture.shape[0] - 90 :].reshape(-1, 3)}
    assert tuple(bytes.fromhex(COLOURS[0][1:])) in present
    assert tuple(bytes.fromhex(COLOURS[1][1:])) not in present


def test_a_cloud_turns_under_the_hand_and_its_points_keep_their_distances(visit):
    page = visit("?cloud=1")
    before = places(page, 1)
    box = page.locator(".code-map .stage").nth(1).bounding_box()
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    drag(page, [tuple(middle), (middle[0] + box["width"] / 2, middle[1])])  # by a quarter of a turn
    after = places(page, 1)
    assert np.abs(after - before)[:, 0].mean() > 20
    pivot = POINTS["cloud"].min(axis=0) / 2 + POINTS["cloud"].max(axis=0) / 2
    arms = np.linalg.norm(POINTS["cloud"] - pivot, axis=1)
    for shown in (before, after):  # x and y on the screen and the depth at the other angle are all of an arm
        assert (np.linalg.norm(shown - middle, axis=1) / arms).max() < box["width"] / 2 / arms.max()
    turned = np.hypot(after[:, 0] - middle[0], before[:, 0] - middle[0])
    assert np.corrcoef(turned**2 + (before[:, 1] - middle[1]) ** 2, arms**2)[0, 1] > 0.999
    i = lone(page, 1, np.arange(N))
    page.mouse.move(*screen(page, 1, i))
    expect(tip(page)).to_have_text(f"test image {N - 1 - i}, a {POINTS['labels'][i]}")


def test_keys_move_zoom_pick_and_let_go(mapped):
    i = lone(mapped, 0, of_class(4))
    mapped.mouse.move(*screen(mapped, 0, i))
    canvas = mapped.get_by_role("application").first
    canvas.focus()
    before = screen(mapped, 0, i)
    mapped.keyboard.press("Enter")
    seen(mapped, [i, None])
    expect(mapped.locator(".code-map .said")).to_have_text(f"Picked: test image {N - 1 - i}, a 4.")
    mapped.keyboard.press("ArrowLeft")
    side = canvas.bounding_box()["width"]
    assert screen(mapped, 0, i) == pytest.approx(np.add(before, (0.1 * side, 0)), abs=1)
    mapped.keyboard.press("+")
    assert screen(mapped, 0, i) != pytest.approx(np.add(before, (0.1 * side, 0)), abs=1)
    mapped.keyboard.press("0")
    assert screen(mapped, 0, i) == pytest.approx(before, abs=1)
    mapped.keyboard.press("Escape")
    seen(mapped, [None, None])


def test_images_stand_for_points_where_there_is_room_and_more_of_them_nearer_by(mapped):
    mapped.get_by_role("button", name="as marks").click()

    def count_images() -> int:
        """How many there are in the first map, by its file."""
        with mapped.expect_download() as event:
            mapped.get_by_role("button", name="SVG").click()
        svg = ElementTree.parse(event.value.path()).getroot()
        first = svg.find("{http://www.w3.org/2000/svg}g")
        return len(first.findall("{http://www.w3.org/2000/svg}image"))

    wait_until(mapped, lambda: count_images() > 10, "No images came.")
    before = count_images()
    assert before < N / 3
    mapped.mouse.move(*np.nanmean(places(mapped, 0)[of_class(0)], axis=0))
    mapped.mouse.wheel(0, -120)
    mapped.mouse.wheel(0, -120)
    wait_until(mapped, lambda: count_images() != before, "As many images stand for points as before.")
    assert np.nanstd(places(mapped, 0)[of_class(0)]) > 30


def test_without_frames_there_is_but_a_caption_and_no_trouble(visit):
    page = visit("?empty=1")
    expect(page.get_by_text("Neighbours.")).to_be_visible()
    box = page.locator(".code-map .stage").first.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.wheel(0, -100)
    drag(page, [(box["x"] + 100, box["y"] + 100), (box["x"] + 150, box["y"] + 100)])
    page.mouse.click(box["x"] + 100, box["y"] + 100)
    for name in ("as marks", "Fit", "SVG", "PNG"):
        page.get_by_role("button", name=name).click()
    page.mouse.move(*screen(page, 1, lone(page, 1, of_class(0))))
    expect(tip(page)).to_contain_text("a 0")


def test_a_finger_picks_and_two_zoom(browser, server):
    with new_visitor(browser, viewport={"width": 360, "height": 1400}, has_touch=True, device_scale_factor=2) as tab:
        tab.goto(server.url)
        tab.wait_for_function("() => globalThis.aecoreCodeMaps && globalThis.aecoreMaps?.has('pca')")
        for part in (".tools", ".legend", ".stage >> nth=0", ".stage >> nth=1", ".scrub >> nth=0"):
            box = tab.locator(f".code-map {part}").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
        i, other = lone(tab, 0, of_class(0)), int(of_class(3)[0])
        tab.touchscreen.tap(*screen(tab, 0, i))
        seen(tab, [i, None])
        expect(tip(tab)).to_have_text(f"test image {N - 1 - i}, a 0")
        fingers = tab.context.new_cdp_session(tab)
        before = np.subtract(screen(tab, 0, other), screen(tab, 0, i))
        box = tab.locator(".code-map .stage").first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for step, kind in enumerate(["touchStart", *["touchMove"] * 4]):
            ends = [{"x": x + side * (20 + 5 * step), "y": y, "id": side} for side in (0, 1)]
            ends[0]["x"] = x - 20 - 5 * step
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": ends})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert np.subtract(screen(tab, 0, other), screen(tab, 0, i)) == pytest.approx(2 * before, rel=0.05)
