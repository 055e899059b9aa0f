"""Photographs of handwritten digits, made: MNIST's test digits drawn anew with a pen on paper, lit and photographed.

Lengths on the paper are in millimetres, so that a ballpoint's line is as thin beside a large digit as it is in a
photograph. Nothing here knows how the pictures are read. Everything follows from the seed.
"""

from __future__ import annotations

import dataclasses
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from skimage.morphology import skeletonize

TRACED_SIDE = 224  # pixels, to which MNIST's 28 are enlarged before their middle line is traced
SPUR = 9  # pixels of those; branches up to this long are artefacts of the thinning
MAX_FALL = 0.6  # of the light, from the brightest place to the darkest


@dataclass(frozen=True)
class Pen:
    """`width` in millimetres, from and to; `colour` of full ink as reflectances; `cover` from and to; `grain` of it."""

    width: tuple[float, float]
    colours: tuple[tuple[float, float, float], ...]
    cover: tuple[float, float]
    grain: float


@dataclass(frozen=True)
class Paper:
    """Printed lines each `spacing` millimetres, across and, if `squared`, down; None for none."""

    spacing: tuple[float, float] | None = None
    squared: bool = False


PENS = {
    "ballpoint": Pen((0.4, 0.7), ((0.08, 0.14, 0.50), (0.05, 0.08, 0.35)), (0.75, 0.95), 0.15),
    "pencil": Pen((0.5, 0.9), ((0.25, 0.25, 0.27),), (0.55, 0.9), 0.35),
    "felt-tip": Pen((1.2, 3.5), ((0.06, 0.06, 0.08), (0.10, 0.12, 0.45), (0.55, 0.10, 0.12)), (0.9, 1.0), 0.05),
}
PAPERS = {"white": Paper(), "lined": Paper((7.0, 10.0)), "squared": Paper((4.5, 5.5), squared=True)}


@dataclass(frozen=True)
class Scene:
    """How a sheet is photographed. `size`: pixels, width and height; `view`: millimetres of paper across the width.

    `height` of the digit as a share of the picture's shorter side; `tilt` in degrees, of sheet and digit together;
    `fall`: the share of light that is lost across the picture; `shadow`: "none", "soft" or "hard"; `table`: whether
    the sheet's edges are in sight; `blur` in pixels; `noise` as a standard deviation; `quality` of the JPEG.
    """

    size: tuple[int, int] = (1200, 1600)
    view: float = 150.0
    height: float = 0.3
    tilt: float = 0.0
    fall: float = 0.0
    shadow: str = "none"
    table: bool = False
    blur: float = 0.6
    noise: float = 0.008
    quality: int = 88


