"""The README's screenshots, made from the app as it is: `python -m docs.screenshots [NAME …]`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, expect

from benchmarks.harness.browser import chromium
from benchmarks.harness.server import serve

FOLDER = Path(__file__).resolve().parent
PATIENCE_MS = 120_000
SETTLE_MS = 4000  # until fonts are there and nothing moves


def box_of(element: Locator) -> FloatRect:
    """Where it is on the page, in pixels. Raises LookupError if it is not shown."""
    box = element.bounding_box()
    if box is None:
        raise LookupError("Expected an element on the page; it is not shown.")
    return box


def training(page: Page) -> bytes:
    """A run in its third epoch."""
    page.set_viewport_size({"width": 1280, "height": 1100})
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_test_id("stProgress").filter(has_text="epoch 3 of")).to_be_visible(timeout=PATIENCE_MS)
    return page.screenshot()


def codes(page: Page) -> bytes:
    """Two maps of the same codes, with a group in the lasso."""
    page.set_viewport_size({"width": 1280, "height": 1000})
    maps = page.locator(".code-map")
    page.wait_for_timeout(SETTLE_MS)
    maps.get_by_role("button", name="Lasso").click()
    box = box_of(maps.locator("canvas").first)
    around = [(0.35, 0.05), (0.70, 0.05), (0.70, 0.30), (0.35, 0.30), (0.35, 0.05)]
    for i, (x, y) in enumerate(around):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=10)
        if i == 0:
            page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(SETTLE_MS)
    return maps.screenshot()


def latent(page: Page) -> bytes:
    """A point on the plane, between two groups of digits."""
    page.set_viewport_size({"width": 1200, "height": 940})
    pad = page.locator(".latent-pad canvas.pad")
    page.wait_for_timeout(SETTLE_MS)
    box = box_of(pad)
    pad.click(position={"x": 0.36 * box["width"], "y": 0.41 * box["height"]})
    page.locator(".latent-pad .nearest:not(.stale) img[src^='data:']").wait_for()
    page.wait_for_timeout(SETTLE_MS)
    return page.screenshot()


def documents(page: Page) -> bytes:
    """A page with coffee stains, half of it cleaned."""
    page.set_viewport_size({"width": 1000, "height": 1020})
    page.locator(".swipe").wait_for()
    page.wait_for_timeout(SETTLE_MS)
    page.get_by_role("button", name="Stop").wait_for(state="hidden")
    page.wait_for_timeout(SETTLE_MS)
    return page.screenshot()


SHOTS = {
    training: ("basic", "?epochs=30"),
    codes: ("codes", ""),
    latent: ("latent", ""),
    documents: ("denoise_documents", ""),
}


def save(data: bytes, path: Path) -> None:
    """As a PNG of 256 colours, a third of the size."""
    Image.open(io.BytesIO(data)).convert("RGB").quantize(256, kmeans=4, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


def main(names: list[str]) -> None:
    with serve() as server, chromium() as browser:
        for shoot, (path, query) in SHOTS.items():
            if names and shoot.__name__ not in names:
                continue
            page = browser.new_context(color_scheme="light", locale="en-GB").new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"{server.url}/{path}{query}")
            page.get_by_role("heading", level=1).wait_for()
            save(shoot(page), FOLDER / f"{shoot.__name__}.png")
            page.context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
