"""A grey picture → the one figure that is drawn on it: photographs, scans, screenshots, drawings.

A sheet is never evenly lit, so the ground is estimated at each place, and ink is what keeps light from it. Ruling is
taken away as what it is, long straight lines. Of the pieces that are left, the figure is one that is made of strokes,
has sharp edges and ends before the picture does. Where most is dark, light ink is looked for, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from aecore.picture_errors import PictureError

WINDOWS = (0.06, 0.2)  # of the longer side: what is wider than that is ground, what is narrower may be ink
PLAIN_SHARE = 0.35  # of all pixels, with one value: the ground is that value everywhere
PLAIN_WIDTH = 0.04  # in grey values on either side of it
SMOOTH_SIDE = 200  # pixels; smaller pictures are taken as they are
MIN_CONTRAST = 0.05  # of the ground's light that the faintest ink keeps back
NOISE_FACTOR = 5.0  # that ink must stand out of the noise
MIN_SIZE = 0.03  # of the longer side, for a figure
MAX_SOLIDITY = 0.42  # the widest place of a stroke over the figure's size; what is wider is no stroke
NEAR = 0.2  # of a figure's size: small pieces up to that far from it belong to it
TOUCHING = 0.05  # of a figure's size: even a large piece up to that far does
LIKE_SIZE, LIKE_MASS = 0.55, 0.3  # of the figure's: what reaches both is a figure, too
DUST = 0.01  # of the figure's mass
LEVELS = 5
MAX_STROKE = 0.27  # the mean width of strokes over the figure's size
MAX_FILL = 0.62  # of its box by a figure that is not narrow
MIN_SHARPNESS = 0.5  # of a figure's ink, by which it stands out of what is next to it: shadows fade, ink ends
MIN_SCORE = 0.045  # a stroke's length over the figure's size, times the square of its contrast
EDGE = 0.01  # of the longer side; nobody writes so near to the edge of a photograph
MAX_PIECES, MAX_LIKE = 8, 4  # of one figure; of further ones like it. Where there are more, it is a texture or a grid
MAX_INK_SHARE = 0.4  # of all pixels, on a plain ground; where there is more, it is a sheet on a table
DARK = 0.4  # a picture with a median below that may be a blackboard or a screen
BLACK_POINT, WHITE_POINT = 0.08, 0.85  # of full contrast; beyond them paper is plain and ink is full
THIN, STROKE = 0.075, 0.105  # of a figure's size: hardly any of MNIST's strokes are thinner; what thin ones become
SOFT_EDGE = 0.06  # of a figure's size, on a plain ground: an enlarged picture has wide edges
STEP = 0.02  # of a figure's size on either side of a stroke: somewhat less than half a pixel of MNIST's 20
MAX_SLOPE = 0.2  # of ruling against the picture's sides


class DigitError(PictureError):
    """A picture that cannot be taken. Its text is one sentence for the visitor: what was expected, what came."""


NOTHING = "Expected a picture with something drawn on it; found nothing drawn on this one."
SAME = "Expected a picture with something drawn on it; this one has the same colour all over."
SEVERAL = "Expected a single digit; found several figures of about the same size. Crop the picture to one of them."


@dataclass(frozen=True)
class Figure:
    """Ink float32 (h, w) in [0, 1], cut to the figure; where that is in the picture, in pixels; and its polarity."""

    ink: np.ndarray
    mask: np.ndarray
    box: tuple[int, int, int, int]
    light_ink: bool
    score: float
    several: bool = False
    clean: bool = False


def find(
    grey: np.ndarray, box: tuple[float, float, float, float] | None = None, light_ink: bool | None = None
) -> Figure:
    """The figure drawn on grey float32 (H, W) in [0, 1]. `light_ink`: None finds out whether it is lighter or darker.

    `box`: left, top, right, bottom as fractions of width and height; what is drawn inside of it is taken, even if it is
    several figures. Raises DigitError if there is none, or, without a box, more than one.
    """
    if box is not None:
        return _inside(grey, box, light_ink)
    if np.ptp(grey) < 1 / 250:
        raise DigitError(SAME)
    lights = (False, True) if light_ink is None else (light_ink,)
    found = [figure for light in lights for figure in _seen(_plain, grey, light)]
    found = [figure for figure in found if figure.clean]
    if not found:
        if light_ink is None and np.median(grey) >= DARK:
            lights = (False,)  # on paper, what is lighter than its surroundings is light between shadows
        found = [figure for light in lights for figure in _seen(_local, grey, light)]
    if not found:
        raise DigitError(NOTHING)
    best = max(found, key=lambda figure: figure.score)
    if best.several:
        raise DigitError(SEVERAL)
    return best


def _seen(grounds: Callable, grey: np.ndarray, light: bool) -> list[Figure]:
    return [
        replace(figure, light_ink=light)
        for density, noise, plain in grounds(1 - grey if light else grey)
        for figure in _figures(density, noise, plain)
    ]


def _plain(grey: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, bool]]:
    counts = np.histogram(grey, 128, (0, 1))[0]
    ground = (int(np.argmax(np.convolve(counts, np.ones(5), "same"))) + 0.5) / 128
    near = np.abs(grey - ground) <= PLAIN_WIDTH
    if near.mean() < PLAIN_SHARE or ground < 0.1:
        return
    ground = float(np.median(grey[near]))
    smooth = _smooth(grey)
    noise = 1.4826 * float(np.median(np.abs(smooth[near] - ground)))
    yield np.clip(1 - smooth / ground, 0, 1), np.float32(noise / ground), True


def _local(grey: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, bool]]:
    from scipy import ndimage

    smooth = _smooth(grey)
    lines = None
    for share in WINDOWS:
        window = max(int(share * max(grey.shape)) | 1, 5)
        ground = ndimage.maximum_filter(smooth, window)
        ground = np.maximum(ndimage.minimum_filter(ground, window), 0.02)
        away = ground - smooth
        middle = float(np.median(away[::2, ::2]))
        noise = 1.4826 * float(np.median(np.abs(away[::2, ::2] - middle))) / ground
        density = np.clip(1 - (smooth + middle) / ground, 0, 1)
        if lines is None:
            lines = ruling(density)
        yield without(density, lines, np.maximum(MIN_CONTRAST, NOISE_FACTOR * noise)), noise, False


def _smooth(grey: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    return ndimage.gaussian_filter(grey, 0.8, truncate=3) if max(grey.shape) >= SMOOTH_SIDE else grey


def _figures(density: np.ndarray, noise: np.ndarray, plain: bool) -> Iterator[Figure]:
    """The best figure at each of some thresholds: at low ones all of it is seen, at high ones it is free of others."""
    from scipy import ndimage

    floor = np.maximum(MIN_CONTRAST, NOISE_FACTOR * noise)
    over = density > floor
    if not over.any():
        return
    low = float(np.min(floor))
    high = max(0.7 * float(np.percentile(density[over], 98)), 1.01 * low)
    for level in np.geomspace(low, high, LEVELS) if not plain else [max(0.45 * high / 0.7, low)]:
        mask = over & (density > level)
        labels, n = ndimage.label(mask, np.ones((3, 3)))
        if n:
            yield from _best(density, mask, labels, n, plain)


def _best(density: np.ndarray, mask: np.ndarray, labels: np.ndarray, n: int, plain: bool) -> Iterator[Figure]:
    from scipy import ndimage

    height, width = density.shape
    side = max(density.shape)
    flat = labels.ravel()
    masses = np.bincount(flat, density.ravel(), n + 1)[1:]
    boxes = np.array([(s[1].start, s[0].start, s[1].stop, s[0].stop) for s in ndimage.find_objects(labels)])
    sizes = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    contacts = np.zeros(n)
    for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        contacts += np.bincount(line, minlength=n + 1)[1:]
    fits = sizes >= max(MIN_SIZE * side, 5)
    if not plain:
        fits &= contacts == 0
    middle = np.array([width, height]) / 2
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    nearness = 1 - 0.6 * np.clip((np.abs(centres - middle) / middle).max(1), 0, 1) ** 2
    scores = masses * nearness * fits
    for index in np.argsort(-scores)[:3]:
        if scores[index] <= 0:
            break
        group, n_like = _joined(int(index), boxes, sizes, masses, contacts)
        left, top = boxes[group, :2].min(0)
        right, bottom = boxes[group, 2:].max(0)
        cut = labels[top:bottom, left:right]
        kept = np.isin(cut, np.array(group) + 1)
        size = max(kept.shape)
        inside = ndimage.distance_transform_cdt(np.pad(kept, 1))[1:-1, 1:-1]
        stroke = 4 * float(inside[kept].mean())
        if stroke > MAX_STROKE * size + 1 or 2 * inside.max() > MAX_SOLIDITY * size + 1:
            continue
        if kept.mean() > MAX_FILL and min(kept.shape) > size / 2:
            continue  # a card, a screen
        contact = contacts[group].sum()
        if contact and contact > 0.5 * min(height, width):
            continue
        if not plain and (min(left, top) < EDGE * side or right > width - EDGE * side or bottom > height - EDGE * side):
            continue
        if len(group) > MAX_PIECES or n_like > MAX_LIKE:
            continue  # a texture
        contrast = float(density[top:bottom, left:right][kept].mean())
        if not plain:
            around = _around(density, kept, left, top)
            if contrast - around < MIN_SHARPNESS * contrast:
                continue
            contrast -= around
        # A stroke's length counts, and how it stands out; its width does not.
        score = contrast * float(masses[group].sum()) / stroke * nearness[index] * (0.3 if contact else 1)
        if score < MIN_SCORE * size:
            continue
        total = masses.sum()
        place = int(left), int(top), int(right), int(bottom)
        ink, grown = _cut(density, kept, place, plain)
        yield Figure(
            ink=ink,
            mask=grown,
            box=place,
            light_ink=False,
            score=score,
            several=n_like > 0,
            clean=plain and masses[group].sum() > 0.5 * total and mask.mean() < MAX_INK_SHARE,
        )
        return


def _around(density: np.ndarray, kept: np.ndarray, left: int, top: int) -> float:
    """The mean density some pixels beside what is kept, which begins at (left, top)."""
    from scipy import ndimage

    reach = 5
    away = ndimage.distance_transform_cdt(~np.pad(kept, reach))
    rows, columns = (np.arange(n) for n in away.shape)
    rows, columns = rows + top - reach, columns + left - reach
    y, x = ((rows >= 0) & (rows < density.shape[0])), ((columns >= 0) & (columns < density.shape[1]))
    values = density[np.ix_(rows[y], columns[x])]
    ring = (away[np.ix_(y, x)] >= 3) & (away[np.ix_(y, x)] <= reach)
    return float(values[ring].mean()) if ring.any() else 0.0


def _joined(
    main: int, boxes: np.ndarray, sizes: np.ndarray, masses: np.ndarray, contacts: np.ndarray
) -> tuple[list[int], int]:
    """The pieces that belong to the main one, and how many others of like size there are."""
    group = [main]
    left, top, right, bottom = boxes[main]
    tall = boxes[main, 3] - boxes[main, 1]
    large = (sizes >= LIKE_SIZE * sizes[main]) & (masses >= LIKE_MASS * masses[main])
    large &= boxes[:, 3] - boxes[:, 1] >= LIKE_SIZE * tall
    while True:
        size = max(right - left, bottom - top)
        gaps = np.maximum.reduce([
            left - boxes[:, 2], boxes[:, 0] - right, top - boxes[:, 3], boxes[:, 1] - bottom, np.zeros(len(boxes))
        ])  # fmt: skip
        near = (gaps <= np.where(large, TOUCHING, NEAR) * size) & (masses >= DUST * masses[main]) & (contacts == 0)
        near[group] = False
        new = np.flatnonzero(near)
        if not len(new):
            break
        group += new.tolist()
        left, top = np.minimum((left, top), boxes[new, :2].min(0))
        right, bottom = np.maximum((right, bottom), boxes[new, 2:].max(0))
    others = large & (contacts == 0)
    others[group] = False
    return group, int(others.sum())


def stroked(figure: Figure, thickness: int = 0) -> np.ndarray:
    """The figure's ink float32 (h, w) in [0, 1], its strokes as wide as MNIST's if they are thinner.

    `thickness`: steps by which they are made thicker or, below 0, thinner; they never vanish.
    """
    from scipy import ndimage

    left, top, right, bottom = figure.box
    size = max(right - left, bottom - top)
    inside = ndimage.distance_transform_edt(np.pad(figure.mask, 1))[1:-1, 1:-1]
    width = 4 * float(inside[figure.mask].mean())  # pixels lie a quarter of it from its edge, on average
    grow = (STROKE * size - width) / 2 if width < THIN * size else 0
    if grow < 1 and not thickness:
        return figure.ink
    step = STEP * size
    if thickness < 0:  # of what the stroke is, two steps leave two fifths
        step = min(step, 0.15 * (width + 2 * grow))
    grow += step * thickness
    margin = int(np.ceil(max(grow, 0))) + 2
    mask = np.pad(figure.mask, margin)
    away = ndimage.distance_transform_edt(~mask) - ndimage.distance_transform_edt(mask)
    soft = max(size / 40, 0.5)  # MNIST's strokes fade over a pixel of 20
    return np.clip((grow - away) / soft + 0.5, 0, 1).astype(np.float32)


def _cut(
    density: np.ndarray, kept: np.ndarray, box: tuple[int, int, int, int], plain: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Ink in [0, 1] of what is kept, with the soft edges about it; and what is kept, as large."""
    from scipy import ndimage

    height, width = density.shape
    soft = max(1, round(SOFT_EDGE * max(kept.shape))) if plain else 2
    left, top, right, bottom = box[0] - soft, box[1] - soft, box[2] + soft, box[3] + soft
    grown = np.pad(kept, soft)
    cut = (slice(max(-top, 0), grown.shape[0] - max(bottom - height, 0)),
           slice(max(-left, 0), grown.shape[1] - max(right - width, 0)))  # fmt: skip
    near = ndimage.binary_dilation(grown, np.ones((3, 3)), soft)[cut]
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    values = density[top:bottom, left:right]
    full = max(float(np.percentile(values[grown[cut]], 90)), 1e-6)
    ink = np.clip((values / full - BLACK_POINT) / (WHITE_POINT - BLACK_POINT), 0, 1) * near
    return ink.astype(np.float32), grown[cut]


