"""What is shown of a convolutional network that is looked into: feature maps, filters, receptive fields, losses."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from aecore.figures import BLUE, GREEN, ORANGE, SKY, VERMILION, log_domain, log_ticks, plottable, png_data_uri
from aecore.networks.receptive_field import Field

MAP_PX = 280  # of an enlarged feature map, about
_BELOW, _ABOVE = (np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) for colour in (SKY, ORANGE))
_MARK = np.array([213, 94, 0])  # vermilion, as everywhere where a unit or a field is framed


def coloured(values: np.ndarray, reach: float) -> np.ndarray:
    """Numbers (H, W) → uint8 (H, W, 3): black for 0, blue below, and above grey, or orange where there are any below.

    `reach`: the number, of either sign, that gets the full colour.
    """
    share = np.clip(np.abs(values) / (reach or 1.0), 0, 1)[..., None]
    above = _ABOVE if (values < 0).any() else np.full(3, 255)
    return np.rint(share * np.where(values[..., None] < 0, _BELOW, above)).astype(np.uint8)


def enlarged_map(values: np.ndarray, unit: tuple[int, int]) -> str:
    """A feature map (H, W) as a picture, enlarged, with a frame around the unit (row, column). A data URI."""
    scale = max(1, MAP_PX // max(values.shape))
    picture = coloured(values, float(np.abs(values).max())).repeat(scale, axis=0).repeat(scale, axis=1)
    top, left = unit[0] * scale, unit[1] * scale
    cell = picture[top : top + scale, left : left + scale]
    cell[:2] = cell[-2:] = cell[:, :2] = cell[:, -2:] = _MARK
    return png_data_uri(picture)


def digit_with_field(x: np.ndarray, field: Field, gradient: np.ndarray | None = None, width_px: int = 280) -> str:
    """SVG of an image, uint8 (28, 28, 1), with a frame around the field.

    `gradient`: (28, 28), laid over the image: orange where a brighter pixel raises the unit, blue where it lowers it.
    """
    layers = [_picture(png_data_uri(x), 1.0 if gradient is None else 0.45)]
    if gradient is not None:
        share = np.abs(gradient) / (np.abs(gradient).max() or 1.0)
        colour = np.where(gradient[..., None] < 0, _BELOW, _ABOVE)
        overlay = np.concatenate([colour, np.rint(255 * share**0.7)[..., None]], axis=-1).astype(np.uint8)
        layers.append(_picture(png_data_uri(overlay), 1.0))
    box = (
        f'<rect x="{field.left}" y="{field.top}" width="{field.width}" height="{field.height}" fill="none" '
        f'stroke="{VERMILION}" stroke-width="0.7"/>'
    )
    words = f"sees rows {field.top + 1} to {field.bottom} and columns {field.left + 1} to {field.right}"
    return _svg(28, 28, width_px, words, "".join(layers) + box)


def _picture(uri: str, opacity: float) -> str:
    return (
        f'<image href="{uri}" width="28" height="28" opacity="{opacity}" preserveAspectRatio="none" '
        'style="image-rendering:pixelated"/>'
    )


def _svg(width: int, height: int, width_px: int, words: str, inside: str) -> str:
    return (
        f'<svg viewBox="-0.5 -0.5 {width + 1} {height + 1}" role="img" aria-label="{html.escape(words)}" '
        f'style="width:100%;max-width:{width_px}px;display:block"><title>{html.escape(words)}</title>'
        f'<rect width="{width}" height="{height}"/>{inside}</svg>'
    )


def filter_drawing(kernel: np.ndarray, width_px: int = 250) -> str:
    """SVG of a filter (kh, kw, channels): its numbers, where it has one channel, or else a small picture of each slice,
    blue below 0 and orange above; hovering a cell tells the number."""
    rows, columns, channels = kernel.shape
    reach = float(np.abs(kernel).max()) or 1.0
    across = 1 if channels == 1 else min(4 if channels <= 8 else 8, channels)
    cells = []
    for c in range(channels):
        x0, y0 = (c % across) * (columns + 0.6), (c // across) * (rows + 0.6)
        for (row, column), value in np.ndenumerate(kernel[:, :, c]):
            red, green, blue = np.rint((_BELOW if value < 0 else _ABOVE) * min(abs(value) / reach, 1)).astype(int)
            tip = f"{value:.3f}" if channels == 1 else f"channel {c + 1}: {value:.3f}"
            cells.append(
                f'<g><rect x="{x0 + column:.1f}" y="{y0 + row:.1f}" width="1" height="1" '
                f'fill="rgb({red},{green},{blue})"/><title>{tip}</title></g>'
            )
            if channels == 1:
                cells.append(
                    f'<text x="{x0 + column + 0.5:.1f}" y="{y0 + row + 0.58:.2f}" font-size="0.26" fill="#fff" '
                    f'text-anchor="middle" paint-order="stroke" stroke="#000" stroke-width="0.04">{value:.2f}</text>'
                )
        if channels > 1:
            cells.append(
                f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{columns}" height="{rows}" fill="none" stroke="#808080" '
                f'stroke-width="0.1"/>'
            )
    width, height = across * (columns + 0.6) - 0.6, -(-channels // across) * (rows + 0.6) - 0.6
    words = f"a filter of {rows} × {columns} × {channels} numbers"
    return (
        f'<svg viewBox="0 0 {width:.1f} {height:.1f}" role="img" aria-label="{words}" '
        f'style="width:100%;max-width:{width_px}px;display:block">{"".join(cells)}</svg>'
    )


def _colour(names: Sequence[str]) -> dict[str, Any]:
    """The encoding that gives each network its colour."""
    return {
        "field": "network",
        "type": "nominal",
        "title": None,
        "scale": {"domain": names, "range": [VERMILION, BLUE, GREEN][: len(names)]},
        "legend": {"orient": "top", "columns": 3, "labelLimit": 0},
    }


def race_chart(lanes: Sequence[tuple[str, Sequence[tuple[float, float]]]], x_title: str) -> dict[str, Any]:
    """A Vega-Lite chart of validation losses: (name, (x, loss) of each epoch) of up to three networks."""
    points = [{"network": name, "x": x, "loss": loss} for name, lane in lanes for x, loss in lane]
    points = plottable(points, "loss", above_zero=True)
    colour = _colour([name for name, _ in lanes])
    low, high = log_domain([point["loss"] for point in points])
    x = {"field": "x", "type": "quantitative", "title": x_title, "axis": {"tickMinStep": 1}}
    y = {
        "field": "loss",
        "type": "quantitative",
        "title": "validation loss",
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {"values": log_ticks(low, high), "format": "~g"},
    }
    tooltip = [
        {"field": "network"},
        {"field": "x", "type": "quantitative", "title": x_title, "format": ".3~g"},
        {"field": "loss", "type": "quantitative", "title": "validation loss", "format": ".4f"},
    ]
    return {
        "height": 300,
        "data": {"values": points},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": colour}},
            {
                "mark": {"type": "circle", "size": 45, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
            },
        ],
    }


def shift_chart(lines: Sequence[tuple[str, Sequence[tuple[int, float]]]], at: int) -> dict[str, Any]:
    """A Vega-Lite chart of the mean squared error over the shift in pixels: (name, (pixels, error)) of each network."""
    points = [{"network": name, "shift": shift, "mse": mse} for name, line in lines for shift, mse in line]
    points = plottable(points, "mse")
    colour = _colour([name for name, _ in lines])
    x = {"field": "shift", "type": "quantitative", "title": "shift, pixels", "axis": {"tickMinStep": 1}}
    y = {"field": "mse", "type": "quantitative", "title": "mean squared error a pixel"}
    tooltip = [
        {"field": "network"},
        {"field": "shift", "title": "shift, pixels"},
        {"field": "mse", "type": "quantitative", "title": "mean squared error", "format": ".4f"},
    ]
    rule = {"type": "rule", "color": "#808080", "strokeDash": [2, 3]}
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
