"""A class of thirty that trains at once, and three hundred visitors one after another.

    python -m benchmarks.load [--quick | --smoke] [--json FILE]

The app runs as the README says, and real sessions drive it: `benchmarks.visitor` speaks the browser's protocol, and
three of the thirty are tabs of Chromium. Each opens `basic`, sets its own code size or seed, presses Train, watches,
visits `latent` and `codes`, comes back, moves a slider and stops its run.

How samples are counted: at two moments, when everybody is on `basic` and has done an epoch, every visitor's chart tells
how far its run is, in parts of an epoch, and the visitor that watches a tab's run reads it there. The difference, times
the images of an epoch, is what was trained in between. It is as a visitor sees it: everything that the app does counts,
and so do the validation after each epoch and what the visitors and the tabs themselves take of the machine, which is
shown beside it. One run alone is counted in the same way on the same server, before the class and after it.

Memory is that of the server with all processes that it started (PSS, sampled once a second), without the visitors.
The usual way, `benchmarks.usual_fit`, has the machine to itself. The whole takes a quarter of an hour; `--quick`, with
six visitors, about two minutes, and what is asked of thirty is not asked of them.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field

import psutil
from playwright.async_api import Browser, Page, async_playwright

from benchmarks.served import Memory, Scales, Served, serve
from benchmarks.startup import FLAGS, ROOT
from benchmarks.table import Row, parse_arguments, report
from benchmarks.visitor import Answer, Visitor

N_TRAIN, EPOCHS = 60_000, 200  # an epoch of all images; more epochs than anybody gets through
COSTED_EPOCHS = 10
CODE_SIZE = 32
CODE_SIZES = (24, 26, 28, 30, 32, 34, 36, 38, 40, 42)  # ten architectures of about the same work
START_S = 240.0
SETTLE_S = 12.0  # after which the server has taken note that a visitor is gone
LOG_SHOWN = 10_000  # letters of the log's end, if there is something wrong in it
NICENESS_OF_TABS = 19  # a class has machines of its own; here the tabs' drawing must not take the server's


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


FULL = Size(30, 3, CODE_SIZES, 60.0, 15.0, 300, 50, 45.0)
QUICK = Size(6, 1, CODE_SIZES[:3], 12.0, 6.0, 30, 10, 10.0)


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


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def query(**settings: int) -> str:
    return "&".join(f"{name}={value}" for name, value in settings.items())


# What one of the class does, in the browser's protocol.


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
        for link, sign in (("The latent space", "drag, and digits appear"), ("See the codes", "The codes, seen")):
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
        run = re.search(r"run=([\w-]+)", self.page.url)[1]
        watcher = Visitor(self.url, f"who watches {self.name}")
        async with watcher:
            await watcher.open("basic", query(run=run))
            await watcher.until(lambda: watcher.elements("vega_lite_chart"), "the watched run")
            return watcher.epoch(), watcher.state()

    def _button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True)


async def together(members: Sequence[Awaitable], problems: list[str]) -> list:
    """What all of them come to; what fails is a problem, and None in its place."""
    results = await asyncio.gather(*members, return_exceptions=True)
    problems += [f"{type(result).__name__}: {result}" for result in results if isinstance(result, BaseException)]
    return [None if isinstance(result, BaseException) else result for result in results]


async def alone(server: Served, size: Size) -> tuple[float, list[str]]:
    """Samples a second of a run that has the server to itself, and what went wrong."""
    async with Visitor(server.url, "who trains alone") as visitor:
        await begin(visitor, CODE_SIZE, seed=1)
        await visitor.until(lambda: visitor.epoch() > 1, "the first epoch", START_S)
        before, start = visitor.epoch(), time.perf_counter()
        await asyncio.sleep(size.alone_s)
        rate = (visitor.epoch() - before) * N_TRAIN / (time.perf_counter() - start)
        await end(visitor)
        return rate, visitor.problems


async def hold_class(server: Served, browser: Browser | None, size: Size, code_sizes: Sequence[int]) -> Class:
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
        return [(visitor.epoch(), visitor.state()) for visitor in visitors] + of_tabs

    before, start, cpu = await how_far(), time.perf_counter(), cores(server, browser)
    walks = [look_around(visitor, dice) for visitor in visitors] + [tab.look_around(dice) for tab in tabs]
    await together(walks, result.problems)
    await asyncio.sleep(max(0.0, size.span_s - (time.perf_counter() - start)))
    after = await how_far()
    result.span_s = time.perf_counter() - start
    result.cpu = {who: (seconds - cpu[who]) / result.span_s for who, seconds in cores(server, browser).items()}
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


def cores(server: Served, browser: Browser | None) -> dict[str, float]:
    """Seconds of processor time so far: the server's process, its worker, these visitors, the tabs."""
    own, worker = server.cpu_s()
    drawing = 0.0
    for process in psutil.Process().children(recursive=True) if browser else ():
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


