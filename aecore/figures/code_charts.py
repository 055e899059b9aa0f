"""Codes: the numbers of one as bars, and those of many images in the plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aecore.figures import vega
from aecore.figures.number_format import number
from aecore.figures.palette import BLUE, CLASS_COLOURS, GREY

MIN_SPAN = 1e-6  # of the bars of a code


def code_bars(code: np.ndarray, top: float, low: float = 0.0) -> str:
    """A code (code_dim,) as an SVG of bars from `low` (0 or less) to `top`. Hovering over a bar shows its value."""
    n = len(code)
    span = (top - low) or 1.0
    bars = []
    for i, value in enumerate(code):
        if not math.isfinite(value):  # of a network that has diverged: no bar
            continue
        y, end = sorted(((top - value) / span * 24, (top - 0.0) / span * 24))
        bars.append(
            f'<g><rect x="{i}" y="0" width="1" height="24" fill="transparent"/>'
            f'<rect x="{i + 0.1:.1f}" y="{y:.1f}" width="0.8" height="{max(end - y, 0.2):.1f}" fill="{BLUE}"/>'
            f"<title>z[{i}] = {number(value, 2)}</title></g>"
        )
    return (
        f'<svg viewBox="0 0 {n} 24" preserveAspectRatio="none" role="img" aria-label="code of {n} numbers" '
        f'style="width:100%;height:34px;display:block">{"".join(bars)}</svg>'
    )


def code_span(codes: np.ndarray) -> tuple[float, float]:
    """The range (low, high) for bars of these codes (N, code_dim): 0 and all their finite numbers lie in it."""
    finite = codes[np.isfinite(codes)]
    return float(finite.min(initial=0)), float(finite.max(initial=MIN_SPAN))


def cloud_chart(
    background: np.ndarray,
    labels: np.ndarray,
    classes: Sequence[str],
    samples: np.ndarray | None,
    middle: np.ndarray | None,
    half_width: float | None,
    height: int = 340,
) -> dict[str, Any]:
    """A Vega-Lite scatter plot of the plane: codes (N, 2) by class, and samples (M, 2) around `middle` on top of them.

    `half_width`: how far the chart extends from `middle`; None shows everything.
    """
    finite = np.isfinite(background).all(axis=1)
    background, labels = background[finite], labels[finite]
    if half_width is not None and middle is not None:
        inside = np.abs(background - middle).max(axis=1) <= half_width
        background, labels = background[inside], labels[inside]
        domains = [[float(c - half_width), float(c + half_width)] for c in middle]
    else:
        shown = background if len(background) else np.array([[-1, -1], [1, 1]])
        domains = [[float(a), float(b)] for a, b in zip(shown.min(axis=0), shown.max(axis=0), strict=True)]
    x, y = (
        vega.quantitative(field, title, scale={"domain": domain, "nice": False, "zero": False})
        for field, title, domain in zip("xy", ("z₀", "z₁"), domains, strict=True)
    )
    layers = [_points(background, labels, classes, x, y)]
    if samples is not None:
        layers.append(_crosses(samples, x, y))
    return {"height": height, "layer": layers}


def _points(
    xy: np.ndarray, labels: np.ndarray, classes: Sequence[str], x: dict[str, Any], y: dict[str, Any]
) -> dict[str, Any]:
    points = [{"x": float(a), "y": float(b), "class": classes[label]} for (a, b), label in zip(xy, labels, strict=True)]
    colour = {
        "field": "class",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(classes), "range": list(CLASS_COLOURS[: len(classes)])},
    }
    return {
        "data": {"values": points},
        "mark": {"type": "circle", "size": 22, "opacity": 0.55, "clip": True},
        "encoding": {"x": x, "y": y, "color": colour, "tooltip": [{"field": "class"}]},
    }


def _crosses(xy: np.ndarray, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": {"values": [{"x": float(a), "y": float(b)} for a, b in xy]},
        "mark": {"type": "point", "shape": "cross", "size": 70, "filled": True, "opacity": 0.7, "clip": True},
        "encoding": {"x": x, "y": y, "color": {"value": GREY}},
    }
