"""What happens to a sheet of paper, one layer a function: the fraction of the light that is left, (H, W), around 1.

`amount`: from 0, nothing, to 1, as bad as it gets.
"""

from __future__ import annotations

import numpy as np

from aecore.documents.textures import blurred, grid, steps, texture


def coffee(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    """Rings of cups, spills and drops."""
    left = np.ones(shape, np.float32)
    y, x = grid(shape)
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
            rim = np.maximum(rim, 0.8 * strong * steps(width - np.abs(distance), rng.uniform(0.4, 1.5)))
            inside = rng.uniform(0, 0.35) * steps(-distance, 2.0) * np.clip(1 + 0.4 * rough, 0, 2)
            left *= 1 - depth * np.clip(rim + inside, 0, 1)
        else:  # a spill, darker where it dried last: along its edge
            hills = texture(rng, shape, rng.uniform(2.2, 3.2))
            near = np.hypot(y - centre[0], x - centre[1]) / (rng.uniform(0.15, 0.6) * side)
            level = (hills + rng.uniform(0.5, 1.5) - near * rng.uniform(0.8, 2)) * rng.uniform(10, 40)
            inside = steps(level, rng.uniform(0.3, 1.5))
            edge = np.exp(-np.abs(level) / rng.uniform(1, 5))
            left *= 1 - depth * np.clip(inside * rng.uniform(0.2, 0.7) * (1 + 0.25 * rough) + 0.5 * edge, 0, 1)
    for _ in range(rng.integers(0, 12)):  # drops
        centre, radius = rng.uniform(0, 1, 2) * shape, rng.uniform(2, 14) * side / 420
        distance = np.hypot(y - centre[0], x - centre[1]) - radius
        drop = steps(-distance, 0.7) * rng.uniform(0.3, 1) + 0.6 * np.exp(-np.abs(distance))
        left *= 1 - amount * rng.uniform(0.1, 0.6) * np.clip(drop, 0, 1)
    return left


def folds(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    """Creases, with the sheet falling away from them on both sides."""
    left = np.ones(shape, np.float32)
    y, x = grid(shape)
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


def wrinkles(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    """Crumpled paper: tilted facets with ridges between them, and fine creases."""
    from scipy.spatial import cKDTree

    left = np.ones(shape, np.float32)
    y, x = grid(shape)
    for _ in range(rng.integers(1, 4)):
        # Facets: cells around random points, each a plane that is tilted in its own way.
        n = int(np.exp(rng.uniform(np.log(6), np.log(180))))
        points = rng.uniform(-0.1, 1.1, (n, 2)) * shape
        bend = rng.uniform(0, 14)
        where = np.stack([y + bend * texture(rng, shape, 2.2), x + bend * texture(rng, shape, 2.2)], axis=-1)
        distance, cell = map(np.asarray, cKDTree(points).query(where.reshape(-1, 2), k=2, workers=1))
        distance, cell = distance.reshape(*shape, 2).astype(np.float32), cell.reshape(*shape, 2)
        tilt = rng.normal(0, 1, (n, 2)).astype(np.float32)
        away = (where - points[cell[..., 0]]) / max(shape) * 4
        plane = (away * tilt[cell[..., 0]]).sum(axis=-1) + 0.6 * rng.normal(0, 1, n)[cell[..., 0]]
        ridge = np.exp(-(distance[..., 1] - distance[..., 0]) / rng.uniform(1.0, 5.0))
        ridge *= rng.normal(0, 1, (n, n)).astype(np.float32)[cell.min(axis=-1), cell.max(axis=-1)]
        shade = 0.11 * np.tanh(plane) + 0.2 * np.clip(ridge, -1.5, 1.5)
        left *= 1 + amount * rng.uniform(0.3, 1) * blurred(shade.astype(np.float32), rng.uniform(0.4, 2.0))
    if rng.random() < 0.6:  # and fine ones, where two hills meet
        creases = np.exp(-np.abs(texture(rng, shape, rng.uniform(1.6, 2.4))) / rng.uniform(0.01, 0.06))
        left *= 1 - amount * rng.uniform(0.05, 0.35) * creases * steps(texture(rng, shape, 2.5), 0.5)
    return np.clip(left * (1 + 0.1 * amount * texture(rng, shape, 2.5)), 0.15, 1.3)


def footprints(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    """Soles of shoes, smears and grains of dirt."""
    left = np.ones(shape, np.float32)
    y, x = grid(shape)
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
            smear = steps(blurred(streaks[along], 0.8) + rng.uniform(-0.5, 0.8), 0.4)
            reach = np.hypot(long / rng.uniform(0.3, 1.0), wide / rng.uniform(0.05, 0.4)) / side
            left *= 1 - depth * smear * np.exp(-np.square(2 * reach))
            continue
        half, breadth = rng.uniform(0.3, 0.9) * side, rng.uniform(0.12, 0.3) * side
        waist = 1 - 0.3 * np.exp(-np.square((long / half + 0.15) / 0.25))
        sole = steps(1 - np.square(long / half) - np.square(wide / (breadth * waist)), 0.04)
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
        print_ = sole * steps(tread + 0.1, rng.uniform(0.05, 0.4))
        print_ = print_ * steps(patchy + rng.uniform(-0.6, 0.8), rng.uniform(0.05, 0.6))
        left *= 1 - depth * print_
    if rng.random() < 0.6:  # grains of dirt
        grains = (rng.random(shape, np.float32) < rng.uniform(0.001, 0.01)).astype(np.float32)
        grains = blurred(grains, rng.uniform(0.5, 1.2))
        left *= 1 - amount * rng.uniform(0.2, 0.8) * np.clip(grains * 3, 0, 1) * steps(texture(rng, shape, 2.0), 0.3)
    return left


def shadow(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> np.ndarray:
    """Light that falls off across the page, and perhaps the edge of a shadow."""
    y, x = grid(shape)
    angle = rng.uniform(0, 6.3)
    along = ((y - shape[0] / 2) * np.sin(angle) + (x - shape[1] / 2) * np.cos(angle)) / max(shape)
    left = 1 - amount * rng.uniform(0.05, 0.45) * (along + 0.5)
    left *= 1 - amount * rng.uniform(0, 0.12) * texture(rng, shape, 3.0)
    if rng.random() < 0.3:  # the edge of something between the lamp and the page
        edge = (along + rng.uniform(-0.4, 0.4)) * max(shape) + 10 * texture(rng, shape, 3.0)
        left *= 1 - amount * rng.uniform(0.1, 0.5) * steps(edge, rng.uniform(1, 40))
    return np.clip(left, 0.2, 1.1).astype(np.float32)
