"""The swipe between two pictures of a page, in a real browser, on a page of its own with nothing else to wait for."""

import base64
import io
import itertools
import json

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, new_visitor
from tests.browser.waiting import let_timers_expire, wait_until, wait_until_at_rest, wait_until_drawn

HEIGHT, WIDTH = 900, 1200
GREY, WHITE, DARK = 128, 255, 60
BELOW = np.s_[360:620]  # the divider's knob, whose ring comes and goes with the focus, and above the round corners


def after() -> np.ndarray:
    """A white page with a black rectangle, in which every other pixel is white a little right of the middle."""
    page = np.full((HEIGHT, WIDTH), WHITE, np.uint8)
    page[300:600, 400:800] = 0
    page[300:600, 620:700] = 255 * (np.indices((300, 80)).sum(axis=0) % 2)
    return page


@pytest.fixture(scope="module")
def server(component_server: Server) -> Server:
    folder = component_server.folder
    pictures = {"before": np.full((HEIGHT, WIDTH), GREY, np.uint8), "after": after(), "other": 255 - after()}
    uris = {}
    for name, picture in pictures.items():
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        uris[name] = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    (folder / "pictures.json").write_text(json.dumps(uris))
    Image.new("L", (WIDTH, HEIGHT), DARK).save(folder / "classical.png")
    return component_server.page("swipe")


@pytest.fixture
def swiped(page: Page, server) -> Page:
    page.goto(server.url)
    expect(page.locator(".swipe img.shown")).to_have_count(2)
    return page


