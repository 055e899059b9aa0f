"""What a visitor waits for and what the app weighs: a cold start, a run's first progress, the buttons, the memory.

    python -m benchmarks.startup [--quick | --smoke] [--json FILE]

Starts the app as the README says and drives it in the Chromium of this machine.
"""

import re
import statistics
import subprocess
import time
from dataclasses import dataclass, field

import psutil
from playwright.sync_api import Browser, Page, expect

from benchmarks.harness.browser import chromium
from benchmarks.harness.server import end_server, start_server, wait_for_server
from benchmarks.harness.table import Row, parse_arguments, report

WARM_UP_S = 30


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


def press_run_controls(page: Page) -> list[float]:
    """Seconds that Pause, Continue and Stop take to show, on the run that the page trains."""

    def press(name: str, text: str) -> float:
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_enabled()
        return seconds_until(button.click, page.get_by_test_id("stProgress").filter(has_text=re.compile(text)))

    return [press("Pause", "^Paused"), press("Continue", "^Training"), press("Stop", "^Stopped")]


@dataclass
class Waits:
    """Seconds of every round: until the first page, until reconstructions of the default network and of one never
    compiled, until a button shows; megabytes of all processes and of Streamlit's own, idle and after the runs."""

    starts: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    fresh: list[float] = field(default_factory=list)
    buttons: list[float] = field(default_factory=list)
    weights: list[tuple[float, float]] = field(default_factory=list)


def tab(browser: Browser) -> Page:
    return browser.new_context(viewport={"width": 1280, "height": 1200}).new_page()


def train_often(browser: Browser, url: str, turn: int, times: int, waits: Waits) -> None:
    for i in range(times):
        page = tab(browser)
        waits.firsts.append(first_progress(page, url, f"epochs=200&seed={i}"))
        waits.buttons += press_run_controls(page)
        page.context.close()
        page = tab(browser)
        waits.fresh.append(first_progress(page, url, f"epochs=200&n_train=10000&widths={70 + i + 10 * turn}"))
        page.get_by_role("button", name="Stop", exact=True).click()
        page.context.close()


def rows_of(waits: Waits) -> list[Row]:
    idle, used = waits.weights[0], waits.weights[-1]
    start, first, fresh, button = (
        statistics.median(seconds) for seconds in (waits.starts, waits.firsts, waits.fresh, waits.buttons)
    )
    return [
        Row.at_most("cold start to the first page painted, s (median)", start, must=2.5),
        Row.at_most("Train to first reconstructions, the default network, s (median)", first, must=1.5),
        Row.at_most("Train to first reconstructions, a network never compiled, s (median)", fresh, must=1.5),
        Row.at_most("Pause, Continue, Stop until shown, s (median)", button, must=0.5),
        Row.at_most("Pause, Continue, Stop until shown, s (worst)", max(waits.buttons)),
        Row.at_most("memory of all processes, idle after warm-up, MB", idle[0], must=1_200),
        Row.at_most("memory of the Streamlit process, idle, MB", idle[1], must=300),
        Row.at_most(f"memory of all processes after {2 * len(waits.firsts)} runs, MB", used[0]),
    ]


def main() -> None:
    arguments = parse_arguments(__doc__)
    rounds = 1 if arguments.quick else 5
    waits = Waits()
    with chromium() as browser:
        tab(browser).goto("about:blank")
        for turn in range(rounds):
            seconds, process, url = cold_start(tab(browser))
            waits.starts.append(seconds)
            if turn in (0, rounds - 1):
                time.sleep(1 if arguments.smoke else WARM_UP_S)
                waits.weights.append(memory(process))
                train_often(browser, url, turn, rounds, waits)
                waits.weights.append(memory(process))
            end_server(process)
    report(rows_of(waits), arguments)


if __name__ == "__main__":
    main()
