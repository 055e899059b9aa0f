"""Maps of a toy data set side by side, as SVG that follows the page's colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aecore.figures.palette import GREEN, ORANGE, PURPLE, SKY, VERMILION
from aecore.projection.toy_datasets import ToyDataset
from aecore.projection.toy_experiment import PERPLEXITIES

SIDE, MARGIN = 150, 8
MIN_SHOWN, MAX_SHOWN = 118, 210  # pixels, the width of a panel
COLOURS = (VERMILION, SKY, GREEN, ORANGE, PURPLE)


def side_by_side(known: ToyDataset, maps: Sequence[np.ndarray | None]) -> str:
    """The truth and the map at every perplexity: HTML of SVGs, in rows as wide as the page."""
    panels = [_panel(known.points[:, :2], known.labels, known.truth_text)]
    panels += [_panel(xy, known.labels, f"perplexity {p}") for p, xy in zip(PERPLEXITIES, maps, strict=True)]
    grid = f"display:grid;grid-template-columns:repeat(auto-fit,minmax({MIN_SHOWN}px,1fr));gap:10px"
    return f'<div style="{grid};max-width:{len(panels) * MAX_SHOWN}px">{"".join(panels)}</div>'


def _panel(xy: np.ndarray | None, labels: np.ndarray, title: str) -> str:
    dots = ""
    if xy is not None:
        at = _on_screen(xy)
        dots = "".join(_dots(at[labels == c], COLOURS[c]) for c in range(labels.max() + 1))
    return (
        '<figure style="margin:0">'
        f'<svg viewBox="0 0 {SIDE} {SIDE}" width="100%" role="img" aria-label="{title}" '
        f'style="border:1px solid color-mix(in srgb,currentColor 25%,transparent);'
        f'border-radius:6px;display:block">{dots}</svg>'
        f'<figcaption style="font-size:.8rem;text-align:center;padding-top:3px">{title}</figcaption></figure>'
    )


def _on_screen(xy: np.ndarray) -> np.ndarray:
    """Positions (N, 2) centred in the panel, as large as fits, the second axis upwards."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    scale = (SIDE - 2 * MARGIN) / max(float((high - low).max()), 1e-12)
    return SIDE / 2 + (xy - (low + high) / 2) * scale * np.array([1, -1])


def _dots(xy: np.ndarray, colour: str) -> str:
    # One path of tiny strokes with round ends is a dot each, at a tenth of the markup.
    path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in xy)
    return f'<path d="{path}" stroke="{colour}" stroke-width="3.4" stroke-linecap="round" opacity="0.75"/>'