def usual_way(size: Size) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.usual_fit", str(size.sessions), str(size.usual_s)]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603  (a module of ours)
    return json.loads(ended.stdout.splitlines()[-1])


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * len(values))] if values else float("nan")


def rows_on_answers(result: Class, must: float | None) -> list[Row]:
    rows = [
        Row.at_most("a rerun's server time while all train, p95, s", p95([a.seconds for a in result.answers]), must)
    ]
    for page in ("basic", "latent", "codes"):
        for whole, words in ((True, "the whole page"), (False, "a poll")):
            seconds = [a.seconds for a in result.answers if (a.page, a.whole) == (page, whole)]
            if seconds:
                name = f"  {page}, {words}, of {len(seconds)}"
                rows.append(Row.at_most(f"{name}, median, s", statistics.median(seconds)))
                rows.append(Row.at_most(f"{name}, p95, s", p95(seconds)))
    return rows


def rows_of(name: str, result: Class, alone_s: float, ratio: float | None, fairness: float | None) -> list[Row]:
    run_s = COSTED_EPOCHS * N_TRAIN / result.samples_per_s
    return [
        Row.at_least(f"{name}: samples/s together", result.samples_per_s),
        Row.at_least(f"{name}: samples/s together / those of one run alone", result.samples_per_s / alone_s, ratio),
        Row.at_least(f"{name}: fairness, Jain's index", result.fairness, fairness),
        Row.at_most(f"{name}: Train to the first reconstructions, median, s", statistics.median(result.first_signs)),
        Row.at_most(f"{name}: Train to the first reconstructions, worst, s", max(result.first_signs)),
        *(Row.at_most(f"{name}: cores taken by {who}", cores) for who, cores in result.cpu.items()),
        *(
            Row.at_most(f"{name}: what a run of {COSTED_EPOCHS} epochs costs, core-seconds of {who}", cores * run_s)
            for who, cores in result.cpu.items()
            if who in ("the server", "its worker")
        ),
    ]


async def measure(server: Served, size: Size) -> tuple[list[Row], list[str]]:
    problems: list[str] = []
    asked = size is FULL
    async with async_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        for process in psutil.Process().children(recursive=True):
            if "chrom" in process.name():
                process.nice(NICENESS_OF_TABS)
        rates, classes = [], []
        with Scales(server) as scales:
            for code_sizes in ((CODE_SIZE,), size.code_sizes):
                rate, found = await alone(server, size)
                say(f"alone: {rate:,.0f} samples/s")
                rates.append(rate)
                classes.append(await hold_class(server, browser, size, code_sizes))
                say(f"class of {len(code_sizes)} architectures: {classes[-1].samples_per_s:,.0f} samples/s")
                problems += found + classes[-1].problems
            rate, found = await alone(server, size)
            say(f"alone: {rate:,.0f} samples/s")
            rates.append(rate)
            problems += found
            await browser.close()
            first, last, found = await come_and_go(server, size)
            problems += found
    one, many = classes
    by_itself = statistics.median(rates)
    fair = 0.95 if asked else None  # in a short span the length of the turns shows
    n, kinds = size.sessions, len(size.code_sizes)
    rows = [
        Row.at_least("one run alone: samples/s (median of three)", by_itself),
        Row.at_most("one run alone: spread of the three, %", 100 * (max(rates) - min(rates)) / by_itself),
        *rows_of(f"{n} runs, one architecture", one, by_itself, 0.85 if asked else None, fair),
        *rows_of(f"{n} runs, {kinds} architectures", many, by_itself, 0.70 if asked else None, fair),
        *rows_on_answers(one, 1.0),
        Row.at_most("memory of all processes at the peak (PSS), MB", scales.peak.pss, 2_000),
        Row.at_most("memory of all processes at that moment (RSS), MB", scales.peak.rss),
        Row.at_most(f"memory after {size.first_weighing} visits (PSS), MB", first.pss),
        Row.at_most(f"memory after {size.visits} visits (PSS), MB", last.pss),
        Row.at_most("growth in between, %", 100 * (last.pss / first.pss - 1), 5 if asked else None),
    ]
    return rows, problems


def main() -> None:
    arguments = parse_arguments(__doc__)
    size = QUICK if arguments.quick else FULL
    with serve() as server:
        rows, problems = asyncio.run(measure(server, size))
        if trouble := server.trouble():
            problems += [f"in the log: {line}" for line in trouble]
            say(server.log.read_text(encoding="utf-8", errors="replace")[-LOG_SHOWN:])
    for problem in problems:
        say(problem)
    rows.append(Row.at_most("failed clicks, lost runs, exceptions in any log", len(problems), 0))
    say(f"the usual way, {size.sessions} threads with model.fit")
    usual = usual_way(size)
    rows.append(Row.at_least("the usual way: sessions that there is room for in 5 GB", usual["sessions"]))
    rows.append(Row.at_least("the usual way: samples/s of these together", usual["samples_per_s"]))
    rows.append(Row.at_most("the usual way: memory of its one process, MB", usual["peak_mb"]))
    report(rows, arguments)


if __name__ == "__main__":
    main()
