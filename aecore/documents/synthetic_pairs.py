"""Pairs of a degraded page and the clean one, as many as one likes, to train and to measure with."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from aecore.documents.degradation import DegradationSpec, degrade, random_degradation
from aecore.documents.fonts import text_fonts
from aecore.documents.typesetting import random_style, render_page

SHAPE = (420, 540)
HELD_OUT = 8  # one font in so many is kept from training
LARGE_KINDS = ("coffee", "folds", "wrinkles", "footprints")


def fonts(held_out: bool) -> tuple[Path, ...]:
    """The machine's fonts that training pages are set in, or those that are `held_out` from training."""
    return tuple(font for i, font in enumerate(text_fonts()) if (i % HELD_OUT == HELD_OUT - 1) == held_out)


def synthetic_pair(seed: int, held_out: bool = False, kind: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(degraded, clean), uint8 (420, 540) both: a random page in a random font, randomly degraded.

    `held_out`: in fonts that no training page has, and from other draws. `kind`: the one of `LARGE_KINDS` that the page
    has, on grey paper and otherwise in good order.
    """
    rng = np.random.default_rng((int(held_out), seed))
    page = render_page(rng, SHAPE, random_style(rng, SHAPE, fonts(held_out)))
    spec = random_degradation(rng)
    if kind is not None:
        spec = dataclasses.replace(DegradationSpec(grey=0.6, grain=0.2), **{kind: float(rng.uniform(0.4, 1.0))})
    return degrade(page, spec, rng), page
