"""What denoising looks like: pictures with their PSNR, and PSNR over the amount of noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aecore import figures
from aecore.tasks.denoising import Cleaned


@dataclass(frozen=True)
class Line:
    """A method's PSNR in dB over amounts of noise, to be drawn in `colour`, dashed or not."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    dashed: bool = False


def pictures(cells: Sequence[tuple[str, np.ndarray, str]], width_px: int = 200) -> str:
    """HTML of images side by side: for each its name, uint8 (28, 28, 1 or 4), and a line of HTML below."""
    drawn = [figures.image_cells([image], [name])[0] for name, image, _ in cells]
    return figures.picture_row(drawn, [f"<b>{name}</b><br>{words}" for name, _, words in cells], width_px)


def quality_words(found: Cleaned) -> str:
    """'18.2 dB, SSIM 0.81'; of an image that is equal to the true one, that it is."""
    return f"{found.psnr:.1f} dB, SSIM {found.ssim:.2f}" if np.isfinite(found.psnr) else "the same, pixel by pixel"


def psnr_chart(lines: Sequence[Line], amount_title: str, marks: Sequence[tuple[float, str]] = ()) -> dict[str, Any]:
    """A Vega-Lite chart of PSNR over the amount of noise; `marks`: amounts to mark by a vertical line, with words."""
    points = [
        {"method": line.name, "amount": amount, "psnr": psnr, "dashed": line.dashed}
        for line in lines
        for amount, psnr in line.points
    ]
    points = figures.plottable(points, "psnr")
    x = {"field": "amount", "type": "quantitative", "title": amount_title, "scale": {"nice": True}}
    y = {"field": "psnr", "type": "quantitative", "title": "PSNR, dB (more is better)", "scale": {"zero": False}}
    colour = {
        "field": "method",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [line.name for line in lines], "range": [line.colour for line in lines]},
        "legend": {"orient": "top", "columns": 4, "labelLimit": 0},
    }
    dash = {"condition": {"test": "datum.dashed", "value": [5, 4]}, "value": [1, 0]}
    tooltip = [
        {"field": "method"},
        {"field": "amount", "type": "quantitative", "title": amount_title, "format": ".3~g"},
        {"field": "psnr", "type": "quantitative", "title": "PSNR, dB", "format": ".2f"},
    ]
    layers = [
        {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
        },
        {
            "mark": {"type": "circle", "size": 55, "opacity": 1},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
        },
    ]
    together: dict[float, list[str]] = {}
    for amount, words in marks:
        together.setdefault(amount, []).append(words)
    values = [{"amount": amount, "words": ", ".join(several)} for amount, several in together.items()]
    rule = {"type": "rule", "color": "#808080", "strokeDash": [2, 3]}
    layers.append({"data": {"values": values}, "mark": rule, "encoding": {"x": x, "tooltip": [{"field": "words"}]}})
    words = {"type": "text", "align": "left", "dx": 4, "y": 8, "color": "#808080"}
    layers.append({"data": {"values": values}, "mark": words, "encoding": {"x": x, "text": {"field": "words"}}})
    return {"height": 460, "data": {"values": points}, "layer": layers}
