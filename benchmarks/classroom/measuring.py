"""A class at the server: all of them at once, one alone, and many one after another."""

from __future__ import annotations

import asyncio
import functools
import os
import random
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field

import psutil
from playwright.async_api import Browser

from benchmarks.classroom.students import CODE_SIZE, N_TRAIN, START_S, Tab, begin, end, look_around, query
from benchmarks.harness.server import Memory, Served
from benchmarks.harness.table import say
from benchmarks.visitor import Answer, Visitor

SETTLE_S = 12.0  # after which the server has taken note that a visitor is gone


@dataclass(frozen=True)
class Size:
    """How much of everything: `sessions` in a class, of which `tabs` in Chromium; seconds; `visits` one by one."""

    sessions: int
    tabs: int
    code_sizes: tuple[int, ...]
    span_s: float
    alone_s: float
    visits: int
    first_weighing: int
    usual_s: float


@dataclass
class Class:
    """What came of one class."""

    samples: list[float] = field(default_factory=list)  # of each run, in the same span
    span_s: float = 0.0
    first_signs: list[float] = field(default_factory=list)  # seconds from Train to the first reconstructions
    answers: list[Answer] = field(default_factory=list)  # while all train
    cpu: dict[str, float] = field(default_factory=dict)  # cores taken meanwhile
    problems: list[str] = field(default_factory=list)

    @property
    def samples_per_s(self) -> float:
        return sum(self.samples) / self.span_s

    @property
    def fairness(self) -> float:
        """Jain's index: 1 where all have had the same, 1 / n where one has had everything."""
        return sum(self.samples) ** 2 / (len(self.samples) * sum(n * n for n in self.samples))


async def together(members: Sequence[Awaitable], problems: list[str]) -> list:
    """What all of them come to; what fails is a problem, and None in its place."""
    results = await asyncio.gather(*members, return_exceptions=True)
    problems += [f"{type(result).__name__}: {result}" for result in results if isinstance(result, BaseException)]
    return [None if isinstance(result, BaseException) else result for result in results]


async def alone(server: Served, size: Size) -> tuple[float, list[str]]:
    """Samples per second of a run that has the server to itself, and what went wrong."""
    async with Visitor(server.url, "who trains alone") as visitor:
        await begin(visitor, CODE_SIZE, seed=1)
        await visitor.until(lambda: visitor.epoch() > 1, "the first epoch", START_S)
        before, start = visitor.epoch(), time.perf_counter()
        await asyncio.sleep(size.alone_s)
        rate = (visitor.epoch() - before) * N_TRAIN / (time.perf_counter() - start)
        await end(visitor)
        return rate, visitor.problems


async def hold_class(server: Served, browser: Browser, size: Size, code_sizes: Sequence[int]) -> Class:
    """Let everybody train at once, each with a seed and one of the `code_sizes`."""
    result = Class()
    dice = random.Random(0)  # noqa: S311  (the same class each time)
    visitors = [Visitor(server.url, f"visitor {number}") for number in range(size.sessions - size.tabs)]
    tabs = []
    for number in range(size.tabs):
        context = await browser.new_context(viewport={"width": 1280, "height": 1200})
        tabs.append(Tab(server.url, await context.new_page(), number))

    async def arrive(number: int, member: Visitor | Tab) -> float:
        await asyncio.sleep(dice.uniform(0, 5))
        code_size = code_sizes[number % len(code_sizes)]
        return await (member.begin if isinstance(member, Tab) else functools.partial(begin, member))(code_size, number)

    members = [*visitors, *tabs]
    signs = await together([arrive(*member) for member in enumerate(members)], result.problems)
    result.first_signs = [seconds for seconds in signs if seconds is not None]
    say(f"{len(result.first_signs)} of {len(members)} train")
    in_first_epoch = [visitor.until(lambda v=visitor: v.epoch() > 1, "an epoch", START_S) for visitor in visitors]
    await together(in_first_epoch, result.problems)

    async def how_far() -> list[tuple[float, str] | None]:
        of_tabs = await together([tab.epoch() for tab in tabs], result.problems)
        return [*((visitor.epoch(), visitor.state()) for visitor in visitors), *of_tabs]

    before, start, cpu = await how_far(), time.perf_counter(), cores(server)
    walks = [look_around(visitor, dice) for visitor in visitors] + [tab.look_around(dice) for tab in tabs]
    await together(walks, result.problems)
    await asyncio.sleep(max(0.0, size.span_s - (time.perf_counter() - start)))
    after = await how_far()
    result.span_s = time.perf_counter() - start
    result.cpu = {who: (seconds - cpu[who]) / result.span_s for who, seconds in cores(server).items()}
    for member, then, now in zip(members, before, after, strict=True):
        if then is None or now is None or not now[1].startswith("Training") or now[0] <= then[0]:
            result.problems.append(f"a run was lost: {member.name}, {then} and then {now}")
        if then is not None and now is not None:
            result.samples.append((now[0] - then[0]) * N_TRAIN)
    result.answers = [answer for visitor in visitors for answer in visitor.answers if answer.sent >= start]
    await together([end(visitor) for visitor in visitors] + [tab.end() for tab in tabs], result.problems)
    for visitor in visitors:
        await visitor.leave()
    for member in members:
        result.problems += member.problems
    return result


def cores(server: Served) -> dict[str, float]:
    """Seconds of processor time so far: the server's process, its worker, these visitors, the tabs."""
    own, worker = server.cpu_s()
    drawing = 0.0
    for process in psutil.Process().children(recursive=True):
        if "chrom" in process.name():
            drawing += sum(process.cpu_times()[:2])
    return {"the server": own, "its worker": worker, "the visitors": sum(os.times()[:2]), "the tabs": drawing}


async def come_and_go(server: Served, size: Size) -> tuple[Memory, Memory, list[str]]:
    """Visitors one after another, each for two epochs; the memory after the first of them and after the last."""
    weighed, problems = [], []
    for number in range(1, size.visits + 1):
        async with Visitor(server.url, f"visit {number}") as visitor:
            try:
                await visitor.open("basic", query(n_train=1000, epochs=2))
                await visitor.press("Train")
                await visitor.until(lambda v=visitor: v.state().startswith("Finished"), "the run to finish")
            except Exception as error:
                problems.append(f"{type(error).__name__}: {error}")
            problems += visitor.problems
        if number in (size.first_weighing, size.visits):
            await asyncio.sleep(SETTLE_S)
            weighed.append(server.memory())
            say(f"after {number} visits: {weighed[-1].pss:.0f} MB")
    return *weighed, problems
