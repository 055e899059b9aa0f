"""Filters designed by hand, and the lesson's example: a curve, and the filter that finds it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore.specs import SpecError, quote

Numbers = tuple[tuple[float, ...], ...]
MAX_SIZE = 7  # numbers per side
MAX_NUMBER = 1000  # what a number must stay below
INK, FAINT = 50, 20  # the grey values of the lesson's example, on paper of 0
LESSON_TOP = 50  # what counts as full ink there
# The rows and columns of the field (its upper left corner) where the curve is found, and where it is not.
CURVE_AT, ELSEWHERE_AT = (10, 3), (10, 20)
_MOUSE = """
............................
............................
............................
............................
............................
.................ooo........
................o...o.......
...............o.....o......
............####.....o......
..........##...o.....o......
.........#......o...o##.....
.......##........ooo...#....
......#o................#...
.....o#.............##...#..
.....#o.............##...o#.
.....o#...................#.
.......#................##..
.......o#...........####....
....###..##.......##........
..##.......########.........
.#.........#..#..#..........
.#.........##.##.##.........
..##........................
....##......................
............................
............................
............................
............................
"""


@dataclass(frozen=True)
class Filter:
    """A filter for one channel: its `numbers`, row by row, a `bias`, and a sentence on what it does to an image."""

    name: str
    title: str
    numbers: Numbers
    description: str
    bias: float = 0.0

    @property
    def kernel(self) -> np.ndarray:
        """float32 (kh, kw, 1, 1), as `convolution.convolve` takes it."""
        return np.array(self.numbers, np.float32)[..., None, None]

    @property
    def size(self) -> int:
        """How many numbers it has per side."""
        return len(self.numbers)


def _filter(name: str, title: str, rows: str, description: str, share: float = 1.0) -> Filter:
    """`rows`: numbers with spaces between them, rows with slashes; each is times `share`."""
    numbers = tuple(tuple(float(text) * share for text in row.split()) for row in rows.split("/"))
    return Filter(name, title, numbers, description)


FILTERS = {
    made.name: made
    for made in (
        _filter(
            "curve",
            "Curve (the lesson's)",
            "0 0 0 0 0 30 0 / 0 0 0 0 30 0 0 / 0 0 0 30 0 0 0 / 0 0 0 30 0 0 0 / 0 0 0 30 0 0 0 / 0 0 0 30 0 0 0 / "
            "0 0 0 0 0 0 0",
            "Large where the image has a line bent like its own: the better they fit, the larger the sum.",
        ),
        _filter(
            "vertical",
            "Vertical edge",
            "-1 0 1 / -1 0 1 / -1 0 1",
            "Above 0 where it gets lighter from left to right, below 0 where it gets darker, 0 where nothing changes.",
        ),
        _filter(
            "horizontal",
            "Horizontal edge",
            "-1 -1 -1 / 0 0 0 / 1 1 1",
            "Above 0 where it gets lighter from top to bottom, below 0 where it gets darker.",
        ),
        _filter(
            "sobel",
            "Sobel, left to right",
            "-1 0 1 / -2 0 2 / -1 0 1",
            "Like the vertical edge, but the row in the middle counts twice.",
        ),
        _filter(
            "sobel-down",
            "Sobel, top to bottom",
            "-1 -2 -1 / 0 0 0 / 1 2 1",
            "Like the horizontal edge, but the column in the middle counts twice.",
        ),
        _filter(
            "outline",
            "Every edge",
            "-1 -1 -1 / -1 8 -1 / -1 -1 -1",
            "A pixel against its eight neighbours: 0 wherever all of them are equal.",
        ),
        _filter(
            "blur",
            "Blur",
            "1 2 1 / 2 4 2 / 1 2 1",
            "The mean of a pixel and its neighbours, in which near ones count more.",
            1 / 16,
        ),
        _filter(
            "blur-5",
            "Blur, wider",
            "1 4 6 4 1 / 4 16 24 16 4 / 6 24 36 24 6 / 4 16 24 16 4 / 1 4 6 4 1",
            "The same over 5 × 5 pixels. All its numbers together are 1, so the image stays as light as it was.",
            1 / 256,
        ),
        _filter(
            "sharpen",
            "Sharpen",
            "0 -1 0 / -1 5 -1 / 0 -1 0",
            "Five times the pixel less its four neighbours: what differs, differs more.",
        ),
        _filter(
            "emboss",
            "Emboss",
            "-2 -1 0 / -1 1 1 / 0 1 2",
            "Like a relief with light from one corner: edges come out light on one side and dark on the other.",
        ),
        _filter(
            "identity",
            "Nothing at all",
            "0 0 0 / 0 1 0 / 0 0 0",
            "Only the pixel in the middle counts: the image comes out as it went in.",
        ),
    )
}


def mouse() -> np.ndarray:
    """The lesson's drawing, float32 (28, 28, 1): 0 for paper, 50 for ink, 20 where the line is faint."""
    values = {".": 0, "o": FAINT, "#": INK}
    return np.array([[values[mark] for mark in row] for row in _MOUSE.split()], np.float32)[..., None]


