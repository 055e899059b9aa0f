"""Waiting for what a browser test is about. Nothing here decides by time: a busy machine is slow, not wrong."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

TIMEOUT_MS = 90_000  # the worker may have to start first


def wait_until(page: Page, condition: Callable[[], Any], otherwise: str) -> None:
    """Wait for a condition that only Python can judge; what the browser says meanwhile is heard."""
    deadline = time.monotonic() + TIMEOUT_MS / 1000
    while not condition():
        assert time.monotonic() < deadline, otherwise
        page.wait_for_timeout(50)


def wait_until_drawn(page: Page) -> None:
    """Wait until the browser has painted what it was told so far."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def wait_until_at_rest(page: Page) -> None:
    """Wait until the page's script has run, and its answer has arrived."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def let_timers_expire(page: Page, milliseconds: int) -> None:
    """Wait until every timer of the page that is due within this time has run.

    Timers run in the order in which they are due. So what has not been sent by then is not sent at all, however slow
    the machine is.
    """
    page.evaluate("ms => new Promise(done => setTimeout(done, ms))", milliseconds)
