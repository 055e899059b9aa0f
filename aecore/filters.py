"""Filters that people have thought out, and the lesson's example: a curve, and the filter that finds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    """A filter for one channel: its `numbers`, row by row, a `bias`, and in a sentence what it does to a picture."""

    name: str
    title: str
    numbers: tuple[tuple[float, ...], ...]
    words: str
    bias: float = 0.0

    @property
    def kernel(self) -> np.ndarray:
        """float32 (kh, kw, 1, 1), as `convolution.convolve` takes it."""
        return np.array(self.numbers, np.float32)[..., None, None]

    @property
    def size(self) -> int:
        """How many numbers it has a side."""
        return len(self.numbers)


def _filter(name: str, title: str, rows: str, words: str, share: float = 1.0) -> Filter:
    """`rows`: numbers with spaces between them, rows with slashes; each is times `share`."""
    numbers = tuple(tuple(float(text) * share for text in row.split()) for row in rows.split("/"))
    return Filter(name, title, numbers, words)


FILTERS = {
    made.name: made
    for made in (
        _filter(
            "curve",
            "Curve (the lesson's)",
            "0 0 0 0 0 30 0 / 0 0 0 0 30 0 0 / 0 0 0 30 0 0 0 / 0 0 0 30 0 0 0 / 0 0 0 30 0 0 0 / 0 0 0 30 0 0 0 / "
            "0 0 0 0 0 0 0",
            "Large where the picture has a line bent like its own: the better they fit, the larger the sum.",
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
            "As the vertical edge, but the row in the middle counts twice.",
        ),
        _filter(
            "sobel-down",
            "Sobel, top to bottom",
            "-1 -2 -1 / 0 0 0 / 1 2 1",
            "As the horizontal edge, but the column in the middle counts twice.",
        ),
        _filter(
            "outline",
            "Every edge",
            "-1 -1 -1 / -1 8 -1 / -1 -1 -1",
            "A pixel against its eight neighbours: 0 wherever all of them are alike.",
        ),
        _filter(
            "blur",
            "Blur",
            "1 2 1 / 2 4 2 / 1 2 1",
            "The mean of a pixel and its neighbours, the near ones counting more.",
            1 / 16,
        ),
        _filter(
            "blur-5",
            "Blur, wider",
            "1 4 6 4 1 / 4 16 24 16 4 / 6 24 36 24 6 / 4 16 24 16 4 / 1 4 6 4 1",
            "The same over 5 × 5 pixels. All its numbers together are 1, so the picture gets neither lighter nor darker.",
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
            "Light from the upper left: slopes that face it come out dark, the others light.",
        ),
        _filter(
            "identity",
            "Nothing at all",
            "0 0 0 / 0 1 0 / 0 0 0",
            "Only the pixel in the middle counts: the picture comes out as it went in.",
        ),
    )
}


def mouse() -> np.ndarray:
    """The lesson's drawing, float32 (28, 28, 1): 0 for paper, 50 for ink, 20 where the line is faint."""
    values = {".": 0, "o": FAINT, "#": INK}
    return np.array([[values[mark] for mark in row] for row in _MOUSE.split()], np.float32)[..., None]
