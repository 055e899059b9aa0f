"""A grey picture → the one figure that is drawn on it: photographs, scans, screenshots, drawings.

A sheet is never evenly lit, so the ground is estimated at each place, and ink is what keeps light from it. Ruling is
taken away as what it is, long straight lines. Of the pieces that are left, the figure is one that is made of strokes,
has sharp edges all around and ends before the picture does. Where most is dark, light ink is looked for, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from aecore.digits.ruling import ruling, without
from aecore.image_files.errors import PictureError

WINDOWS = (0.06, 0.2)  # of the longer side: what is wider than that is ground, what is narrower may be ink
PLAIN_SHARE = 0.35  # of all pixels, with one value: the ground is that value everywhere
PLAIN_WIDTH = 0.04  # in grey values on either side of it
MAX_LIGHTER = 0.1  # of all pixels, on such a ground
SMOOTH_SIDE = 200  # pixels; smaller pictures are taken as they are
MIN_CONTRAST = 0.05  # of the ground's light that the faintest ink keeps back
NOISE_FACTOR = 5.0  # that ink must stand out of the noise
MIN_SIZE, MIN_SIZE_SEEN = 0.03, 0.055  # of the longer side, for a figure on a plain ground; for any other
MAX_SOLIDITY = 0.48  # the widest place of a stroke over the figure's size; what is wider is no stroke
MAX_BOXED_SOLIDITY = 0.42  # the same inside a box, whose ink may be anything, but is rather a figure
NEAR = 0.2  # of a figure's size: small pieces up to that far from it belong to it
TOUCHING = 0.05  # of a figure's size: even a large piece up to that far does
LIKE_SIZE, LIKE_MASS, LIKE_CONTRAST = 0.55, 0.15, 0.5  # of the figure's: what reaches them is a figure, too
DUST = 0.01  # of the figure's mass
LEVELS = 5
MAX_TRIED = 3  # pieces at each threshold, the heaviest first
RIM = 7  # pixels; ink ends within them
MIN_RIM = 0.95  # of a figure's rim must be where the light changes: a shadow's corner has an open side
CLOSED = 0.05  # of a figure's size: gaps that narrow are no gaps
MIN_LENGTH, MAX_LENGTH = 4.5, 7.0  # of a figure's strokes, over their width; over its size: a grid has more
MAX_STROKE = 0.33  # the mean width of strokes over the figure's size
MAX_FILL = 0.62  # of its box by a figure that is not narrow
MIN_SHARPNESS = 0.5  # of a figure's ink, by which it stands out of what is next to it: shadows fade, ink ends
MIN_SCORE = 0.03  # a stroke's length over the figure's size, times the square of its contrast, times its sharpness
MIN_BESIDE = 0.012  # the same of a further figure, beside one that reaches MIN_SCORE
EDGE = 0.01  # of the longer side; nobody writes so near to the edge of a photograph
MAX_PIECES, MAX_LIKE = 8, 4  # of one figure; of further ones like it. Where there are more, it is a texture or a grid
MAX_INK_SHARE = 0.4  # of all pixels, on a plain ground; where there is more, it is a sheet on a table
DARK = 0.4  # a picture with a median below that may be a blackboard or a screen
BLACK_POINT, WHITE_POINT = 0.08, 0.85  # of full contrast; beyond them paper is plain and ink is full
THIN, STROKE = 0.075, 0.105  # of a figure's size: hardly any of MNIST's strokes are thinner; what thin ones become
SOFT_EDGE = 0.06  # of a figure's size, on a plain ground: an enlarged picture has wide edges
STEP = 0.02  # of a figure's size on either side of a stroke: somewhat less than half a pixel of MNIST's 20


class DigitError(PictureError):
    """A picture that cannot be taken. Its text is one sentence for the visitor: what was expected, what came."""


NOTHING = "Expected a picture with something drawn on it; found nothing drawn on this one."
SAME = "Expected a picture with something drawn on it; this one has the same colour all over."
SEVERAL = "Expected a single digit; found several figures of about the same size."


@dataclass(frozen=True)
class Figure:
    """Ink float32 (h, w) in [0, 1], cut to the figure; where that is in the picture, in pixels; and its polarity.

    `level`: the number of the threshold at which it was seen, the lowest 0. `clean`: most of what is on a plain ground.
    `faint`: it counts only beside another figure.
    """

    ink: np.ndarray
    mask: np.ndarray
    box: tuple[int, int, int, int]
    light_ink: bool
    score: float
    contrast: float = 1.0
    level: int = 0
    clean: bool = False
    faint: bool = False


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
    seen = [figure for light in lights for figure in _seen(_plain, grey, light)]
    found = [figure for figure in seen if figure.clean]
    if not found:
        if light_ink is None and np.median(grey) >= DARK:
            lights = (False,)  # on paper, what is lighter than its surroundings is light between shadows
        seen = [figure for light in lights for figure in _seen(_local, grey, light)]
        found = [figure for figure in seen if not figure.faint]
    if not found:
        raise DigitError(NOTHING)
    best = max(found, key=lambda figure: figure.score)
    # What was apart at a lower threshold has only seemed to be one.
    earlier = [figure for figure in seen if figure.level <= best.level]
    if any(_alike(best, figure) for figure in seen) or any(
        _alike(one, other) and _alike(best, one, gap=False) for one, other in combinations(earlier, 2)
    ):
        raise DigitError(SEVERAL)
    return best


def _seen(grounds: Callable, grey: np.ndarray, light: bool) -> list[Figure]:
    return [
        replace(figure, light_ink=light) for seen in grounds(1 - grey if light else grey) for figure in _figures(seen)
    ]


@dataclass(frozen=True)
class Seen:
    """How dense ink is at each place (H, W) in [0, 1]; by how much the light within a few pixels differs there, as a
    share of the brightest; the noise of the density; and whether all of the ground has one value."""

    density: np.ndarray
    swing: np.ndarray
    noise: np.ndarray
    plain: bool

    @property
    def floor(self) -> np.ndarray:
        """The density of the faintest ink that stands out of the noise."""
        return np.maximum(MIN_CONTRAST, NOISE_FACTOR * self.noise)


def _plain(grey: np.ndarray) -> Iterator[Seen]:
    counts = np.histogram(grey, 128, (0, 1))[0]
    ground = (int(np.argmax(np.convolve(counts, np.ones(5), "same"))) + 0.5) / 128
    near = np.abs(grey - ground) <= PLAIN_WIDTH
    lighter = (grey > ground + PLAIN_WIDTH).mean()  # than the ground there is nothing but what is no ink
    if near.mean() < PLAIN_SHARE or lighter > MAX_LIGHTER or ground < 0.1:
        return
    ground = float(np.median(grey[near]))
    smooth = _smooth(grey)
    noise = 1.4826 * float(np.median(np.abs(smooth[near] - ground)))
    density = np.clip(1 - smooth / ground, 0, 1)
    yield Seen(density, _swing(smooth), np.float32(noise / ground), True)


def _local(grey: np.ndarray) -> Iterator[Seen]:
    from scipy import ndimage

    smooth = _smooth(grey)
    lines, swing = None, _swing(smooth)
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
        seen = Seen(density, swing, noise, False)
        yield replace(seen, density=without(density, lines, seen.floor))


def _smooth(grey: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    return ndimage.gaussian_filter(grey, 0.8, truncate=3) if max(grey.shape) >= SMOOTH_SIDE else grey


def _swing(smooth: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    dark, light = ndimage.minimum_filter(smooth, RIM), ndimage.maximum_filter(smooth, RIM)
    return 1 - dark / np.maximum(light, 0.02)


def _figures(seen: Seen) -> Iterator[Figure]:
    """The best figures at each of some thresholds: all of one is seen at low ones, at high ones it stands alone."""
    over = seen.density > seen.floor
    if not over.any():
        return
    low = float(np.min(seen.floor))
    high = max(0.7 * float(np.percentile(seen.density[over], 98)), 1.01 * low)
    levels = [max(0.45 * high / 0.7, low)] if seen.plain else np.geomspace(low, high, LEVELS)
    for number, level in enumerate(levels):
        pieces = Pieces.of(seen.density, over & (seen.density > level))
        if len(pieces.masses):
            yield from (replace(figure, level=number) for figure in _best(seen, pieces))


@dataclass(frozen=True)
class Pieces:
    """Connected pieces of ink, labelled from 1 (H, W): their boxes (N, 4), the larger sides of these, their masses,
    how many pixels of each lie on the picture's edge, and how near the middle of the picture they are, at most 1."""

    labels: np.ndarray
    boxes: np.ndarray
    sizes: np.ndarray
    masses: np.ndarray
    contacts: np.ndarray
    nearness: np.ndarray

    @classmethod
    def of(cls, density: np.ndarray, mask: np.ndarray) -> Pieces:
        from scipy import ndimage

        labels, n = ndimage.label(mask, np.ones((3, 3)))
        masses = np.bincount(labels.ravel(), density.ravel(), n + 1)[1:]
        slices = ndimage.find_objects(labels)
        boxes = np.array([(s[1].start, s[0].start, s[1].stop, s[0].stop) for s in slices]).reshape(n, 4)
        contacts = np.zeros(n)
        for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
            contacts += np.bincount(line, minlength=n + 1)[1:]
        middle = np.array(density.shape[::-1]) / 2
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        nearness = 1 - 0.6 * np.clip((np.abs(centres - middle) / middle).max(1, initial=0), 0, 1) ** 2
        return cls(labels, boxes, (boxes[:, 2:] - boxes[:, :2]).max(1, initial=0), masses, contacts, nearness)