def _inside(grey: np.ndarray, box: tuple[float, float, float, float], light_ink: bool | None) -> Figure:
    """What is drawn inside a box, with its surroundings known, so that the ground is."""
    from scipy import ndimage

    height, width = grey.shape
    left, right = int(box[0] * width), max(int(np.ceil(box[2] * width)), int(box[0] * width) + 1)
    top, bottom = int(box[1] * height), max(int(np.ceil(box[3] * height)), int(box[1] * height) + 1)
    margins = (right - left) // 2, (bottom - top) // 2
    x0, y0 = max(left - margins[0], 0), max(top - margins[1], 0)
    region = grey[y0 : bottom + margins[1], x0 : right + margins[0]]
    within = (slice(top - y0, bottom - y0), slice(left - x0, right - x0))
    best = None
    for light in (False, True) if light_ink is None else (light_ink,):
        for grounds in (_plain, _local):
            for density, noise, plain in grounds(1 - region if light else region):
                floor = np.maximum(MIN_CONTRAST, NOISE_FACTOR * noise)
                mask, cut = (density > floor)[within], density[within]
                if mask.any():
                    mask &= cut > 0.4 * np.percentile(cut[mask], 95)
                labels, n = ndimage.label(mask, np.ones((3, 3)))
                if not n:
                    continue
                masses = np.bincount(labels.ravel(), cut.ravel(), n + 1)
                masses[0] = 0
                edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
                free = masses.copy()
                free[edge] = 0
                # What the box cuts through is the neighbour's, unless there is little else.
                weights = free if free.max() > 0.2 * masses.max() else masses
                kept = np.isin(labels, np.flatnonzero(weights > 5 * DUST * weights.max()))
                if kept.sum() < 3:
                    continue
                rows, columns = (np.flatnonzero(kept.any(axis)) for axis in (1, 0))
                at = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
                solid = 2 * ndimage.distance_transform_edt(np.pad(kept, 1)).max() / max(kept[at].shape)
                score = float(weights.sum()) * (1 if solid < MAX_SOLIDITY else 0.05)
                if best is None or score > best.score:
                    place = (left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1)
                    whole = np.zeros_like(grey)
                    whole[top:bottom, left:right] = cut
                    place = tuple(int(v) for v in place)
                    best = Figure(*_cut(whole, kept[at], place, plain), place, light, score)
            if best is not None:
                break
    if best is None:
        raise DigitError("Expected something drawn inside the box; found nothing.")
    return best


