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

Memory is that of the server with all processes that it started (PSS, sampled once per second), without the visitors.
The usual way, `benchmarks.usual.class_by_fit`, has the machine to itself. The whole takes a quarter of an hour;
`--quick`, with six visitors, about two minutes, and what is asked of thirty is not asked of them.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence

import psutil
from playwright.async_api import async_playwright

from benchmarks.classroom.measuring import Class, Size, alone, come_and_go, hold_class
from benchmarks.classroom.students import CODE_SIZE, N_TRAIN
from benchmarks.harness import browser
from benchmarks.harness.server import ROOT, Memory, MemoryMonitor, Served, serve
from benchmarks.harness.table import Row, parse_arguments, report, say

COSTED_EPOCHS = 10
CODE_SIZES = (24, 26, 28, 30, 32, 34, 36, 38, 40, 42)  # ten architectures of about the same work
LOG_SHOWN = 10_000  # letters of the log's end, if there is something wrong in it
NICENESS_OF_TABS = 19  # a class has machines of its own; here the tabs' drawing must not take the server's

FULL = Size(30, 3, CODE_SIZES, 60.0, 15.0, 300, 50, 45.0)
QUICK = Size(6, 1, CODE_SIZES[:3], 12.0, 6.0, 30, 10, 10.0)
SMOKE = Size(2, 1, CODE_SIZES[:2], 4.0, 2.0, 2, 1, 2.0)


def usual_way(size: Size) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.usual.class_by_fit", str(size.sessions), str(size.usual_s)]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603  (a module of ours)
    return json.loads(ended.stdout.splitlines()[-1])


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * len(values))] if values else float("nan")


def rows_on_answers(result: Class, must: float | None) -> list[Row]:
    rows = [
        Row.at_most("a rerun's server time while all train, p95, s", p95([a.seconds for a in result.answers]), must)
    ]
    for page in ("basic", "latent", "codes"):
        for whole, what in ((True, "the whole page"), (False, "a poll")):
            seconds = [a.seconds for a in result.answers if (a.page, a.whole) == (page, whole)]
            if seconds:
                name = f"  {page}, {what}, of {len(seconds)}"
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
    rates, classes = [], []

    async def train_alone() -> None:
        rate, found = await alone(server, size)
        say(f"alone: {rate:,.0f} samples/s")
        rates.append(rate)
        problems.extend(found)

    async with async_playwright() as playwright:
        tabs = await playwright.chromium.launch(executable_path=browser.executable(), args=browser.FLAGS)
        for process in psutil.Process().children(recursive=True):
            if "chrom" in process.name():
                process.nice(NICENESS_OF_TABS)
        with MemoryMonitor(server) as memory:
            for code_sizes in ((CODE_SIZE,), size.code_sizes):
                await train_alone()
                classes.append(await hold_class(server, tabs, size, code_sizes))
                say(f"class of {len(code_sizes)} architectures: {classes[-1].samples_per_s:,.0f} samples/s")
                problems += classes[-1].problems
            await train_alone()
            await tabs.close()
            *visits, found = await come_and_go(server, size)
            problems += found
    return [*training_rows(size, rates, classes), *memory_rows(size, memory.peak, *visits)], problems


def training_rows(size: Size, rates: Sequence[float], classes: Sequence[Class]) -> list[Row]:
    asked = size is FULL
    one, many = classes
    by_itself = statistics.median(rates)
    fair = 0.95 if asked else None  # in a short span the length of the turns shows
    n, kinds = size.sessions, len(size.code_sizes)
    return [
        Row.at_least("one run alone: samples/s (median of three)", by_itself),
        Row.at_most("one run alone: spread of the three, %", 100 * (max(rates) - min(rates)) / by_itself),
        *rows_of(f"{n} runs, one architecture", one, by_itself, 0.85 if asked else None, fair),
        *rows_of(f"{n} runs, {kinds} architectures", many, by_itself, 0.70 if asked else None, fair),
        *rows_on_answers(one, 1.0),
    ]


def memory_rows(size: Size, peak: Memory, first: Memory, last: Memory) -> list[Row]:
    return [
        Row.at_most("memory of all processes at the peak (PSS), MB", peak.pss, 2_000),
        Row.at_most("memory of all processes at that moment (RSS), MB", peak.rss),
        Row.at_most(f"memory after {size.first_weighing} visits (PSS), MB", first.pss),
        Row.at_most(f"memory after {size.visits} visits (PSS), MB", last.pss),
        Row.at_most("growth in between, %", 100 * (last.pss / first.pss - 1), 5 if size is FULL else None),
    ]


def main() -> None:
    arguments = parse_arguments(__doc__)
    size = SMOKE if arguments.smoke else QUICK if arguments.quick else FULL
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
