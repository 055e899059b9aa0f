"""Degradation: a clean page → what a scanner would have seen of it after coffee, folds, shoes and bad light.

Every texture is random at several scales, so no two pages are degraded alike.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aecore.documents import layers
from aecore.documents.textures import blurred, texture
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
class DegradationSpec:
    """How much of each kind of degradation, from 0, none, to 1, as bad as it gets."""

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
                raise ValueError(f"{KINDS[field.name]} must be a number from 0 to 1; got {value!r}.")


def random_degradation(rng: np.random.Generator) -> DegradationSpec:
    """A degradation as pages meet it: up to two large kinds, and some of what every scan has."""
    amounts = dict.fromkeys(KINDS, 0.0)
    for kind in rng.choice(["coffee", "folds", "wrinkles", "footprints"], rng.integers(0, 3), replace=False):
        amounts[kind] = rng.uniform(0.15, 1.0)
    for kind, odds in (("shadow", 0.6), ("show_through", 0.2), ("grey", 0.85), ("faded", 0.45), ("grain", 0.75),
                       ("blur", 0.4), ("jpeg", 0.4)):  # fmt: skip
        if rng.random() < odds:
            amounts[kind] = float(rng.random())
    return DegradationSpec(**amounts)


def degrade(
    page: np.ndarray, spec: DegradationSpec, rng: np.random.Generator, other: np.ndarray | None = None
) -> np.ndarray:
    """A clean page, uint8 (H, W), 255 the paper → the same page degraded, uint8 (H, W).

    `other`: the page whose ink shows through from behind; by default the page itself, mirrored.
    """
    ink = 1 - to_float(page)  # 0 the paper, 1 the ink
    shape = page.shape
    paper = np.full(shape, 1 - spec.grey * rng.uniform(0.25, 0.45), np.float32)
    paper += (0.004 + 0.02 * spec.grey) * rng.uniform(0.2, 1) * texture(rng, shape, 1.0)
    paper += 0.03 * spec.grey * rng.random() * texture(rng, shape, 2.0)
    if spec.show_through:
        behind = 1 - to_float(other) if other is not None else ink
        behind = blurred(behind[:, ::-1], rng.uniform(1, 3))
        paper *= 1 - spec.show_through * rng.uniform(0.1, 0.3) * np.roll(behind, rng.integers(-20, 20, 2), (0, 1))
    amounts: tuple[tuple[float, Callable], ...] = (
        (spec.wrinkles, layers.wrinkles),
        (spec.folds, layers.folds),
        (spec.shadow, layers.shadow),
        (spec.coffee, layers.coffee),
        (spec.footprints, layers.footprints),
    )
    over = np.ones(shape, np.float32)
    for amount, layer in amounts:
        if amount:
            over *= layer(rng, shape, amount)
    # Even fresh ink reflects some light, and faded ink a good deal of it, more here than there.
    light = rng.uniform(0.0, 0.2) + spec.faded * rng.uniform(0.1, 0.45)
    if spec.faded:
        light = np.clip(light + 0.15 * spec.faded * texture(rng, shape, rng.uniform(0.5, 2.0)), 0, 0.75)
    paper = np.clip(paper, 0.05, 1)
    if rng.random() < 0.75:
        seen = paper * over * (1 - ink * (1 - light))  # what is on the paper darkens the ink as well
    else:
        seen = paper * over * (1 - ink) + ink * np.minimum(light, paper * over)  # ink on top of it
    seen = _resolved(seen, spec.blur, rng)
    if spec.grain:
        seen = seen + spec.grain * rng.uniform(0.005, 0.07) * rng.standard_normal(shape, np.float32)
        if rng.random() < 0.3:
            seen = np.where(rng.random(shape, np.float32) < 0.004 * spec.grain, rng.random(shape, np.float32), seen)
        if rng.random() < 0.2:
            seen = seen + 0.03 * spec.grain * rng.standard_normal((1, shape[1])).astype(np.float32)
    seen = to_uint8(np.clip(seen, 0, 1))
    return _through_jpeg(seen, spec.jpeg, rng) if spec.jpeg else seen


def _resolved(seen: np.ndarray, amount: float, rng: np.random.Generator) -> np.ndarray:
    from PIL import Image

    if not amount:
        return seen
    if rng.random() < 0.6:
        seen = blurred(seen, amount * rng.uniform(0.3, 1.3))
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
