"""The pages that the app shows: set in the shipped font and made dirty, the same on every machine."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from aecore.documents.degradation import DirtSpec, dirty
from aecore.documents.typesetting import PASSAGES, PageStyle, render_page

SHAPE = (640, 620)
STYLE = PageStyle(size=18.0, leading=1.35, margin=(46.0, 48.0))


@dataclass(frozen=True)
class ShippedPage:
    """What has happened to a page, its heading, what it says by number of passage, and the dirt on it."""

    title: str
    heading: str
    passages: tuple[int, ...]
    dirt: DirtSpec
    seed: int


PAGES = {
    "coffee": ShippedPage("Coffee", "Autoencoders", (0, 4, 8, 2, 9), DirtSpec(coffee=0.75, grey=0.6, grain=0.2), 13),
    "folds": ShippedPage(
        "Folded", "How to Fill In a Form", (1, 6, 3, 5, 7), DirtSpec(folds=0.9, grey=0.65, grain=0.25), 2
    ),
    "footprints": ShippedPage(
        "Trodden on", "Results", (7, 2, 9, 0, 5), DirtSpec(footprints=0.8, grey=0.6, grain=0.2), 14
    ),
    "wrinkles": ShippedPage(
        "Crumpled", "A Recipe", (3, 8, 1, 4, 6), DirtSpec(wrinkles=0.9, grey=0.6, shadow=0.4, grain=0.2), 4
    ),
    "faded": ShippedPage(
        "Badly copied",
        "Minutes",
        (6, 9, 0, 7, 3),
        DirtSpec(faded=0.8, grey=0.5, show_through=0.7, grain=0.6, blur=0.4, jpeg=0.5),
        6,
    ),
}


@functools.lru_cache(maxsize=len(PAGES))
def clean_page(name: str) -> np.ndarray:
    """The page before anything happened to it, uint8 (640, 620)."""
    page = PAGES[name]
    text = "\n".join([f"# {page.heading}", *(PASSAGES[i] for i in page.passages)])
    return render_page(np.random.default_rng(page.seed), SHAPE, STYLE, text)


@functools.lru_cache(maxsize=16)
def dirty_page(name: str, dirt: DirtSpec | None = None, seed: int | None = None) -> np.ndarray:
    """The page as it is shipped, or with other dirt and from other draws, uint8 (640, 620)."""
    page = PAGES[name]
    rng = np.random.default_rng(page.seed if seed is None else seed)
    return dirty(clean_page(name), dirt or page.dirt, rng)
