"""Benchmarks' visitor without a browser: it drives the real server as a browser does."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.harness.server import serve
from benchmarks.visitor import Visitor


async def tell_the_story(url: str) -> list[str]:
    async with Visitor(url) as visitor:
        await visitor.open("basic", "n_train=1000&epochs=1")
        assert next(heading.body for heading in visitor.elements("heading")) == "Train an autoencoder"
        assert visitor.state() == ""
        await visitor.set("Code size", 16)
        assert visitor.query == "code_dim=16&n_train=1000&epochs=1"
        await visitor.press("Train")
        await visitor.until(lambda: visitor.state().startswith("Finished"), "the run to finish", seconds=100)
        assert visitor.epoch() == 1
        assert visitor.polls, "The page showed the end without being asked."
        link, polls = visitor.query, visitor.polls
        await visitor.go("latent")
        assert visitor.has("latent.model")
        await visitor.go("basic")
        assert visitor.query == link
        assert visitor.state() == "Finished at epoch 1 of 1"
        await asyncio.sleep(1.2)
        assert visitor.polls <= polls + 1, "What has ended is asked for again and again, not just now and then."
        await visitor.open("basic", link)  # in a new tab, with the cookie of the first
        assert visitor.has("Step one epoch"), "The run is not taken for the visitor's own."
        assert {"basic", "latent"} == {answer.page for answer in visitor.answers}
        return visitor.problems


async def watch(url: str) -> list[str]:
    async with Visitor(url) as owner, Visitor(url) as watcher:
        await owner.open("basic", "n_train=1000&epochs=200")
        await owner.press("Train")
        await watcher.open("basic", owner.query)
        assert not watcher.has("Stop")
        await watcher.until(lambda: watcher.epoch() > 1, "the other's run to go on")
        await owner.press("Stop")
        await watcher.until(lambda: watcher.state().startswith("Stopped"), "the end of the other's run")
        await owner.press("Continue")
        await watcher.until(lambda: watcher.state().startswith("Training"), "the other's run to be continued")
        await owner.press("Stop")
        await watcher.until(lambda: watcher.state().startswith("Stopped"), "the end of the other's run, again")
        return owner.problems + watcher.problems


@pytest.mark.slow
def test_a_visitor_trains_looks_around_and_comes_back():
    with serve() as server:
        for story in (tell_the_story, watch):
            with ThreadPoolExecutor(1) as thread:  # of its own, as the browser tests' Playwright has a loop in this one
                assert thread.submit(asyncio.run, story(server.url)).result() == []
        assert server.memory().pss > 100
        assert server.trouble() == []
