"""A real server and a real browser for what only a browser sees."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.waiting import TIMEOUT_MS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


expect.set_options(timeout=TIMEOUT_MS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the ordinary suite what is marked `core`: of each page the path that it is there for."""
    for item in items:
        if item.path.is_relative_to(HERE) and not item.get_closest_marker("core"):
            item.add_marker(pytest.mark.slow)


@dataclass
class Server:
    """A running app: its address, its process and its working folder."""

    url: str
    process: subprocess.Popen
    folder: Path

    def page(self, name: str) -> Server:
        """The same, with a page's address."""
        return replace(self, url=f"{self.url}/{name}")

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def start_server(log: Path, script: Path = ROOT / "app.py", folder: Path = ROOT, **env: str) -> Server:
    """Start an app in a folder as the README says, on a free port, and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "streamlit", "run", str(script),
        "--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true",
    ]  # fmt: skip
    with log.open("wb") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=file, env=os.environ | env)
    server = Server(f"http://127.0.0.1:{port}", process, folder)
    deadline = time.monotonic() + TIMEOUT_MS / 1000
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1)
            return server
        except OSError:
            assert process.poll() is None, f"The server ended at once: {log.read_text()}"
            time.sleep(0.1)
    raise AssertionError("The server did not answer in time.")


def stop_server(server: Server) -> None:
    server.process.terminate()
    try:
        server.process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        server.process.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "log.txt"
    running = start_server(log)
    yield running
    loaded = [file.path for file in psutil.Process(running.process.pid).memory_maps() if "tensorflow" in file.path]
    stop_server(running)
    assert not loaded, f"The server's own process has loaded TensorFlow: {loaded[:3]}"
    text = log.read_text(errors="replace")
    assert "Uncaught app execution" not in text, text


@pytest.fixture(scope="session")
def component_server(tmp_path_factory) -> Iterator[Server]:
    """A server of pages of one component each (`component_pages`), which read what tests put into its folder."""
    folder = tmp_path_factory.mktemp("components")
    env = {"PYTHONPATH": str(ROOT), "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}
    running = start_server(folder / "log.txt", HERE / "component_pages" / "app.py", folder, **env)
    yield running
    stop_server(running)
    assert "Uncaught app execution" not in (folder / "log.txt").read_text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"Expected one of {', '.join(BROWSERS)} on this machine; there is none.")
        pytest.skip("No Chromium on this machine; the browser tests need one.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@contextlib.contextmanager
def new_visitor(browser: Browser, **options: Any) -> Iterator[Page]:
    """A tab of a visitor who has never been here. `options` are those of Playwright's contexts."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 1400}} | options)
    context.set_default_timeout(TIMEOUT_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of a visitor who has never been here."""
    with new_visitor(browser) as tab:
        yield tab


@pytest.fixture
def errors(page: Page) -> list[str]:
    """What the browser's console complains about, other than files that Streamlit looks for in vain."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda m: found.append(m.text) if m.type == "error" and "404" not in m.text else None)
    return found
