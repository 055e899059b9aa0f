"""Scanned pages: made (`render_page`), made dirty (`dirty`), and made clean again (`clean`).

A page is uint8 or float (H, W); 255 or 1 is white paper.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from aecore.documents.degradation import DirtSpec, dirty, random_dirt
from aecore.documents.tiles import PageError, clean
from aecore.documents.typesetting import PageStyle, random_style, render_page, text_fonts

__all__ = [
    "DirtSpec", "PageError", "PageStyle", "clean", "dirty", "fonts", "random_dirt", "render_page", "synthetic_pair",
]  # fmt: skip

SHAPE = (420, 540)
HELD_OUT = 8  # every how many-th font is kept from training
LARGE_KINDS = ("coffee", "folds", "wrinkles", "footprints")


def fonts(held_out: bool) -> tuple[Path, ...]:
    """The machine's fonts that pages to learn from are set in, or those that are `held_out` from training."""
    return tuple(font for i, font in enumerate(text_fonts()) if (i % HELD_OUT == HELD_OUT - 1) == held_out)


def synthetic_pair(seed: int, held_out: bool = False, kind: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(dirty, clean), uint8 (420, 540) both: a page by chance in a font by chance, and dirt by chance.

    `held_out`: in fonts that no other page has, and from other draws. `kind`: the one of `LARGE_KINDS` that the page
    has, on grey paper and otherwise in good order.
    """
    rng = np.random.default_rng((int(held_out), seed))
    page = render_page(rng, SHAPE, random_style(rng, SHAPE, fonts(held_out)))
    dirt = random_dirt(rng)
    if kind is not None:
        dirt = dataclasses.replace(DirtSpec(grey=0.6, grain=0.2), **{kind: float(rng.uniform(0.4, 1.0))})
    return dirty(page, dirt, rng), page
