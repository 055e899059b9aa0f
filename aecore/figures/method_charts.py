"""Methods and networks against each other: a line for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aecore.figures import vega
from aecore.figures.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION

SERIES_COLOURS = (VERMILION, BLUE, GREEN, PURPLE, ORANGE, SKY, GREY)
NETWORK_COLOURS = (VERMILION, BLUE, GREEN)


def series_chart(
    points: Sequence[dict[str, Any]],
    x_title: str,
    y_title: str,
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
) -> dict[str, Any]:
    """A Vega-Lite chart of lines with points, both axes logarithmic; the vertical one ends at its outermost ticks.

    `points`: {"series": …, "x": …, "y": …, "note": …}; the note shows on hover.
    """
    names = list(dict.fromkeys(point["series"] for point in points))

    def axis(field: str, title: str, ticks: Sequence[float], **scale: Any) -> dict[str, Any]:
        return vega.quantitative(
            field,
            title,
            axis={"format": "~g", "values": list(ticks)},
            scale={"type": "log", "nice": False, **scale},
        )

    x = axis("x", x_title, x_ticks)
    y = axis("y", y_title, y_ticks, domain=[min(y_ticks), max(y_ticks)], clamp=True)
    colour = vega.colour_by("series", dict(zip(names, SERIES_COLOURS, strict=False)), columns=2)
    tooltip = [
        {"field": "series", "title": "method"},
        {"field": "note", "title": "setting"},
        vega.quantitative("x", x_title, format=",.3~g"),
        vega.quantitative("y", y_title, format=".5f"),
    ]
    layers = vega.lines_with_points(x, y, colour, tooltip, size=70)
    return {"height": 300, "data": {"values": list(points)}, "layer": layers}


def race_chart(lanes: Sequence[tuple[str, Sequence[tuple[float, float]]]], x_title: str) -> dict[str, Any]:
    """A Vega-Lite chart of validation losses: (name, (x, loss) of each epoch) of up to three networks."""
    points = [{"network": name, "x": x, "loss": loss} for name, lane in lanes for x, loss in lane]
    points = vega.plottable(points, "loss", above_zero=True)
    x = vega.quantitative("x", x_title, axis={"tickMinStep": 1})
    y = vega.logarithmic("loss", "validation loss", [point["loss"] for point in points])
    tooltip = [
        {"field": "network"},
        vega.quantitative("x", x_title, format=".3~g"),
        vega.quantitative("loss", "validation loss", format=".4f"),
    ]
    layers = vega.lines_with_points(x, y, _network_colour([name for name, _ in lanes]), tooltip, size=45)
    return {"height": 300, "data": {"values": points}, "layer": layers}


def shift_chart(lines: Sequence[tuple[str, Sequence[tuple[int, float]]]], at: int) -> dict[str, Any]:
    """A Vega-Lite chart of the mean squared error over the shift in pixels: (name, (pixels, error)) of each network.

    `at`: the shift that a vertical line marks.
    """
    points = [{"network": name, "shift": shift, "mse": mse} for name, line in lines for shift, mse in line]
    points = vega.plottable(points, "mse")
    x = vega.quantitative("shift", "shift, pixels", axis={"tickMinStep": 1})
    y = vega.quantitative("mse", "mean squared error per pixel")
    tooltip = [
        {"field": "network"},
        {"field": "shift", "title": "shift, pixels"},
        vega.quantitative("mse", "mean squared error", format=".4f"),
    ]
    colour = _network_colour([name for name, _ in lines])
    rule = {"type": "rule", "color": GREY, "strokeDash": [2, 3]}
    return {
        "height": 280,
        "data": {"values": points},
        "layer": [
            {
                "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 45, "opacity": 1, "filled": True}},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
            },
            {"data": {"values": [{"shift": at}]}, "mark": rule, "encoding": {"x": x}},
        ],
    }


def _network_colour(names: Sequence[str]) -> dict[str, Any]:
    return vega.colour_by("network", dict(zip(names, NETWORK_COLOURS, strict=False)), columns=3)


@dataclass(frozen=True)
class Line:
    """A method's PSNR in dB over amounts of noise, to be drawn in `colour`, dashed or not."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    dashed: bool = False


def psnr_chart(lines: Sequence[Line], amount_title: str, marks: Sequence[tuple[float, str]] = ()) -> dict[str, Any]:
    """A Vega-Lite chart of PSNR over the amount of noise; `marks`: (amount, label) of vertical lines."""
    points = [
        {"method": line.name, "amount": amount, "psnr": psnr, "dashed": line.dashed}
        for line in lines
        for amount, psnr in line.points
    ]
    points = vega.plottable(points, "psnr")
    x = vega.quantitative("amount", amount_title, scale={"nice": True})
    y = vega.quantitative("psnr", "PSNR, dB (more is better)", scale={"zero": False})
    colour = vega.colour_by("method", {line.name: line.colour for line in lines}, columns=4)
    dash = {"condition": {"test": "datum.dashed", "value": [5, 4]}, "value": [1, 0]}
    tooltip = [
        {"field": "method"},
        vega.quantitative("amount", amount_title, format=".3~g"),
        vega.quantitative("psnr", "PSNR, dB", format=".2f"),
    ]
    layers = vega.lines_with_points(x, y, colour, tooltip, size=55, strokeDash=dash)
    return {"height": 460, "data": {"values": points}, "layer": [*layers, *_marks(marks, x)]}


def _marks(marks: Sequence[tuple[float, str]], x: dict[str, Any]) -> list[dict[str, Any]]:
    """Vertical lines with their labels; those at the same amount share one line."""
    labels: dict[float, list[str]] = {}
    for amount, label in marks:
        labels.setdefault(amount, []).append(label)
    data = {"values": [{"amount": amount, "label": ", ".join(several)} for amount, several in labels.items()]}
    rule = {"type": "rule", "color": GREY, "strokeDash": [2, 3]}
    text = {"type": "text", "align": "left", "dx": 4, "y": 8, "color": GREY}
    return [
        {"data": data, "mark": rule, "encoding": {"x": x, "tooltip": [{"field": "label"}]}},
        {"data": data, "mark": text, "encoding": {"x": x, "text": {"field": "label"}}},
    ]
