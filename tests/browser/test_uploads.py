"""Files in a real browser: any name, by dialog and by dropping; and the box that is dragged on a picture."""

import base64

import pytest
from playwright.sync_api import Page, expect

from tests.aecore.documents.test_scans import GREY
from tests.aecore.image_files.test_reading import encoded
from tests.pages.test_digit_photo import seven

INPUT = "[data-testid=stFileUploaderDropzoneInput]"
ZONE = "[data-testid=stFileUploaderDropzone]"
DIGIT = ".crop .digit"
DROP = """(zone, [name, text]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  const transfer = new DataTransfer()
  transfer.items.add(new File([bytes], name))
  for (const kind of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }))
}"""


def choose(page: Page, name: str, raw: bytes) -> None:
    page.set_input_files(INPUT, [{"name": name, "mimeType": "", "buffer": raw}])


def drop(page: Page, name: str, raw: bytes) -> None:
    page.locator(ZONE).evaluate(DROP, [name, base64.b64encode(raw).decode()])


@pytest.fixture
def picker(page: Page, server) -> Page:
    page.goto(server.url)
    page.get_by_text("Photo or file").click()
    expect(page.locator(ZONE)).to_be_visible()
    return page


def test_a_digit_may_have_any_name_chosen_or_dropped(picker):
    shown = ""
    for bring, name, ink in (
        (choose, "photo", "black"),
        (drop, "photo", "#444"),
        (choose, "photo.jfif", "#222"),
        (drop, "photo.png", "#555"),
    ):
        bring(picker, name, seven(ink=ink))
        expect(picker.locator(".crop .photo")).not_to_have_attribute("src", shown)
        expect(picker.locator(DIGIT)).to_be_visible()
        shown = picker.locator(".crop .photo").get_attribute("src")
    expect(picker.get_by_test_id("stAlert")).to_have_count(0)


@pytest.mark.parametrize("bring", [choose, drop])
def test_so_may_a_page_and_a_picture_for_filters(page, server, bring):
    page.goto(f"{server.url}/denoise_documents?source=upload")
    expect(page.locator(ZONE)).to_be_visible()
    bring(page, "scan", encoded(GREY.resize((320, 240)), "JPEG"))
    expect(page.locator(".swipe")).to_be_visible()
    page.goto(f"{server.url}/convolution?picture=upload")
    expect(page.get_by_text("Nothing has been uploaded yet")).to_be_visible()
    bring(page, "photo", seven())
    expect(page.get_by_text("Nothing has been uploaded yet")).to_have_count(0)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_the_box_says_what_is_taken_by_hand_and_by_keys(picker):
    choose(picker, "photo", seven())
    expect(picker.locator(DIGIT)).to_be_visible()
    automatic = picker.locator(DIGIT).get_attribute("src")
    area, frame = picker.locator(".crop .area"), picker.locator(".crop .frame").bounding_box()
    corner = picker.locator(".crop .se").bounding_box()
    picker.mouse.move(corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2)
    picker.mouse.down()
    picker.mouse.move(frame["x"] + 0.8 * frame["width"], frame["y"] + 0.45 * frame["height"], steps=3)
    picker.mouse.up()
    expect(picker.locator(DIGIT)).not_to_have_attribute("src", automatic)  # the upper half of it
    half, label = picker.locator(DIGIT).get_attribute("src"), area.get_attribute("aria-label")
    for _ in range(10):
        area.press("Shift+ArrowDown")
    expect(area).not_to_have_attribute("aria-label", label)
    expect(picker.locator(DIGIT)).not_to_have_attribute("src", half)
    picker.get_by_role("button", name="Automatic").click()
    expect(picker.locator(DIGIT)).to_have_attribute("src", automatic)


def test_the_browser_is_asked_for_a_camera_only_when_it_is_chosen(picker):
    expect(picker.locator(".camera-note")).to_have_count(0)
    expect(picker.get_by_test_id("stCameraInput")).to_have_count(0)
    picker.get_by_text("Camera", exact=True).click()
    expect(picker.locator(".camera-note")).to_have_text(
        "No camera was found on this device. Take the photo with your camera app and choose it under File."
    )
    expect(picker.get_by_test_id("stCameraInput")).to_have_count(0)
