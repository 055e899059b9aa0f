"""The page of codes in a real browser: maps at once, a map in the making, points asked about, digits placed."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from aecore.projection import neighbourhood_quality, stored_maps
from aecore.specs import CodesSpec
from tests.browser.waiting import let_timers_expire, wait_until_at_rest


@pytest.fixture
def codes(page: Page, server) -> Page:
    page.goto(f"{server.url}/codes")
    expect(page.get_by_text("shipped with the app")).to_be_visible()
    wait_for_points(page, 5_000)
    wait_until_at_rest(page)
    stage, before = page.locator(".code-map .stage").first, None
    while (now := stage.bounding_box()) != before:  # until nothing above it moves it any more
        before = now
        let_timers_expire(page, 300)
    return page


def wait_for_points(page: Page, count: int) -> None:
    page.wait_for_function("n => ['tsne', 'pca'].every(name => globalThis.aecoreMaps?.get(name)?.n === n)", arg=count)


def screen(page: Page, panel: int, i: int) -> list[float]:
    return page.evaluate(f"globalThis.aecoreCodeMaps.at(-1).screen({panel}, {i})")


def newest(page: Page) -> int:
    return page.evaluate("globalThis.aecoreMaps.get('tsne').frames.at(-1)?.iteration ?? -1")


@pytest.mark.core
def test_the_shipped_map_can_be_asked_about_a_point(codes):
    codes.mouse.move(*screen(codes, 0, 12))
    expect(codes.locator(".code-map .tip:visible")).to_contain_text("test image 12, a 9")
    codes.mouse.down()
    codes.mouse.up()
    expect(codes.get_by_text("How faithful the map is here")).to_be_visible()
    expect(codes).to_have_url(re.compile("point=12"))
    codes.reload()
    expect(codes.get_by_text("How faithful the map is here")).to_be_visible()


def test_a_group_in_the_lasso_is_summed_up(codes):
    stage = codes.locator(".code-map .stage").first.bounding_box()
    codes.keyboard.down("Shift")
    codes.mouse.move(stage["x"] + 4, stage["y"] + 4)
    codes.mouse.down()
    for x, y in ((0.98, 0.02), (0.98, 0.98), (0.02, 0.98), (0.02, 0.02)):
        codes.mouse.move(stage["x"] + x * stage["width"], stage["y"] + y * stage["height"], steps=5)
    codes.mouse.up()
    codes.keyboard.up("Shift")
    expect(codes.get_by_text("5,000 images")).to_be_visible()
    codes.get_by_role("button", name="Clear").click()
    expect(codes.get_by_text("Press Lasso above a map")).to_be_visible()


def test_a_map_in_the_making_is_watched_paused_stepped_and_scrubbed(page, server):
    page.goto(f"{server.url}/codes?codes=deep-2&n_codes=1000&iterations=2000")
    expect(page.get_by_text("There is no map of these codes yet")).to_be_visible()
    page.get_by_role("button", name="Run t-SNE").click()
    page.wait_for_function("() => globalThis.aecoreMaps?.get('tsne')?.frames.length > 3")
    expect(page.get_by_text(re.compile(r"Iteration [\d,]+ of 2,000 · KL divergence \d"))).to_be_visible()
    expect(page.get_by_text(" s left")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("· paused")).to_be_visible()
    expect(page.get_by_role("button", name="Step")).to_be_enabled()
    held = newest(page)
    page.get_by_role("button", name="Step").click()
    page.wait_for_function(f"() => globalThis.aecoreMaps.get('tsne').frames.at(-1).iteration > {held}")
    expect(page.get_by_text("· paused")).to_be_visible()
    assert newest(page) == held + 50  # two slices would be a hundred
    scrub = page.locator(".code-map .scrub:visible")
    scrub.get_by_role("slider").press("Home")
    expect(scrub).to_contain_text("iteration 5 of")
    page.get_by_role("button", name="Remove this map").click()
    expect(page.get_by_text("There is no map of these codes yet")).to_be_visible()


def test_a_map_is_kept_when_the_visitor_comes_back(page, server):
    page.goto(f"{server.url}/codes?codes=fashion-deep-2&iterations=100&perplexity=5")
    page.get_by_role("button", name="Run t-SNE").click()
    expect(page.get_by_text("iteration 100 of 100")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="The latent space").click()
    expect(page.locator(".latent-pad")).to_be_visible()
    page.get_by_role("link", name="See the codes").click()
    expect(page.get_by_text("made by you: perplexity 5")).to_be_visible()
    expect(page.get_by_text("iteration 100 of 100")).to_be_visible()
    page.get_by_role("button", name="Back to the shipped map").click()
    expect(page.get_by_text("shipped with the app")).to_be_visible()
    expect(page).not_to_have_url(re.compile("perplexity"))
    expect(page.get_by_text("The settings above have not been run")).to_have_count(0)
    page.get_by_role("button", name="Previous map").click()
    expect(page.get_by_text("made by you: perplexity 5")).to_be_visible()
    expect(page).to_have_url(re.compile("perplexity=5"))


def test_ones_own_digit_is_pinned_on_both_maps(codes):
    codes.get_by_text("Your own image", exact=True).click()
    expect(codes.get_by_text("Of its 5 nearest codes")).to_be_visible()
    codes.wait_for_function("() => globalThis.aecoreCodeMaps.at(-1).marks().length === 2")
    tsne, pca = (next(m for m in codes.evaluate("aecoreCodeMaps.at(-1).marks()") if m["panel"] == p) for p in (0, 1))
    assert tsne["text"] == pca["text"] == "test image 9,013, a 5"
    made, linear = stored_maps.load(CodesSpec())
    nearest, _ = neighbourhood_quality.nearest_to(made.xy, np.array(tsne["at"]), 5)
    assert (made.labels[nearest] == 5).sum() >= 3
    assert np.abs(linear.xyz[:, :2]).max() > np.abs(pca["at"]).max()