def _best(seen: Seen, pieces: Pieces) -> Iterator[Figure]:
    """The figures about the largest pieces."""
    smallest = MIN_SIZE if seen.plain else MIN_SIZE_SEEN
    fits = pieces.sizes >= max(smallest * max(seen.density.shape), 5)
    if not seen.plain:
        fits &= pieces.contacts == 0
    weights = pieces.masses * pieces.nearness * fits
    taken: set[int] = set()
    for index in np.argsort(-weights)[:MAX_TRIED].tolist():
        if weights[index] <= 0 or index in taken:
            continue
        group, n_like = _joined(index, pieces)
        taken.update(group)
        if len(group) > MAX_PIECES or n_like > MAX_LIKE:
            continue
        figure = _figure(seen, pieces, group)
        if figure is not None:
            yield figure


def _figure(seen: Seen, pieces: Pieces, group: list[int]) -> Figure | None:
    """These pieces as a figure, the first of them its main one, if strokes with sharp edges make it."""
    from scipy import ndimage

    side, shorter = max(seen.density.shape), min(seen.density.shape)
    left, top = (int(v) for v in pieces.boxes[group, :2].min(0))
    right, bottom = (int(v) for v in pieces.boxes[group, 2:].max(0))
    contact = pieces.contacts[group].sum()
    to_edge = min(left, top, seen.density.shape[1] - right, seen.density.shape[0] - bottom)
    if contact > 0.5 * shorter or (to_edge < EDGE * side and not seen.plain):
        return None
    kept = np.isin(pieces.labels[top:bottom, left:right], np.array(group) + 1)
    width, length = _stroke(kept)
    if not width or (not seen.plain and length < MIN_LENGTH * width):
        return None
    contrast, sharpness = float(seen.density[top:bottom, left:right][kept].mean()), 1.0
    if not seen.plain or (contact and side >= SMOOTH_SIDE):
        around = _around(seen.density, kept, left, top)
        sharpness -= around / contrast / (1 - MIN_SHARPNESS)
        contrast -= around
        if sharpness <= 0:
            return None
    if not seen.plain:
        rim = kept & ~ndimage.binary_erosion(kept, np.ones((3, 3)))
        if (seen.swing[top:bottom, left:right][rim] > 0.5 * contrast).mean() < MIN_RIM:
            return None
    mass = float(pieces.masses[group].sum())
    # A stroke's length counts, and how it stands out; its width does not.
    score = contrast * mass / width * float(pieces.nearness[group[0]]) * sharpness * (0.3 if contact else 1)
    size = max(kept.shape)
    if score < MIN_BESIDE * size:
        return None
    box = left, top, right, bottom
    faint = score < MIN_SCORE * size
    clean = seen.plain and not faint and mass > 0.5 * pieces.masses.sum() and (pieces.labels > 0).mean() < MAX_INK_SHARE
    return Figure(
        *_cut(seen.density, kept, box, seen.plain), box, False, score, contrast, clean=bool(clean), faint=faint
    )