def random_scene(rng: np.random.Generator) -> Scene:
    """A scene as a telephone meets it: digits of 10 to 60 % of the picture, every light, a table edge now and then."""
    long = int(rng.choice([900, 1200, 1600]))
    size = (long * 3 // 4, long) if rng.random() < 0.7 else (long, long * 3 // 4)
    return Scene(
        size=size,
        view=float(rng.uniform(60, 210)),
        height=float(np.exp(rng.uniform(np.log(0.1), np.log(0.6)))),
        tilt=float(rng.normal(0, 3)),
        fall=float(rng.uniform(0, MAX_FALL)),
        shadow=str(rng.choice(["none", "soft", "hard"], p=[0.5, 0.25, 0.25])),
        table=bool(rng.random() < 0.3),
        blur=float(rng.uniform(0.3, 1.4)),
        noise=float(rng.uniform(0, 0.02)),
        quality=int(rng.integers(60, 96)),
    )


def photograph(
    digits: list[np.ndarray], pen: str, paper: str, scene: Scene, rng: np.random.Generator
) -> tuple[bytes, tuple[float, float, float, float] | None]:
    """The JPEG of a sheet with these digits, uint8 (28, 28), in a row; and their box as shares of width and height."""
    width, height = scene.size
    sheet = Image.new("L", scene.size)  # the ink's cover, 255 full; the sheet lies straight until it is turned
    kind, box = PENS[pen], None
    if digits:
        tall = scene.height * min(scene.size)
        pixel = scene.view / width  # millimetres
        thick = max(rng.uniform(*kind.width) / pixel, 0.8)
        drawn = [_drawn(digit, tall, thick, rng) for digit in digits]
        gap = round(tall * rng.uniform(0.15, 0.5))
        row_width = sum(image.width for image in drawn) + gap * (len(drawn) - 1)
        room = [side - used for side, used in zip(scene.size, (row_width, drawn[0].height), strict=True)]
        # Wherever it pleases, but not at the picture's very edge, where the sheet may have ended.
        left, top = (round(free * rng.uniform(0.25, 0.75)) for free in room)
        box = (left / width, top / height, (left + row_width) / width, (top + drawn[0].height) / height)
        for image in drawn:
            sheet.paste(255, (left, top), image)
            left += image.width + gap
    cover = np.asarray(sheet, np.float32) / 255
    cover *= rng.uniform(*kind.cover) * (1 - kind.grain * np.abs(_texture(rng, cover.shape, 1.0)))
    ink = np.array(kind.colours[rng.integers(len(kind.colours))], np.float32)
    page = _paper(PAPERS[paper], scene, rng)
    page *= 1 - np.clip(cover, 0, 1)[..., None] * (1 - ink)
    page = _laid(page, scene, rng)
    page *= _light(scene, rng)[..., None]
    page = ndimage.gaussian_filter(page, (scene.blur, scene.blur, 0), truncate=3)
    noise = scene.noise * rng.standard_normal(page.shape, np.float32)
    page += noise + noise.mean(-1, keepdims=True)  # of the light as much as of the colours
    file = io.BytesIO()
    Image.fromarray(np.rint(np.clip(page, 0, 1) * 255).astype(np.uint8)).save(file, "JPEG", quality=scene.quality)
    return file.getvalue(), box


def plain(digit: np.ndarray, side: int, inverted: bool) -> bytes:
    """A PNG of MNIST's own image uint8 (28, 28), `side` pixels large; black on white, or inverted."""
    image = Image.fromarray(digit if inverted else 255 - digit)
    file = io.BytesIO()
    image.resize((side, side), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def drawing(digit: np.ndarray, relative_width: float, rng: np.random.Generator, light: bool = False) -> bytes:
    """A PNG of a digit uint8 (28, 28) on a plain ground; the pen is `relative_width` of the digit's height wide."""
    tall = int(rng.integers(300, 700))
    image = _drawn(digit, tall, max(relative_width * tall, 1.0), rng, pressure=0.0)
    room = [round(side * rng.uniform(1.2, 2.5)) for side in image.size]
    sheet = Image.new("L", tuple(room))
    sheet.paste(
        255, tuple(round((a - b) * rng.uniform(0.3, 0.7)) for a, b in zip(room, image.size, strict=True)), image
    )
    values = np.asarray(sheet)
    file = io.BytesIO()
    Image.fromarray(values if light else 255 - values).save(file, "PNG")
    return file.getvalue()


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
        # A diagonal step that two straight ones make, too, is no way of its own.
        return [q for q in near if not (q[0] != p[0] and q[1] != p[1] and ({(q[0], p[1]), (p[0], q[1])} & pixels))]

    ways = {p: beside(p) for p in pixels}
    nodes = [p for p in pixels if len(ways[p]) != 2]
    seen, lines = set(), []
    for start in [*nodes, *pixels]:  # rings have no node
        for first in ways[start]:
            if (start, first) in seen:
                continue
            line, before, here = [start], start, first
            while True:
                seen |= {(before, here), (here, before)}
                line.append(here)
                if len(ways[here]) != 2 or here == start:
                    break
                before, here = here, next(q for q in ways[here] if q != before)
            lines.append(line)
    short = [min(len(ways[line[0]]), len(ways[line[-1]])) == 1 and len(line) <= SPUR for line in lines]
    kept = [line for line, is_spur in zip(lines, short, strict=True) if not is_spur] or lines
    return [np.array(line) for line in kept] or [np.argwhere(skeleton)]


def _drawn(
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
    return canvas.resize(tuple(max(int(side) // fine, 1) for side in size), Image.Resampling.BOX)


def _texture(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> np.ndarray:
    """Smooth noise (H, W) with a standard deviation of 1; `sigma` in pixels."""
    step = max(1, int(sigma / 2))
    white = rng.standard_normal([side // step + 2 for side in shape], np.float32)
    small = ndimage.gaussian_filter(white, sigma / step, truncate=3)
    out = ndimage.zoom(small, step, order=1) if step > 1 else small
    return (out[: shape[0], : shape[1]] / max(out.std(), 1e-9)).astype(np.float32)


def _paper(paper: Paper, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The empty sheet: reflectances float32 (H, W, 3)."""
    (width, height), pixel = scene.size, scene.view / scene.size[0]
    tone = np.array([0.95, 0.95, 0.94], np.float32) - rng.uniform(0, 0.06, 3).astype(np.float32)
    sheet = np.broadcast_to(tone, (height, width, 3)).copy()
    sheet *= 1 + (0.006 * _texture(rng, (height, width), 1.5) + 0.008 * _texture(rng, (height, width), 40))[..., None]
    if paper.spacing:
        colour = 1 - rng.uniform(0.15, 0.45) * (1 - np.array([[0.3, 0.5, 0.85], [0.45, 0.45, 0.5]][rng.integers(2)]))
        spacing, thick = rng.uniform(*paper.spacing) / pixel, rng.uniform(0.15, 0.3) / pixel
        first = rng.uniform(0, spacing, 2)
        for axis in (0, 1) if paper.squared else (0,):
            at = np.arange(sheet.shape[axis]) + 0.5
            away = np.abs((at - first[axis] + spacing / 2) % spacing - spacing / 2)
            line = np.clip(thick / 2 + 0.5 - away, 0, min(thick, 1))
            line = line[:, None] if axis == 0 else line[None, :]
            sheet *= 1 - line[..., None] * (1 - colour)
        if not paper.squared and rng.random() < 0.5:
            away = np.abs(np.arange(width) + 0.5 - width * rng.uniform(0.06, 0.2))
            line = np.clip(thick / 2 + 0.5 - away, 0, min(thick, 1))
            sheet *= 1 - line[None, :, None] * (1 - np.array([0.9, 0.55, 0.55]))
    return sheet.astype(np.float32)


def _laid(page: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The sheet turned by its tilt, and on a table where its edges are in sight."""
    height, width = page.shape[:2]
    image = Image.fromarray(np.rint(np.clip(page, 0, 1) * 255).astype(np.uint8))
    tone = tuple(image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))
    if not scene.table:  # what turns into sight is more of the sheet
        grown = np.pad(page, ((height // 6,) * 2, (width // 6,) * 2, (0, 0)), mode="reflect")
        image = Image.fromarray(np.rint(np.clip(grown, 0, 1) * 255).astype(np.uint8))
        turned = image.rotate(scene.tilt, Image.Resampling.BICUBIC, fillcolor=tone)
        cut = (width // 6, height // 6, width // 6 + width, height // 6 + height)
        return np.asarray(turned.crop(cut), np.float32) / 255
    table = np.array([[0.30, 0.20, 0.14], [0.12, 0.12, 0.13], [0.55, 0.42, 0.30], [0.70, 0.70, 0.72]])[rng.integers(4)]
    grain = ndimage.gaussian_filter1d(_texture(rng, (height, width), 2), 25, axis=1)
    wood = table * (1 + 0.12 * grain / max(grain.std(), 1e-9))[..., None]
    inset = [side * rng.uniform(0.02, 0.12) if rng.random() < 0.6 else -side * 0.2 for side in (width, height) * 2]
    if all(value < 0 for value in inset):
        inset[rng.integers(4)] = 0.08 * min(width, height)
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).rectangle((inset[0], inset[1], width - inset[2], height - inset[3]), fill=255)
    grown = [m.rotate(scene.tilt, Image.Resampling.BICUBIC, fillcolor=f) for m, f in ((image, tone), (mask, 0))]
    if min(inset) < 0:  # where the sheet goes on, so does its turned image
        solid = Image.new("L", (width * 2, height * 2))
        corners = (width / 2 + inset[0], height / 2 + inset[1], width * 1.5 - inset[2], height * 1.5 - inset[3])
        ImageDraw.Draw(solid).rectangle(corners, fill=255)
        turned = solid.rotate(scene.tilt, Image.Resampling.BICUBIC)
        grown[1] = turned.crop((width // 2, height // 2, width // 2 + width, height // 2 + height))
    sheet, inside = (np.asarray(image, np.float32) / 255 for image in grown)
    # The sheet throws a thin shadow on the table.
    near = 1 - 0.35 * ndimage.gaussian_filter(inside, 6)
    return sheet * inside[..., None] + (wood * near[..., None] * (1 - inside[..., None])).astype(np.float32)


def _light(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The light that falls on each pixel, float32 (H, W), at most 1."""
    width, height = scene.size
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    away = x * np.cos(angle) + y * np.sin(angle)
    away = (away - away.min()) / max(float(np.ptp(away)), 1e-6)
    if rng.random() < 0.4:  # a lamp
        away = away ** rng.uniform(1.2, 2)
    light = rng.uniform(0.8, 1.0) * (1 - scene.fall * away)
    if scene.shadow != "none":
        turn, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
        across = x * np.cos(turn) + y * np.sin(turn) - offset
        if rng.random() < 0.4:  # of a hand or of the telephone, not of a wall
            along = -x * np.sin(turn) + y * np.cos(turn) - rng.uniform(-0.3, 0.3)
            across = np.maximum(across, np.abs(along) - rng.uniform(0.15, 0.3))
        edge = rng.uniform(0.05, 0.2) if scene.shadow == "soft" else rng.uniform(0.001, 0.004)
        light *= 1 - rng.uniform(0.25, 0.55) / (1 + np.exp(np.clip(across / (edge / 4), -50, 50)))
    return light


def with_changes(scene: Scene, **changes: object) -> Scene:
    """The same scene but for these."""
    return dataclasses.replace(scene, **changes)