def ruling(density: np.ndarray) -> np.ndarray:
    """How dense long straight lines, across and down, are at each place of density float (H, W) in [0, 1]: (H, W)."""
    found = (_lines(density), _lines(density.T))
    across, down = (np.float32(0) if lines is None else lines for lines in found)
    return np.maximum(across, down.T) * np.ones_like(density)


def without(density: np.ndarray, lines: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Density (H, W) as it is without such lines; what is left of no more than `floor` beside them is nothing."""
    rest = 1 - (1 - density) / np.maximum(1 - lines, 0.05)
    nothing = (lines > 0.01) & (rest < np.maximum(floor, 0.6 * lines))
    return np.where(nothing, 0, np.clip(rest, 0, 1))


def _lines(density: np.ndarray) -> np.ndarray | None:
    """How dense the ruling across is at each place (H, W); None if there is none."""
    from scipy import ndimage

    height, width = density.shape
    n_blocks = 64
    step = width // n_blocks
    if step < 2 or height < 100:
        return None
    clipped = np.minimum(density[:, : step * n_blocks], 0.3)
    blocks = clipped.reshape(height, n_blocks, step).mean(2)
    blocks = np.maximum(blocks - ndimage.uniform_filter1d(blocks, 21, axis=0), 0)
    at = (np.arange(n_blocks) - (n_blocks - 1) / 2) * step
    rows = np.arange(height)

    def sheared(values: np.ndarray, slope: float) -> np.ndarray:
        index = rows[:, None] + np.rint(slope * at).astype(int)
        out = values[np.clip(index, 0, height - 1), np.arange(n_blocks)]
        return np.where((index >= 0) & (index < height), out, np.nan)

    def sharpness(slope: float) -> float:
        profile = np.nan_to_num(np.nanmean(sheared(blocks, slope)[20:-20], axis=1))
        return float((profile**2).sum())

    slope = max(np.arange(-MAX_SLOPE, MAX_SLOPE + 1e-9, 0.008), key=sharpness)
    slope = max(slope + np.arange(-0.008, 0.0081, 0.002), key=sharpness)
    wide = ndimage.maximum_filter1d(blocks, 5, axis=0)
    seen = sheared(wide, slope)
    strength = np.nanmedian(seen, axis=1)
    cover = np.nanmean(seen > np.maximum(0.012, 0.4 * strength[:, None]), axis=1)
    profile = np.nanmean(sheared(blocks, slope), axis=1)
    peak = (profile == ndimage.maximum_filter1d(profile, 7)) & (cover > 0.7) & (strength > 0.012)
    peaks = np.flatnonzero(peak)
    if not len(peaks) or (len(peaks) < 3 and cover[peaks].max() < 0.9):
        return None
    out = np.zeros_like(density)
    columns = np.arange(width)
    offsets = np.arange(-5, 6)
    for row in peaks:
        # Paper bends and lenses do, too: each line is followed within some pixels.
        index = np.clip(row + np.rint(slope * at).astype(int)[:, None] + np.arange(-4, 5), 0, height - 1)
        near = blocks[index, np.arange(n_blocks)[:, None]]
        weight = np.minimum(near.max(1), 2 * max(float(strength[row]), 1e-6))
        there = row + np.rint(slope * at) + near.argmax(1) - 4
        curve = np.polynomial.Polynomial.fit(at, there, 2, w=weight + 1e-6)
        away = np.abs(there - curve(at))
        curve = np.polynomial.Polynomial.fit(at, there, 2, w=(weight + 1e-6) * (away <= 1.5))
        track = curve(columns - (n_blocks * step - 1) / 2)
        y = np.rint(track).astype(int)[:, None] + offsets
        valid = (y >= 0) & (y < height)
        values = density[np.clip(y, 0, height - 1), columns[:, None]]
        shape = np.nanmedian(np.where(valid, values, np.nan), axis=0)
        # Once more by place, as lines are fainter where the light is.
        level = np.nan_to_num(np.maximum(shape, 0))
        level[shape < 0.15 * np.nanmax(shape)] = 0
        spread = ndimage.maximum_filter1d(level, 3)
        target = np.broadcast_to(spread, y.shape)
        np.maximum.at(out, (y[valid], np.broadcast_to(columns[:, None], y.shape)[valid]), target[valid])
    return out
