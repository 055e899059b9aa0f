"""The main job, as a newcomer does it: open the page, press Train, watch, steer, come back."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, new_visitor
from tests.browser.waiting import let_timers_expire, wait_until


def open_basic(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/basic{query}")
    expect(page.get_by_role("heading", name="Train an autoencoder")).to_be_visible()
    # The drawing is the last thing above the buttons: the page has been drawn whole.
    expect(page.locator("svg[aria-label^='Network']")).to_be_visible()
    expect(button(page, "Train")).to_be_enabled()


def button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def press_train(page: Page) -> None:
    button(page, "Train").click()
    expect(page.locator(".ae-digits")).to_be_visible()


def reconstructions(page: Page) -> list[str]:
    return page.locator(".ae-digits img[alt*='reconstruction, squared']").evaluate_all(
        "images => images.map(i => i.src)"
    )


def epoch_of(page: Page) -> float:
    text = page.get_by_test_id("stProgress").inner_text()
    return float(re.search(r"epoch ([\d.]+)", text)[1])


def status(page: Page, words: str):
    return page.get_by_test_id("stProgress").filter(has_text=words)


@pytest.mark.core
def test_train_pause_step_continue_stop(page: Page, server):
    open_basic(page, server.url, "?epochs=200")
    press_train(page)
    first = reconstructions(page)
    assert len(first) == 10
    wait_until(page, lambda: not set(reconstructions(page)) & set(first), "The reconstructions did not change.")
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_be_visible()

    button(page, "Pause").click()
    expect(status(page, "Paused")).to_be_visible()
    paused_at, settled = epoch_of(page), -1.0
    while (now := epoch_of(page)) != settled:  # until the slice that was under way has come back
        settled = now
        let_timers_expire(page, 1_500)
    assert settled - paused_at <= 2

    # "Paused in epoch 8" has seven whole epochs behind it, "Paused at epoch 7" too: the step ends with the eighth.
    under_way = status(page, "Paused in epoch").count()
    button(page, "Step one epoch").click()
    expect(status(page, f"Paused at epoch {int(settled) + 1 - under_way} of")).to_be_visible()

    button(page, "Continue").click()
    expect(status(page, "Training")).to_be_visible()
    button(page, "Stop").click()
    expect(status(page, "Stopped")).to_be_visible()
    expect(button(page, "Stop")).to_be_disabled()


def test_going_back_in_time_changes_the_pictures_and_marks_the_epoch(page: Page, server):
    open_basic(page, server.url, "?epochs=3&n_train=5000")
    press_train(page)
    expect(status(page, "Finished at epoch 3 of 3")).to_be_visible()
    newest = reconstructions(page)
    slider = page.get_by_role("slider", name="Epoch shown")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowLeft")
    expect(page.locator(".ae-digits")).to_contain_text("epoch 0")
    assert not set(reconstructions(page)) & set(newest)


def test_more_epochs_after_the_end(page: Page, server):
    open_basic(page, server.url, "?epochs=2&n_train=2000")
    press_train(page)
    expect(status(page, "Finished at epoch 2 of 2")).to_be_visible()
    button(page, "Continue, 10 epochs").click()
    expect(status(page, "Finished at epoch 12 of 12")).to_be_visible()


def test_reload_and_page_switch_find_the_run_again(page: Page, server):
    open_basic(page, server.url, "?epochs=200&code_dim=24")
    press_train(page)
    page.wait_for_url(re.compile(r"run="))
    before = epoch_of(page)
    page.reload()
    expect(status(page, "Training")).to_be_visible()
    assert epoch_of(page) >= before
    expect(button(page, "Pause")).to_be_enabled()

    page.get_by_role("link", name="What is an autoencoder?").click()
    expect(page.get_by_role("heading", name="What is an autoencoder?")).to_be_visible()
    page.get_by_role("link", name="Train one").first.click()
    expect(status(page, "Training")).to_be_visible()
    page.wait_for_url(re.compile(r"code_dim=24.*run="))
    button(page, "Stop").click()
    expect(status(page, "Stopped")).to_be_visible()


def test_the_previous_run_is_one_press_away(page: Page, server):
    open_basic(page, server.url, "?epochs=2&n_train=2000&code_dim=9")
    press_train(page)
    expect(status(page, "Finished")).to_be_visible()
    expect(button(page, "Previous run")).to_have_count(0)
    first = page.url
    slider = page.get_by_role("slider", name="Code size")
    slider.focus()
    slider.press("ArrowRight")
    button(page, "Train").click()
    expect(status(page, "Finished")).to_be_visible()
    expect(page.locator(".ae-digits")).to_contain_text("code of 10")
    button(page, "Previous run").click()
    expect(page.locator(".ae-digits")).to_contain_text("code of 9")
    expect(slider).to_have_value("9")
    page.wait_for_url(first)


def test_others_watch_but_do_not_steer(page: Page, browser: Browser, server):
    open_basic(page, server.url, "?epochs=200&code_dim=20&seed=3")
    press_train(page)
    page.wait_for_url(re.compile(r"run="))

    stranger = browser.new_context().new_page()
    link = re.sub(r"\?.*(run=[\w-]+).*", r"?\1", page.url)
    open_basic(stranger, link.split("/basic")[0], "?" + link.split("?")[1])
    expect(status(stranger, "Training")).to_be_visible()
    for name in ("Pause", "Stop", "Step one epoch"):
        expect(button(stranger, name)).to_have_count(0)
    stranger.wait_for_url(re.compile(r"code_dim=20.*seed=3"))  # a link with the run alone brings its settings
    slider = stranger.get_by_role("slider", name="Code size")
    slider.focus()
    slider.press("ArrowRight")
    button(stranger, "Copy its settings").click()
    expect(slider).to_have_value("20")
    expect(status(stranger, "Training")).to_be_visible()
    button(stranger, "Train").click()
    expect(button(stranger, "Pause")).to_be_enabled()
    button(stranger, "Stop").click()
    expect(status(stranger, "Stopped")).to_be_visible()
    stranger.context.close()

    expect(status(page, "Training")).to_be_visible()
    button(page, "Stop").click()
    expect(status(page, "Stopped")).to_be_visible()


def test_who_watches_sees_a_run_go_on_after_its_end_and_keeps_what_is_open(page: Page, browser: Browser, server):
    open_basic(page, server.url, "?epochs=2&n_train=2000")
    press_train(page)
    expect(status(page, "Finished at epoch 2 of 2")).to_be_visible()
    page.wait_for_url(re.compile(r"run="))
    with new_visitor(browser, viewport={"width": 1280, "height": 1400}) as watching:
        watching.goto(page.url)
        expect(status(watching, "Finished at epoch 2 of 2")).to_be_visible()
        watching.get_by_text("More settings", exact=True).click()
        seed = watching.get_by_role("spinbutton", name="Seed")
        expect(seed).to_be_visible()
        seed.focus()
        button(page, "Continue, 10 epochs").click()
        expect(status(watching, "Finished at epoch 12 of 12")).to_be_visible()
        expect(seed).to_be_visible()
        expect(seed).to_be_focused()


def test_a_closed_tab_stops_its_run_after_the_grace_time(page: Page, browser: Browser, server):
    visitor = browser.new_context()
    tab = visitor.new_page()
    open_basic(tab, server.url, "?epochs=200&widths=256&batch_size=32")
    press_train(tab)
    tab.wait_for_url(re.compile(r"run="))
    link = tab.url
    visitor.close()

    open_basic(page, server.url, link.split("/basic")[1])
    expect(status(page, "Stopped")).to_be_visible()


def test_a_killed_worker_comes_back_and_the_page_says_so(page: Page, server):
    open_basic(page, server.url, "?epochs=200")
    press_train(page)
    wait_until(page, lambda: epoch_of(page) >= 3, "The run did not get to its third epoch.")
    worker = max(server.descendants(), key=lambda process: process.memory_info().rss)
    worker.kill()
    expect(page.get_by_text("The training worker stopped. A new one is starting")).to_be_visible()
    expect(page.get_by_text("The training worker stopped and was started again")).to_be_visible()
    expect(status(page, "Training")).to_be_visible()
    button(page, "Stop").click()
    expect(status(page, "Stopped")).to_be_visible()


def test_bad_values_in_the_link_give_a_sentence_each_and_the_default(page: Page, server):
    open_basic(page, server.url, "?code_dim=100000&epochs=many&run=nobody-knows-this")
    warning = page.get_by_test_id("stAlert")
    expect(warning).to_contain_text("Code size must be a number from 2 to 128; got 100000.")
    expect(warning).to_contain_text("Epochs must be a number from 1 to 200; got 'many'.")
    expect(warning).to_contain_text("The run of this link is no longer kept here")
    assert page.get_by_role("slider", name="Code size").input_value() == "32"
    expect(button(page, "Train")).to_be_enabled()


def test_the_downloaded_model_opens_in_plain_keras_and_is_as_good_as_the_page_says(page: Page, server, tmp_path):
    open_basic(page, server.url, "?epochs=2&n_train=10000&code_dim=12&loss=mse")
    press_train(page)
    expect(status(page, "Finished")).to_be_visible()
    with page.expect_download() as download:
        button(page, "Model (.keras)").click()
    path = tmp_path / "model.keras"
    download.value.save_as(path)
    script = (
        "import keras, numpy as np, sys; m = keras.saving.load_model(sys.argv[1]); "
        "x = np.load('aecore/datasets/data/mnist.npz')['x_test'] / 255.0; "
        "print(m.get_layer('encoder')(x[:9]).shape[1], float(np.mean((m.predict(x, verbose=0) - x) ** 2)))"
    )
    command = [sys.executable, "-c", script, str(path)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert answer[0] == "12"
    # Read last: of a page that says "Finished", the figures below may still be those of the epoch before.
    shown = float(page.get_by_test_id("stMetricValue").first.inner_text())
    assert abs(float(answer[1]) - shown) < 1e-4


def test_the_link_restores_every_setting(page: Page, server):
    query = "?code_dim=16&widths=100-50&dataset=fashion_mnist&optimizer=sgd&learning_rate=0.05&batch_size=64&seed=7"
    open_basic(page, server.url, query)
    page.wait_for_url(re.compile("code_dim=16"))
    page.get_by_text("The Keras code").click()
    script = page.locator("[data-testid=stCode]")
    for words in ("Dense(100", "Dense(50", "Dense(16", "fashion_mnist", "SGD(0.05", "batch_size=64", "seed(7)"):
        expect(script).to_contain_text(words)
