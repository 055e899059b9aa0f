"""What a visitor waits for and what the app weighs: a cold start, a run's first progress, the buttons, the memory.

    python -m benchmarks.startup [--quick | --smoke] [--json FILE]

Starts the app as the README says and drives it in the Chromium of this machine.
"""

import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.table import Row, parse_arguments, report

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WARM_UP_S = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server() -> tuple[subprocess.Popen, str]:
    port = free_port()
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    process = subprocess.Popen(  # noqa: S603  (a command of ours, with a port we were given)
        [sys.executable, "-m", "streamlit", "run", "app.py", *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return process, f"http://127.0.0.1:{port}"


def wait_for_server(url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)  # noqa: S310  (our own server, over HTTP)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)


def cold_start(page: Page) -> tuple[float, subprocess.Popen, str]:
    """Seconds from starting the server until the start page's text is on screen."""
    begin = time.perf_counter()
    process, url = start_server()
    wait_for_server(url)
    page.goto(url)
    page.get_by_text("A network in two halves.").wait_for()
    return time.perf_counter() - begin, process, url


def memory(process: subprocess.Popen) -> tuple[float, float]:
    """Megabytes (RSS) of all processes together, and of the Streamlit process alone."""
    server = psutil.Process(process.pid)
    own = server.memory_info().rss
    return (own + sum(child.memory_info().rss for child in server.children(recursive=True))) / 1e6, own / 1e6


def seconds_until(act, locator) -> float:
    begin = time.perf_counter()
    act()
    expect(locator).to_be_visible(timeout=60_000)
    return time.perf_counter() - begin


def first_progress(page: Page, url: str, query: str) -> float:
    """Seconds from pressing Train until reconstructions are on screen, in a tab that has shown no run yet."""
    page.goto(f"{url}/basic?{query}")
    train = page.get_by_role("button", name="Train", exact=True)
    expect(page.locator("svg[aria-label^='Network']")).to_be_visible()
    expect(train).to_be_enabled()
    time.sleep(1)
    return seconds_until(train.click, page.locator(".ae-digits"))


def steering(page: Page) -> list[float]:
    """Seconds that Pause, Continue and Stop take to show, on the run that the page trains."""

    def press(name: str, words: str) -> float:
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_enabled()
        return seconds_until(button.click, page.get_by_test_id("stProgress").filter(has_text=re.compile(words)))

    return [press("Pause", "^Paused"), press("Continue", "^Training"), press("Stop", "^Stopped")]


def main() -> None:
    arguments = parse_arguments(__doc__)
    rounds = 1 if arguments.quick else 5
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    starts, firsts, fresh, buttons, weights = [], [], [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)

        def tab() -> Page:
            return browser.new_context(viewport={"width": 1280, "height": 1200}).new_page()

        tab().goto("about:blank")
        for turn in range(rounds):
            seconds, process, url = cold_start(tab())
            starts.append(seconds)
            if turn in (0, rounds - 1):
                time.sleep(WARM_UP_S)
                weights.append(memory(process))
                for i in range(rounds):
                    page = tab()
                    firsts.append(first_progress(page, url, f"epochs=200&seed={i}"))
                    buttons += steering(page)
                    page.context.close()
                    page = tab()
                    fresh.append(first_progress(page, url, f"epochs=200&n_train=10000&widths={70 + i + 10 * turn}"))
                    page.get_by_role("button", name="Stop", exact=True).click()
                    page.context.close()
                weights.append(memory(process))
            process.terminate()
            process.wait(timeout=20)
        browser.close()

    idle, used = weights[0], weights[-1]
    report(
        [
            Row.at_most("cold start to the first page painted, s (median)", statistics.median(starts), must=2.5),
            Row.at_most(
                "Train to first reconstructions, the default network, s (median)", statistics.median(firsts), must=1.5
            ),
            Row.at_most(
                "Train to first reconstructions, a network never compiled, s (median)",
                statistics.median(fresh),
                must=1.5,
            ),
            Row.at_most("Pause, Continue, Stop until shown, s (median)", statistics.median(buttons), must=0.5),
            Row.at_most("Pause, Continue, Stop until shown, s (worst)", max(buttons)),
            Row.at_most("memory of all processes, idle after warm-up, MB", idle[0], must=1_200),
            Row.at_most("memory of the Streamlit process, idle, MB", idle[1], must=300),
            Row.at_most(f"memory of all processes after {2 * len(firsts)} runs, MB", used[0]),
        ],
        arguments,
    )


if __name__ == "__main__":
    main()