def _stroke(kept: np.ndarray) -> tuple[float, float]:
    """The width and length in pixels of the stroke that makes a figure bool (h, w); zeros if none makes it."""
    from scipy import ndimage

    size = max(kept.shape)
    solid = _closed(kept, min(int(CLOSED * size), RIM) | 1)
    inside = ndimage.distance_transform_cdt(np.pad(solid, 1))[1:-1, 1:-1]
    width = 4 * float(inside[solid].mean())  # pixels lie a quarter of it from its edge, on average
    length = float(solid.sum()) / width
    too_wide = width > MAX_STROKE * size + 1 or 2 * inside.max() > MAX_SOLIDITY * size + 1
    is_card = kept.mean() > MAX_FILL and min(kept.shape) > size / 2  # or a screen
    return (0.0, 0.0) if too_wide or is_card or length > MAX_LENGTH * size else (width, length)


def _closed(mask: np.ndarray, window: int) -> np.ndarray:
    """The mask (h, w) without gaps narrower than the window: ruling that was taken away has left some in shadows."""
    from scipy import ndimage

    if window < 3:
        return mask
    padded = np.pad(mask, window).astype(np.uint8)
    closed = ndimage.minimum_filter(ndimage.maximum_filter(padded, window), window)
    return closed[window:-window, window:-window] > 0


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