def stage(page: Page) -> np.ndarray:
    """What is on screen between the edges of the stage: uint8 (height, width)."""
    wait_until_drawn(page)
    shot = page.locator(".swipe .stage").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("L"))


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Screen coordinates of a point of the stage given as shares of its width and height."""
    box = page.locator(".swipe .stage").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def drag(page: Page, begin: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *begin))
    page.mouse.down()
    page.mouse.move(*at(page, *end), steps=4)
    page.mouse.up()


def shade(picture: np.ndarray, x: float, y: float) -> int:
    return int(picture[round(y * picture.shape[0]), round(x * picture.shape[1])])


def seen(page: Page, **expected: float) -> dict[str, float]:
    """What the server was told last, once it is what is expected."""

    def told() -> dict[str, float] | None:
        return json.loads(page.get_by_text("Seen:").inner_text().removeprefix("Seen: "))

    def is_expected() -> bool:
        view = told()
        return bool(view) and all(abs(view[name] - value) < 0.02 for name, value in expected.items())

    wait_until(page, is_expected, f"The server was not told {expected}.")
    return told()


def test_the_divider_parts_the_pictures_and_follows_the_mouse_and_the_keys(swiped):
    before = stage(swiped)
    assert before.shape[0] == 640
    assert shade(before, 0.3, 0.9) == GREY
    assert shade(before, 0.7, 0.9) == WHITE
    assert shade(before, 0.6, 0.4) == 0
    drag(swiped, (0.5, 0.2), (0.75, 0.5))
    assert shade(stage(swiped), 0.7, 0.9) == GREY
    seen(swiped, x=0.5, y=0.5, zoom=1, divider=0.75)
    divider = swiped.get_by_role("slider")
    expect(divider).to_be_focused()
    for _ in range(3):
        swiped.keyboard.press("ArrowLeft")
    expect(divider).to_have_attribute("aria-valuenow", "69")
    assert shade(stage(swiped), 0.71, 0.9) == WHITE
    seen(swiped, divider=0.69)
    swiped.keyboard.press("Home")
    assert shade(stage(swiped), 0.3, 0.9) == WHITE
    expect(swiped.locator(".swipe .label.left")).to_have_css("opacity", "0")
    expect(swiped.locator(".swipe .label.right")).to_have_css("opacity", "1")


def test_it_zooms_down_to_pixels_and_another_picture_takes_the_right_side_at_the_same_place(swiped):
    swiped.get_by_role("button", name="1:1").click()
    whole = stage(swiped)
    middle = whole[316:324]
    columns = middle.shape[1] // 2 + np.array([20, 100])  # of the pattern, at a pixel of the screen each
    assert set(np.unique(middle[:, slice(*columns)])) == {0, 255}
    assert (np.diff(middle[:, slice(*columns)].astype(int), axis=1) != 0).all()
    label = swiped.locator(".swipe .label.right")
    swiped.get_by_role("button", name="a classical method").click()
    expect(label).to_have_text("a classical method")
    classical = stage(swiped)
    assert shade(classical, 0.9, 0.9) == DARK
    assert shade(classical, 0.1, 0.9) == GREY
    swiped.get_by_role("button", name="the network").click()
    expect(label).to_have_text("the network")
    assert np.array_equal(stage(swiped)[BELOW], whole[BELOW])
    for _ in range(3):
        swiped.get_by_role("button", name="Zoom in").click()
    expect(swiped.locator(".swipe output")).to_have_text("800 %")
    expect(swiped.get_by_role("button", name="Zoom in")).to_be_disabled()
    row = stage(swiped)[400]
    pattern = row[row.size // 2 + 170 :]
    assert set(np.unique(pattern)) == {0, 255}
    runs = [len(list(group)) for _, group in itertools.groupby(pattern)]
    assert set(runs[1:-1]) == {8}


def test_the_page_is_moved_by_hand_wheel_and_keys_but_never_out_of_sight(swiped):
    swiped.get_by_role("button", name="1:1").click()
    seen(swiped, x=0.5, y=0.5)
    drag(swiped, (0.3, 0.5), (0.3, 0.4))
    view = seen(swiped, x=0.5, y=0.5 + 64 / HEIGHT)
    swiped.keyboard.press("Shift+ArrowUp")
    seen(swiped, y=view["y"] - 60 / HEIGHT)
    drag(swiped, (0.3, 0.1), (0.3, 0.9))
    drag(swiped, (0.3, 0.1), (0.3, 0.9))
    assert seen(swiped, y=320 / HEIGHT)["divider"] == 0.5
    swiped.get_by_role("button", name="Fit").click()
    seen(swiped, x=0.5, y=0.5, zoom=1)
    swiped.mouse.move(*at(swiped, 0.75, 0.25))
    swiped.keyboard.down("Control")
    for _ in range(6):
        swiped.mouse.wheel(0, -50)
    swiped.keyboard.up("Control")
    view = seen(swiped, zoom=np.exp(6 * 0.3))
    assert view["x"] > 0.6
    assert view["y"] < 0.4
    swiped.get_by_role("slider").focus()
    swiped.keyboard.press("-")
    assert seen(swiped, zoom=2 / (640 / HEIGHT))["x"] == pytest.approx(view["x"], abs=1e-3)


def test_the_view_and_the_pictures_outlive_a_rerun_and_a_new_cleaning(swiped):
    swiped.mouse.dblclick(*at(swiped, 0.6, 0.7))
    drag(swiped, (0.5, 0.2), (0.4, 0.2))
    seen(swiped, divider=0.4)
    swiped.locator(".swipe img").first.evaluate("image => (image.isTheSame = true)")
    before = stage(swiped)[BELOW]
    swiped.get_by_role("button", name="Again").click()
    expect(swiped.get_by_text("Pressed: 1")).to_be_visible()
    assert np.array_equal(stage(swiped)[BELOW], before)
    swiped.get_by_role("button", name="Clean anew").click()
    wait_until(swiped, lambda: not np.array_equal(stage(swiped)[BELOW], before), "No other page came.")
    anew = stage(swiped)[BELOW]
    right = np.s_[:, before.shape[1] // 2 :]
    assert np.abs(255 - anew[right].astype(int) - before[right]).max() <= 1
    assert swiped.locator(".swipe img").first.evaluate("image => image.isTheSame")


def test_nothing_is_sent_when_nobody_listens(page, server):
    sent: list = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda message: sent.append(message)))
    page.goto(f"{server.url}?silent=1")
    expect(page.locator(".swipe img.shown")).to_have_count(2)
    wait_until_at_rest(page)
    let_timers_expire(page, 1_000)
    before = len(sent)
    drag(page, (0.5, 0.2), (0.75, 0.5))
    let_timers_expire(page, 1_000)
    assert len(sent) == before


def test_fingers_zoom_and_at_a_small_screen_all_has_room(browser, server):
    with new_visitor(browser, viewport={"width": 360, "height": 800}, has_touch=True, device_scale_factor=2) as tab:
        tab.goto(server.url)
        expect(tab.locator(".swipe img.shown")).to_have_count(2)
        for part in (".tools", ".choices", ".zooms", ".stage", ".label.left", ".label.right"):
            box = tab.locator(f".swipe {part}").bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
        fingers = tab.context.new_cdp_session(tab)
        (x, y), kinds = at(tab, 0.25, 0.5), ["touchStart", *["touchMove"] * 4]
        for i, kind in enumerate(kinds):
            points = [{"x": x - 10 - 5 * i, "y": y, "id": 0}, {"x": x + 10 + 5 * i, "y": y, "id": 1}]
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        view = seen(tab, zoom=3)
        assert view["x"] < 0.5
        assert view["divider"] == 0.5
