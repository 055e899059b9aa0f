"""How numbers are distributed: histograms, densities and bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aecore.figures import vega
from aecore.figures.palette import BLUE, GREEN, ORANGE, VERMILION

GROUP_COLOURS = (BLUE, ORANGE, GREEN)


def histogram(
    groups: Sequence[tuple[str, np.ndarray]], marker: tuple[str, float] | None, title: str, n_bins: int = 60
) -> dict[str, Any]:
    """A Vega-Lite chart of the distributions of positive numbers, in named groups, over a logarithmic axis.

    Each group adds up to 100 %. `marker`: a name and a value to mark with a line.
    """
    values = np.concatenate([numbers for _, numbers in groups] + ([[marker[1]]] if marker else []))
    edges = np.geomspace(max(values.min(), 1e-6) * 0.95, values.max() * 1.05, n_bins + 1)
    rows = []
    for name, numbers in groups:
        shares = np.histogram(numbers, edges)[0] / len(numbers)
        rows += [
            {"group": name, "from": float(a), "to": float(b), "share": float(share)}
            for a, b, share in zip(edges[:-1], edges[1:], shares, strict=True)
        ]
    x = {"type": "quantitative", "scale": {"type": "log", "nice": False}, "title": title}
    layers = [_areas(rows, dict(zip((name for name, _ in groups), GROUP_COLOURS, strict=False)), x)]
    if marker:
        layers += _marker(*marker, on_the_right=marker[1] > math.sqrt(edges[0] * edges[-1]), x=x)
    return {"height": 230, "layer": layers}


def _areas(rows: Sequence[dict[str, Any]], colours: dict[str, str], x: dict[str, Any]) -> dict[str, Any]:
    highest = max(row["share"] for row in rows)
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.45, "line": {"strokeWidth": 1.5}},
        "encoding": {
            "x": {**x, "field": "from", "axis": {"format": "~g", "tickCount": 6}},
            "y": vega.quantitative(
                "share",
                "share of images",
                stack=None,
                axis={"format": "%"},
                scale={"domain": [0, highest * 1.3]},
            ),
            "color": {
                "field": "group",
                "type": "nominal",
                "title": None,
                "scale": {"domain": list(colours), "range": list(colours.values())},
                "legend": {"orient": "top"},
            },
            "tooltip": [
                {"field": "group", "title": "images of"},
                {"field": "from", "type": "quantitative", "format": ".4f"},
                {"field": "to", "type": "quantitative", "format": ".4f"},
                {"field": "share", "type": "quantitative", "format": ".1%"},
            ],
        },
    }


def _marker(name: str, value: float, on_the_right: bool, x: dict[str, Any]) -> list[dict[str, Any]]:
    """A vertical line at the value, and its name on the side where there is more room."""
    data = {"values": [{"name": name, "value": value}]}
    place = {"field": "value", **x}
    tooltip = [{"field": "name", "title": "image"}, {"field": "value", "type": "quantitative", "format": ".4f"}]
    align = {"align": "right" if on_the_right else "left", "dx": -6 if on_the_right else 6}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": VERMILION, "strokeWidth": 3},
            "encoding": {"x": place, "tooltip": tooltip},
        },
        {
            "data": data,
            "mark": {"type": "text", "color": VERMILION, "fontSize": 13, "fontWeight": "bold", **align},
            "encoding": {"x": place, "y": {"value": 8}, "text": {"field": "name"}},
        },
    ]


def density_chart(values: np.ndarray, title: str, n_bins: int = 50) -> dict[str, Any]:
    """A Vega-Lite chart: the density of finite numbers (N,) as a histogram, and that of N(0, 1) as a line."""
    values = values[np.isfinite(values)].astype(np.float64)
    reach = float(np.abs(values).max(initial=4.0))
    counts, edges = np.histogram(values, n_bins, (-reach, reach))
    density = counts / (max(counts.sum(), 1) * np.diff(edges))
    bars = [
        {"from": float(a), "to": float(b), "density": float(d)}
        for a, b, d in zip(edges[:-1], edges[1:], density, strict=True)
    ]
    line = [{"z": float(z), "density": math.exp(-z * z / 2) / math.sqrt(2 * math.pi)} for z in np.linspace(-4, 4, 81)]
    x = {"type": "quantitative", "title": title, "scale": {"domain": [-reach, reach], "nice": False}}
    y = vega.quantitative("density", "density")
    number = {"type": "quantitative", "format": ".3f"}
    return {
        "height": 200,
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar", "color": BLUE, "opacity": 0.6, "binSpacing": 0},
                "encoding": {
                    "x": {**x, "field": "from", "bin": {"binned": True}},
                    "x2": {"field": "to"},
                    "y": y,
                    "tooltip": [{"field": name, **number} for name in ("from", "to", "density")],
                },
            },
            {
                "data": {"values": line},
                "mark": {"type": "line", "color": VERMILION, "strokeWidth": 2.5},
                "encoding": {"x": {**x, "field": "z"}, "y": y},
            },
        ],
    }


def bar_chart(
    values: Sequence[float] | np.ndarray, names: Sequence[str], title: str, height: int = 200
) -> dict[str, Any]:
    """A Vega-Lite chart of a bar for each name, in the order given; hovering over a bar shows its value."""
    rows = [{"name": name, "value": float(value)} for name, value in zip(names, values, strict=True)]
    rows = vega.plottable(rows, "value")
    return {
        "height": height,
        "data": {"values": rows},
        "mark": {"type": "bar", "color": BLUE},
        "encoding": {
            "x": {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelAngle": 0}},
            "y": vega.quantitative("value", title),
            "tooltip": [{"field": "name"}, vega.quantitative("value", title, format=".3f")],
        },
    }