# Made by a visitor.


def check(numbers: Any) -> Numbers:
    """Numbers from outside as the rows of a filter, a square of up to 7 × 7. Raises SpecError for anything else."""
    try:
        rows = tuple(tuple(float(number) for number in row) for row in numbers)
    except (TypeError, ValueError, OverflowError):
        raise SpecError(f"A filter must be rows of numbers; got {quote(numbers)}.") from None
    if not 1 <= len(rows) <= MAX_SIZE or any(len(row) != len(rows) for row in rows):
        raise SpecError(f"A filter must have as many rows as columns, up to {MAX_SIZE}; got {quote(numbers)}.")
    if not all(math.isfinite(number) and abs(number) < MAX_NUMBER for row in rows for number in row):
        raise SpecError(f"A filter's numbers must be between -{MAX_NUMBER} and {MAX_NUMBER}; got {quote(numbers)}.")
    return rows


def parse(text: str) -> Numbers:
    """'-1,0,1;-2,0,2;-1,0,1' → its rows. Raises SpecError for text that is no filter."""
    try:
        return check([[float(number) for number in row.split(",")] for row in text.split(";")])
    except ValueError as error:
        if isinstance(error, SpecError):
            raise
        raise SpecError(f"A filter must be numbers such as 0,1,0;1,2,1;0,1,0; got {quote(text)}.") from None


def format_numbers(numbers: Numbers) -> str:
    """The text from which `parse` makes the same numbers, to six digits."""
    return ";".join(",".join(f"{number:.6g}" for number in row) for row in numbers)


def name_of(numbers: Numbers) -> str | None:
    """The shipped filter that has these numbers, if there is one."""
    return next((name for name, shipped in FILTERS.items() if shipped.numbers == numbers), None)


# For transposed convolution: filters to stamp with, `stride` pixels apart.


def stamps(stride: int) -> dict[str, Filter]:
    """Three filters that show what overlap does, for stamps `stride` (2 to 4) pixels apart."""
    slope = [1 - abs(place) / stride for place in range(1 - stride, stride)]
    made = (
        Filter("block", "A block of ones", ((1.0,) * stride,) * stride, "As wide as the stamps are apart: upsampling."),
        Filter(
            "ones",
            "Ones, a little too wide",
            ((1.0,) * (stride + 1),) * (stride + 1),
            "One pixel wider than the stamps are apart: they overlap, and where they do it gets brighter.",
        ),
        Filter(
            "smooth",
            "A tent",
            tuple(tuple(a * b for b in slope) for a in slope),
            "Stamps overlap, but each fades out by as much as its neighbour fades in: the result is smooth.",
        ),
    )
    return {each.name: each for each in made}


# A second layer by hand.

FIRST_LAYER = ("vertical", "horizontal", "blur")


def corner() -> tuple[np.ndarray, float, str]:
    """A filter over the maps of `FIRST_LAYER`: float32 (3, 3, 3), its bias, and what it finds."""
    vertical = np.array([[0, 1, 0], [0, 1, 0], [0, 1, 0]], np.float32)
    horizontal = np.array([[0, 0, 0], [1, 1, 1], [0, 0, 0]], np.float32)
    ink = np.full((3, 3), -0.5, np.float32)
    return np.stack([vertical, horizontal, ink], axis=-1), -4.0, "where a vertical and a horizontal edge meet"
