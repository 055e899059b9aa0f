"""Pieces of Vega-Lite charts: encodings, and the range and ticks of a logarithmic axis.

Charts are written as dictionaries because they are drawn twice a second for each visitor: the same chart built and
validated by Altair took 30 ms more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

LOG_RANGE = (1e-40, 1e38)  # what a logarithmic axis shows: about all that float32 can hold
MAX_DECADES = 4  # on a longer logarithmic axis only powers of ten are marked


def quantitative(field: str, title: str | None, **more: Any) -> dict[str, Any]:
    """The encoding of a field of numbers."""
    return {"field": field, "type": "quantitative", "title": title, **more}


def logarithmic(field: str, title: str, values: Sequence[float]) -> dict[str, Any]:
    """The encoding of a field of positive numbers on a logarithmic axis that shows all of `values`."""
    low, high = log_domain(values)
    return quantitative(
        field,
        title,
        scale={"type": "log", "domain": [low, high], "nice": False},
        axis={"values": log_ticks(low, high), "format": "~g"},
    )


def colour_by(field: str, colours: Mapping[str, str], columns: int) -> dict[str, Any]:
    """The encoding that gives each name in `field` its colour, with a legend of so many columns above the chart."""
    return {
        "field": field,
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": {"orient": "top", "columns": columns, "labelLimit": 0},
    }


def lines_with_points(
    x: dict[str, Any],
    y: dict[str, Any],
    colour: dict[str, Any],
    tooltip: Sequence[dict[str, Any]],
    size: int,
    **line: Any,
) -> list[dict[str, Any]]:
    """Two layers: lines, and on them points of `size` that show the tooltip. `line`: more encodings of the lines."""
    return [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": colour, **line}},
        {
            "mark": {"type": "circle", "size": size, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": list(tooltip)},
        },
    ]


def plottable(points: Sequence[dict[str, Any]], *fields: str, above_zero: bool = False) -> list[dict[str, Any]]:
    """The points whose `fields` a chart can show: finite numbers, and on a logarithmic axis those above 0."""
    low, high = LOG_RANGE if above_zero else (-math.inf, math.inf)
    return [p for p in points if all(math.isfinite(p[field]) and low <= p[field] <= high for field in fields)]


def log_domain(values: Sequence[float]) -> tuple[float, float]:
    """The limits of a logarithmic axis that shows these numbers, all above 0; 0.1 and 1 if there are none."""
    return (round_down(min(values)), round_up(max(values))) if values else (0.1, 1.0)


def round_down(value: float) -> float:
    """The lower limit of a logarithmic axis that shows the value a little above it."""
    step = 10 ** (math.floor(math.log10(value)) - 1)
    return math.floor(value * 0.97 / step) * step


def round_up(value: float) -> float:
    """The upper limit of a logarithmic axis that shows the value a little below it."""
    step = 10 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value * 1.03 / step) * step


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers to mark on a logarithmic axis, more of them where it is short."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    if len(decades) > MAX_DECADES + 2:
        return [float(f"1e{d}") for d in decades[:: -(-len(decades) // 8)] if low <= float(f"1e{d}") <= high]
    candidates = [m * 10**d for d in decades for m in (1, 2, 3, 5, 7)]
    if high / low < 3:
        candidates = [m * 10**d for d in decades for m in (1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9)]
    return [float(f"{t:.3g}") for t in candidates if low <= t <= high]
