"""The table that every benchmark prints: one figure per row, what it must be, what it aims at, whether it holds."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured figure. `must` and `aim` are None where nothing is asked of it; `ok` tells whether `must` holds."""

    name: str
    value: float
    must: float | None
    aim: float | None
    ok: bool
    sign: str = ""

    @classmethod
    def at_least(cls, name: str, value: float, must: float | None = None, aim: float | None = None) -> Row:
        """A figure of which more is better."""
        return cls(name, value, must, aim, must is None or value >= must, "≥")

    @classmethod
    def at_most(cls, name: str, value: float, must: float | None = None, aim: float | None = None) -> Row:
        """A figure of which less is better."""
        return cls(name, value, must, aim, must is None or value <= must, "≤")


def parse_arguments(description: str | None, **flags: str) -> argparse.Namespace:
    """`--quick` (a minute or two), `--smoke` (seconds), `--json FILE`, and further flags, each with what it does.

    `--smoke` implies `--quick`; its figures mean nothing, and nothing is asked of them.
    """
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round, a minute or two; noisier")
    parser.add_argument("--smoke", action="store_true", help="as little as possible, to see that everything still runs")
    parser.add_argument("--json", metavar="FILE", help="also write the rows as JSON")
    for name, what in flags.items():
        parser.add_argument(f"--{name}", action="store_true", help=what)
    arguments = parser.parse_args()
    arguments.quick |= arguments.smoke
    return arguments


def say(text: str) -> None:
    """How far a long measurement is, beside the table."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def report(rows: Sequence[Row], arguments: argparse.Namespace) -> None:
    """Print the table, write the JSON if asked for, and end the program: with status 1 if a `must` does not hold."""

    def bound(row: Row, value: float | None) -> str:
        return "" if value is None else f"{row.sign} {value:,.6g}"

    if arguments.smoke:
        rows = [dataclasses.replace(row, must=None, aim=None, ok=True) for row in rows]
    cells = [("what", "measured", "must", "aim", "")]
    for row in rows:
        verdict = "" if row.must is None else "ok" if row.ok else "MISSED"
        cells.append((row.name, f"{row.value:,.4g}", bound(row, row.must), bound(row, row.aim), verdict))
    widths = [max(len(line[i]) for line in cells) for i in range(5)]
    for i, line in enumerate(cells):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")
        if i == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            kept = ("name", "value", "must", "aim", "ok")
            json.dump([{k: v for k, v in dataclasses.asdict(row).items() if k in kept} for row in rows], file, indent=1)
    sys.exit(not all(row.ok for row in rows))