def _joined(main: int, pieces: Pieces) -> tuple[list[int], int]:
    """The pieces that belong to the main one, that one first; and how many others of like size there are."""
    boxes, masses, contacts = pieces.boxes, pieces.masses, pieces.contacts
    group = [main]
    left, top, right, bottom = boxes[main]
    tall = boxes[:, 3] - boxes[:, 1]
    large = (pieces.sizes >= LIKE_SIZE * pieces.sizes[main]) & (masses >= LIKE_MASS * masses[main])
    large &= tall >= LIKE_SIZE * tall[main]
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


def _alike(one: Figure, other: Figure, gap: bool = True) -> bool:
    """Whether the two are of like height, drawn by a like pen and, if a gap is asked for, apart."""
    a, b = (np.array(figure.box) for figure in (one, other))
    size, other_size = a[2:] - a[:2], b[2:] - b[:2]
    apart = max(*(a[:2] - b[2:]), *(b[:2] - a[2:])) > TOUCHING * max(size.max(), other_size.max())
    return bool(
        (apart or not gap)
        and LIKE_SIZE <= other_size[1] / size[1] <= 1 / LIKE_SIZE
        and LIKE_CONTRAST <= other.contrast / one.contrast <= 1 / LIKE_CONTRAST
    )


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
            for seen in grounds(1 - region if light else region):
                boxed = _boxed(seen, within)
                if boxed is None or (best is not None and boxed[1] <= best.score):
                    continue
                (kept, score), cut = boxed, seen.density[within]
                rows, columns = (np.flatnonzero(kept.any(axis)) for axis in (1, 0))
                place = left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1
                place = tuple(int(v) for v in place)
                kept = kept[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
                whole = np.zeros_like(grey)
                whole[top:bottom, left:right] = cut
                best = Figure(*_cut(whole, kept, place, seen.plain), place, light, score)
            if best is not None:
                break
    if best is None:
        raise DigitError("Expected something drawn inside the box; found nothing.")
    return best


def _boxed(seen: Seen, within: tuple[slice, slice]) -> tuple[np.ndarray, float] | None:
    """What of a box is ink bool (h, w), and how much of it; None if there is none."""
    from scipy import ndimage

    cut = seen.density[within]
    mask = (seen.density > seen.floor)[within]
    if mask.any():
        mask &= cut > 0.4 * np.percentile(cut[mask], 95)
    labels, n = ndimage.label(mask, np.ones((3, 3)))
    if not n:
        return None
    masses = np.bincount(labels.ravel(), cut.ravel(), n + 1)
    masses[0] = 0
    free = masses.copy()
    free[np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))] = 0
    # What the box cuts through is the neighbour's, unless there is little else.
    weights = free if free.max() > 0.2 * masses.max() else masses
    kept = np.isin(labels, np.flatnonzero(weights > 5 * DUST * weights.max()))
    if kept.sum() < 3:
        return None
    size = max(np.ptp(np.flatnonzero(kept.any(axis))) + 1 for axis in (0, 1))
    solid = 2 * ndimage.distance_transform_edt(np.pad(kept, 1)).max() / size
    return kept, float(weights.sum()) * (1 if solid < MAX_BOXED_SOLIDITY else 0.05)
