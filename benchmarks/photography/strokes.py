"""A digit drawn anew: its middle lines are traced, and a round pen follows them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from skimage.morphology import skeletonize

TRACED_SIDE = 224  # pixels, to which MNIST's 28 are enlarged before their middle line is traced
SPUR = 9  # pixels of those; branches up to this long are artefacts of the thinning


def strokes_of(digit: np.ndarray) -> list[np.ndarray]:
    """The middle lines of a digit uint8 (28, 28) → smooth curves (N, 2) of (x, y), in pixels of 28."""
    large = Image.fromarray(digit).resize((TRACED_SIDE, TRACED_SIDE), Image.Resampling.BICUBIC)
    solid = ndimage.gaussian_filter(np.asarray(large, np.float32), 3) > 100
    lines = _traced(skeletonize(solid))
    smooth = [
        np.column_stack([_smooth(axis, closed=np.array_equal(line[0], line[-1])) for axis in line.T]) for line in lines
    ]
    return [(line[:, ::-1] + 0.5) * digit.shape[0] / TRACED_SIDE for line in smooth]


def _smooth(values: np.ndarray, closed: bool) -> np.ndarray:
    sigma = min(4.0, len(values) / 6)
    if closed:
        return ndimage.gaussian_filter1d(values.astype(float), sigma, mode="wrap")
    # Mirrored about its ends, a curve keeps them where they are.
    ends = 2 * values[0] - values[1:][::-1], 2 * values[-1] - values[:-1][::-1]
    extended = np.concatenate([ends[0], values, ends[1]]).astype(float)
    return ndimage.gaussian_filter1d(extended, sigma)[len(ends[0]) : len(ends[0]) + len(values)]


def _traced(skeleton: np.ndarray) -> list[np.ndarray]:
    """Curves (N, 2) of (row, column) from one end or crossing to the next."""
    pixels = {tuple(p) for p in np.argwhere(skeleton)}
    steps = [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b]

    def beside(p: tuple[int, int]) -> list[tuple[int, int]]:
        near = [(p[0] + a, p[1] + b) for a, b in steps if (p[0] + a, p[1] + b) in pixels]
        # A diagonal step that two straight ones make as well is not a path of its own.
        return [q for q in near if not (q[0] != p[0] and q[1] != p[1] and ({(q[0], p[1]), (p[0], q[1])} & pixels))]

    paths = {p: beside(p) for p in pixels}
    nodes = [p for p in pixels if len(paths[p]) != 2]
    seen, lines = set(), []
    for start in [*nodes, *pixels]:  # rings have no node
        for first in paths[start]:
            if (start, first) in seen:
                continue
            line, before, here = [start], start, first
            while True:
                seen |= {(before, here), (here, before)}
                line.append(here)
                if len(paths[here]) != 2 or here == start:
                    break
                before, here = here, next(q for q in paths[here] if q != before)
            lines.append(line)
    short = [min(len(paths[line[0]]), len(paths[line[-1]])) == 1 and len(line) <= SPUR for line in lines]
    kept = [line for line, is_spur in zip(lines, short, strict=True) if not is_spur] or lines
    return [np.array(line) for line in kept] or [np.argwhere(skeleton)]


def drawn(
    digit: np.ndarray, tall: float, thick: float, rng: np.random.Generator, pressure: float = 0.15
) -> Image.Image:
    """A digit `tall` pixels high, drawn by a round pen `thick` pixels wide: 255 where there is ink, cut to its box."""
    lines = strokes_of(digit)
    points = np.concatenate(lines)
    low, high = points.min(0), points.max(0)
    # A flat digit (a lying 1) is not made as high as an upright one.
    scale = tall / max(high[1] - low[1], 0.6 * (high[0] - low[0]), 5.0)
    fine = 3 if thick < 6 else 2
    margin = thick * 0.8 + 1
    size = np.ceil(((high - low) * scale + 2 * margin) * fine).astype(int)
    canvas = Image.new("L", tuple(size.tolist()))
    pen = ImageDraw.Draw(canvas)
    for line in lines:
        path = ((line - low) * scale + margin) * fine
        length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
        at = np.linspace(0, length[-1], max(int(length[-1] / max(thick * fine / 8, 0.7)), 2))
        wave = ndimage.gaussian_filter1d(rng.standard_normal(len(at)), max(len(at) / 12, 1), mode="reflect")
        wide = 1 + pressure * wave / max(float(np.abs(wave).max()), 1e-9)
        for (x, y), w in zip(np.column_stack([np.interp(at, length, axis) for axis in path.T]), wide, strict=True):
            r = thick * fine * w / 2
            pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
    width, height = (max(int(side) // fine, 1) for side in size)
    return canvas.resize((width, height), Image.Resampling.BOX)
