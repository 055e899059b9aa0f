"""Dirt: a clean page → what a scanner would have seen of it after coffee, folds, shoes and bad light.

Every texture is made by a procedure at several scales, so no two pages are dirty alike.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.imaging.arrays import to_float, to_uint8

KINDS = {
    "coffee": "Coffee rings and spills",
    "folds": "Folds",
    "wrinkles": "Wrinkled paper",
    "footprints": "Footprints and smears",
    "shadow": "Uneven light",
    "show_through": "Show-through",
    "grey": "Grey paper",
    "faded": "Faded ink",
    "grain": "Scanner noise",
    "blur": "Blur, low resolution",
    "jpeg": "JPEG",
}


@dataclass(frozen=True)
class DirtSpec:
    """How much of each kind, from 0, none, to 1, as bad as it gets."""

    coffee: float = 0.0
    folds: float = 0.0
    wrinkles: float = 0.0
    footprints: float = 0.0
    shadow: float = 0.0
    show_through: float = 0.0
    grey: float = 0.0
    faded: float = 0.0
    grain: float = 0.0
    blur: float = 0.0
    jpeg: float = 0.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not 0 <= value <= 1:
                raise ValueError(f"{KINDS[field.name]} must be a number from 0 to 1, but {value!r} came.")


def random_dirt(rng: np.random.Generator) -> DirtSpec:
    """Dirt as pages meet it: one or two large kinds, and some of what every scan has."""
    amounts = dict.fromkeys(KINDS, 0.0)
    for kind in rng.choice(["coffee", "folds", "wrinkles", "footprints"], rng.integers(0, 3), replace=False):
        amounts[kind] = rng.uniform(0.15, 1.0)
    for kind, odds in (("shadow", 0.6), ("show_through", 0.2), ("grey", 0.85), ("faded", 0.45), ("grain", 0.75),
                       ("blur", 0.4), ("jpeg", 0.4)):  # fmt: skip
        if rng.random() < odds:
            amounts[kind] = float(rng.random())
    return DirtSpec(**amounts)


def dirty(page: np.ndarray, dirt: DirtSpec, rng: np.random.Generator, other: np.ndarray | None = None) -> np.ndarray:
    """A clean page, uint8 (H, W), 255 the paper → the same page dirty, uint8 (H, W).

    `other`: the page whose ink shows through from behind; by default the page itself, mirrored.
    """
    ink = 1 - to_float(page)  # 0 the paper, 1 the ink
    shape = page.shape
    paper = np.full(shape, 1 - dirt.grey * rng.uniform(0.25, 0.45), np.float32)
    paper += (0.004 + 0.02 * dirt.grey) * rng.uniform(0.2, 1) * texture(rng, shape, 1.0)
    paper += 0.03 * dirt.grey * rng.random() * texture(rng, shape, 2.0)
    if dirt.show_through:
        behind = 1 - to_float(other) if other is not None else ink
        behind = _blurred(behind[:, ::-1], rng.uniform(1, 3))
        paper *= 1 - dirt.show_through * rng.uniform(0.1, 0.3) * np.roll(behind, rng.integers(-20, 20, 2), (0, 1))
    layers: tuple[tuple[float, Callable], ...] = (
        (dirt.wrinkles, _wrinkles), (dirt.folds, _folds), (dirt.shadow, _shadow), (dirt.coffee, _coffee),
        (dirt.footprints, _footprints),
    )  # fmt: skip
    over = np.ones(shape, np.float32)
    for amount, layer in layers:
        if amount:
            over *= layer(rng, shape, amount)
    # Even fresh ink reflects some light, and faded ink a good deal of it, more here than there.
    light = rng.uniform(0.0, 0.2) + dirt.faded * rng.uniform(0.1, 0.45)
    if dirt.faded:
        light = np.clip(light + 0.15 * dirt.faded * texture(rng, shape, rng.uniform(0.5, 2.0)), 0, 0.75)
    paper = np.clip(paper, 0.05, 1)
    if rng.random() < 0.75:
        seen = paper * over * (1 - ink * (1 - light))  # dirt darkens the ink as well
    else:
        seen = paper * over * (1 - ink) + ink * np.minimum(light, paper * over)  # ink on top of it
    seen = _resolved(seen, dirt.blur, rng)
    if dirt.grain:
        seen = seen + dirt.grain * rng.uniform(0.005, 0.07) * rng.standard_normal(shape, np.float32)
        if rng.random() < 0.3:
            seen = np.where(rng.random(shape, np.float32) < 0.004 * dirt.grain, rng.random(shape, np.float32), seen)
        if rng.random() < 0.2:
            seen = seen + 0.03 * dirt.grain * rng.standard_normal((1, shape[1])).astype(np.float32)
    seen = to_uint8(np.clip(seen, 0, 1))
    return _through_jpeg(seen, dirt.jpeg, rng) if dirt.jpeg else seen


# Textures.


def texture(rng: np.random.Generator, shape: tuple[int, int], roughness: float) -> np.ndarray:
    """Random (H, W), mean 0, standard deviation 1, whose amplitudes fall with the frequency to the power `roughness`.

    0 is white noise, 1 paper, 2 clouds, 3 hills.
    """
    import scipy.fft

    height, width = (scipy.fft.next_fast_len(n + 16) for n in shape)
    spectrum = scipy.fft.rfft2(rng.standard_normal((height, width), np.float32))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)).astype(np.float32)
    frequency[0, 0] = np.inf
    out = scipy.fft.irfft2(spectrum * frequency**-roughness, (height, width))[: shape[0], : shape[1]]
    return (out - out.mean()) / (out.std() + 1e-6)


def _blurred(image: np.ndarray, sigma: float) -> np.ndarray:
    from scipy import ndimage

    return ndimage.gaussian_filter(image, sigma, truncate=3)


def _grid(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.mgrid[: shape[0], : shape[1]].astype(np.float32))


def _steps(values: np.ndarray, width: float) -> np.ndarray:
    """From 0 to 1 where `values` cross 0, within about `width`."""
    return 1 / (1 + np.exp(-np.clip(values / max(width, 1e-3), -30, 30)))


# The kinds: what fraction of the light is left, (H, W), around 1.


def _coffee(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    left = np.ones(shape, np.float32)
    y, x = _grid(shape)
    side = min(shape)
    for _ in range(rng.integers(1, 4)):
        depth = amount * rng.uniform(0.25, 0.85)
        centre = rng.uniform(-0.1, 1.1, 2) * shape
        rough = texture(rng, shape, rng.uniform(1.5, 2.5))
        if rng.random() < 0.65:  # the rim of a cup
            radius, width = rng.uniform(0.15, 0.5) * side, rng.uniform(1.5, 9) * max(side / 420, 0.5)
            dy, dx = (y - centre[0]) * rng.uniform(0.85, 1.15), x - centre[1]
            distance = np.hypot(dy, dx) - radius + rng.uniform(0, 3) * rough
            angle = np.arctan2(dy, dx)
            strong = np.clip(0.55 + 0.45 * np.cos(angle - rng.uniform(0, 6.3)) + 0.35 * rough, 0.05, 1)
            rim = np.exp(-np.abs(distance) / width) * strong
            rim = np.maximum(rim, 0.8 * strong * _steps(width - np.abs(distance), rng.uniform(0.4, 1.5)))
            inside = rng.uniform(0, 0.35) * _steps(-distance, 2.0) * np.clip(1 + 0.4 * rough, 0, 2)
            left *= 1 - depth * np.clip(rim + inside, 0, 1)
        else:  # a spill, darker where it dried last: along its edge
            hills = texture(rng, shape, rng.uniform(2.2, 3.2))
            near = np.hypot(y - centre[0], x - centre[1]) / (rng.uniform(0.15, 0.6) * side)
            level = (hills + rng.uniform(0.5, 1.5) - near * rng.uniform(0.8, 2)) * rng.uniform(10, 40)
            inside = _steps(level, rng.uniform(0.3, 1.5))
            edge = np.exp(-np.abs(level) / rng.uniform(1, 5))
            left *= 1 - depth * np.clip(inside * rng.uniform(0.2, 0.7) * (1 + 0.25 * rough) + 0.5 * edge, 0, 1)
    for _ in range(rng.integers(0, 12)):  # drops
        centre, radius = rng.uniform(0, 1, 2) * shape, rng.uniform(2, 14) * side / 420
        distance = np.hypot(y - centre[0], x - centre[1]) - radius
        drop = _steps(-distance, 0.7) * rng.uniform(0.3, 1) + 0.6 * np.exp(-np.abs(distance))
        left *= 1 - amount * rng.uniform(0.1, 0.6) * np.clip(drop, 0, 1)
    return left


def _folds(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    left = np.ones(shape, np.float32)
    y, x = _grid(shape)
    for _ in range(rng.integers(1, 6)):
        upright = rng.random() < 0.5
        angle = (np.pi / 2 if upright else 0.0) + rng.normal(0, 0.05 if rng.random() < 0.7 else 0.8)
        centre = rng.uniform(0.05, 0.95, 2) * shape
        across = (y - centre[0]) * np.cos(angle) - (x - centre[1]) * np.sin(angle)
        bent = texture(rng, shape, 2.5)
        across = across + rng.uniform(0, 2.5) * bent
        broken = np.clip(0.6 + 0.6 * texture(rng, shape, rng.uniform(0.6, 1.6)), 0, 1.6)
        # The sheet falls away from the crease on both sides, and the light comes from one of them.
        reach = rng.uniform(6, 120)
        slope = np.sign(across) * np.exp(-np.abs(across) / reach)
        left *= 1 + amount * rng.uniform(-0.22, 0.22) * slope
        width = rng.uniform(0.6, 3.0)
        line = np.exp(-np.square(across / width)) * broken
        left *= 1 - amount * rng.choice([1.0, 1.0, -0.5]) * rng.uniform(0.1, 0.6) * np.clip(line, 0, 1)
        if rng.random() < 0.5:  # a second edge beside the first
            line = np.exp(-np.square((across - rng.uniform(-8, 8)) / width)) * broken
            left *= 1 - amount * rng.uniform(-0.15, 0.25) * np.clip(line, 0, 1)
    return np.clip(left, 0.15, 1.25)


def _wrinkles(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    from scipy.spatial import cKDTree

    left = np.ones(shape, np.float32)
    y, x = _grid(shape)
    for _ in range(rng.integers(1, 4)):
        # Facets: cells around random points, each a plane that is tilted in its own way.
        n = int(np.exp(rng.uniform(np.log(6), np.log(180))))
        points = rng.uniform(-0.1, 1.1, (n, 2)) * shape
        bend = rng.uniform(0, 14)
        where = np.stack([y + bend * texture(rng, shape, 2.2), x + bend * texture(rng, shape, 2.2)], axis=-1)
        distance, cell = cKDTree(points).query(where.reshape(-1, 2), k=2, workers=1)
        distance, cell = distance.reshape(*shape, 2).astype(np.float32), cell.reshape(*shape, 2)
        tilt = rng.normal(0, 1, (n, 2)).astype(np.float32)
        away = (where - points[cell[..., 0]]) / max(shape) * 4
        plane = (away * tilt[cell[..., 0]]).sum(axis=-1) + 0.6 * rng.normal(0, 1, n)[cell[..., 0]]
        ridge = np.exp(-(distance[..., 1] - distance[..., 0]) / rng.uniform(1.0, 5.0))
        ridge *= rng.normal(0, 1, (n, n)).astype(np.float32)[cell.min(axis=-1), cell.max(axis=-1)]
        shade = 0.11 * np.tanh(plane) + 0.2 * np.clip(ridge, -1.5, 1.5)
        left *= 1 + amount * rng.uniform(0.3, 1) * _blurred(shade.astype(np.float32), rng.uniform(0.4, 2.0))
    if rng.random() < 0.6:  # and fine ones, where two hills meet
        creases = np.exp(-np.abs(texture(rng, shape, rng.uniform(1.6, 2.4))) / rng.uniform(0.01, 0.06))
        left *= 1 - amount * rng.uniform(0.05, 0.35) * creases * _steps(texture(rng, shape, 2.5), 0.5)
    return np.clip(left * (1 + 0.1 * amount * texture(rng, shape, 2.5)), 0.15, 1.3)


def _footprints(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    left = np.ones(shape, np.float32)
    y, x = _grid(shape)
    side = min(shape)
    for _ in range(rng.integers(1, 4)):
        depth = amount * rng.uniform(0.2, 0.85)
        turn, centre = rng.uniform(0, 6.3), rng.uniform(0, 1, 2) * shape
        dy, dx = y - centre[0], x - centre[1]
        long, wide = dy * np.cos(turn) + dx * np.sin(turn), dx * np.cos(turn) - dy * np.sin(turn)
        patchy = texture(rng, shape, rng.uniform(0.4, 1.4)) + rng.uniform(0.3, 1.5) * texture(rng, shape, 2.0)
        if rng.random() < 0.3:  # a smear: streaks along one direction
            streaks = texture(rng, shape, 1.0)
            along = ((long * 0.1).astype(int) % shape[0], (wide * rng.uniform(0.5, 1.5)).astype(int) % shape[1])
            smear = _steps(_blurred(streaks[along], 0.8) + rng.uniform(-0.5, 0.8), 0.4)
            reach = np.hypot(long / rng.uniform(0.3, 1.0), wide / rng.uniform(0.05, 0.4)) / side
            left *= 1 - depth * smear * np.exp(-np.square(2 * reach))
            continue
        half, breadth = rng.uniform(0.3, 0.9) * side, rng.uniform(0.12, 0.3) * side
        waist = 1 - 0.3 * np.exp(-np.square((long / half + 0.15) / 0.25))
        sole = _steps(1 - np.square(long / half) - np.square(wide / (breadth * waist)), 0.04)
        period, kind = rng.uniform(7, 34) * side / 420, rng.integers(0, 4)
        if kind == 0:  # bars, straight or in zigzag
            tread = np.sin(6.28 * (long + rng.uniform(0, 0.7) * np.abs(wide % (2 * period) - period)) / period)
        elif kind == 1:  # blocks
            other = period * rng.uniform(0.7, 1.5)
            tread = np.minimum(np.sin(6.28 * long / period), np.sin(6.28 * wide / other)) + 0.3
        elif kind == 2:  # rings
            tread = np.sin(6.28 * np.hypot(long - rng.uniform(-1, 1) * half, wide) / period)
        else:  # no tread, only dirt
            tread = np.full(shape, 0.6, np.float32)
        print_ = sole * _steps(tread + 0.1, rng.uniform(0.05, 0.4))
        print_ = print_ * _steps(patchy + rng.uniform(-0.6, 0.8), rng.uniform(0.05, 0.6))
        left *= 1 - depth * print_
    if rng.random() < 0.6:  # grains of dirt
        grains = (rng.random(shape, np.float32) < rng.uniform(0.001, 0.01)).astype(np.float32)
        grains = _blurred(grains, rng.uniform(0.5, 1.2))
        left *= 1 - amount * rng.uniform(0.2, 0.8) * np.clip(grains * 3, 0, 1) * _steps(texture(rng, shape, 2.0), 0.3)
    return left


def _shadow(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    y, x = _grid(shape)
    angle = rng.uniform(0, 6.3)
    along = ((y - shape[0] / 2) * np.sin(angle) + (x - shape[1] / 2) * np.cos(angle)) / max(shape)
    left = 1 - amount * rng.uniform(0.05, 0.45) * (along + 0.5)
    left *= 1 - amount * rng.uniform(0, 0.12) * texture(rng, shape, 3.0)
    if rng.random() < 0.3:  # the edge of something between the lamp and the page
        edge = (along + rng.uniform(-0.4, 0.4)) * max(shape) + 10 * texture(rng, shape, 3.0)
        left *= 1 - amount * rng.uniform(0.1, 0.5) * _steps(edge, rng.uniform(1, 40))
    return np.clip(left, 0.2, 1.1).astype(np.float32)


def _resolved(seen: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    from PIL import Image

    if not amount:
        return seen
    if rng.random() < 0.6:
        seen = _blurred(seen, amount * rng.uniform(0.3, 1.3))
    if rng.random() < 0.4:
        small = 1 - amount * rng.uniform(0.1, 0.5)
        size = seen.shape[::-1]
        image = Image.fromarray(seen).resize([max(1, round(n * small)) for n in size], Image.Resampling.BOX)
        seen = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
    return seen


def _through_jpeg(seen: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(seen).save(file, "JPEG", quality=int(95 - amount * rng.uniform(20, 75)))
    return np.asarray(Image.open(file))
