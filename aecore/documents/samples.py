"""The pages that the app shows: set in the shipped font and degraded, the same on every machine."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from aecore.documents.degradation import DegradationSpec, degrade
from aecore.documents.typesetting import PageStyle, render_page
from aecore.documents.wording import PASSAGES

SHAPE = (640, 620)
STYLE = PageStyle(size=18.0, leading=1.35, margin=(46.0, 48.0))


@dataclass(frozen=True)
class SamplePage:
    """What has happened to a page (`title`), its heading, its passages by number, and how it is degraded."""

    title: str
    heading: str
    passages: tuple[int, ...]
    degradation: DegradationSpec
    seed: int


PAGES = {
    "coffee": SamplePage(
        "Coffee", "Autoencoders", (0, 4, 8, 2, 9), DegradationSpec(coffee=0.75, grey=0.6, grain=0.2), 13
    ),
    "folds": SamplePage(
        "Folded", "How to Fill In a Form", (1, 6, 3, 5, 7), DegradationSpec(folds=0.9, grey=0.65, grain=0.25), 2
    ),
    "footprints": SamplePage(
        "Footprints", "Results", (7, 2, 9, 0, 5), DegradationSpec(footprints=0.8, grey=0.6, grain=0.2), 14
    ),
    "wrinkles": SamplePage(
        "Crumpled", "A Recipe", (3, 8, 1, 4, 6), DegradationSpec(wrinkles=0.9, grey=0.6, shadow=0.4, grain=0.2), 4
    ),
    "faded": SamplePage(
        "Photocopied",
        "Minutes",
        (6, 9, 0, 7, 3),
        DegradationSpec(faded=0.8, grey=0.5, show_through=0.7, grain=0.6, blur=0.4, jpeg=0.5),
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
def degraded_page(name: str, degradation: DegradationSpec | None = None, seed: int | None = None) -> np.ndarray:
    """The page as it is shipped, or degraded otherwise and from other draws, uint8 (640, 620)."""
    page = PAGES[name]
    rng = np.random.default_rng(page.seed if seed is None else seed)
    return degrade(clean_page(name), degradation or page.degradation, rng)
