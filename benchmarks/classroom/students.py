"""What one of the class does: in the browser's protocol, and the same in Chromium."""

from __future__ import annotations

import asyncio
import random
import re
import time

from playwright.async_api import Page

from benchmarks.visitor import Visitor

N_TRAIN, EPOCHS = 60_000, 200  # an epoch of all images; more epochs than anybody gets through
CODE_SIZE = 32
START_S = 240.0


def query(**settings: object) -> str:
    return "&".join(f"{name}={value}" for name, value in settings.items())


async def begin(visitor: Visitor, code_size: int, seed: int) -> float:
    """Open the page, set it, press Train: seconds until the first reconstructions are there."""
    await visitor.open("basic", query(epochs=EPOCHS))
    if code_size != CODE_SIZE:
        await visitor.set("basic.code_dim", code_size)
    await visitor.set("basic.seed", seed)
    pressed = time.perf_counter()
    await visitor.press("Train")
    await visitor.until(lambda: visitor.elements("vega_lite_chart"), "the first reconstructions", START_S)
    return time.perf_counter() - pressed


async def look_around(visitor: Visitor, dice: random.Random) -> None:
    """Visit the other pages, come back to the run, and play with a slider, as one who waits."""
    await asyncio.sleep(dice.uniform(0.5, 6))
    for page in ("latent", "codes"):
        await visitor.go(page)
        await asyncio.sleep(dice.uniform(2, 5))
    await visitor.go("basic")
    await visitor.until(lambda: visitor.elements("vega_lite_chart"), "the run on the page again")
    for _ in range(3):
        await asyncio.sleep(dice.uniform(1, 3))
        await visitor.set("basic.code_dim", dice.randint(8, 64))


async def end(visitor: Visitor) -> None:
    await visitor.press("Stop")
    await visitor.until(lambda: visitor.state().startswith("Stopped"), "the run to stop")


# The same in Chromium.


class Tab:
    """One of the class with a real browser; a visitor watches its run to tell how far it is."""

    def __init__(self, url: str, page: Page, number: int):
        self.url, self.page, self.name = url, page, f"tab {number}"
        self.problems: list[str] = []
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.problems.append(f"{self.name}: {error}"))

    async def begin(self, code_size: int, seed: int) -> float:
        await self.page.goto(f"{self.url}/basic?{query(epochs=EPOCHS, code_dim=code_size, seed=seed)}")
        await self.page.locator("svg[aria-label^='Network']").wait_for()
        pressed = time.perf_counter()
        await self._button("Train").click()
        await self.page.locator(".ae-digits").wait_for(timeout=1000 * START_S)
        return time.perf_counter() - pressed

    async def look_around(self, dice: random.Random) -> None:
        await asyncio.sleep(dice.uniform(0.5, 6))
        for link, sign in (("The latent space", "drag, and digits appear"), ("See the codes", "A map of the codes")):
            await self.page.get_by_role("link", name=link).click()
            await self.page.get_by_role("heading", name=sign).wait_for()
            await asyncio.sleep(dice.uniform(2, 5))
        await self.page.get_by_role("link", name="Train one").click()
        await self.page.locator(".ae-digits").wait_for()

    async def end(self) -> None:
        await self._button("Stop").click()
        await self.page.get_by_test_id("stProgress").filter(has_text="Stopped").wait_for()
        if await self.page.get_by_test_id("stException").count():
            self.problems.append(f"{self.name}: an exception on the page")
        await self.page.context.close()

    async def epoch(self) -> tuple[float, str]:
        found = re.search(r"run=([\w-]+)", self.page.url)
        if found is None:
            raise LookupError(f"Expected a run in the address of {self.name}; got {self.page.url}.")
        watcher = Visitor(self.url, f"who watches {self.name}")
        async with watcher:
            await watcher.open("basic", query(run=found[1]))
            await watcher.until(lambda: watcher.elements("vega_lite_chart"), "the watched run")
            return watcher.epoch(), watcher.state()

    def _button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True)
