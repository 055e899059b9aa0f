"""Inside a convolutional network: feature maps, filters and receptive fields."""

from __future__ import annotations

import html

import numpy as np

from aecore.figures.image_colouring import NEGATIVE, POSITIVE, coloured, enlarged, overlay
from aecore.figures.palette import GREY, VERMILION, rgb
from aecore.imaging.encoding import png_data_uri
from aecore.networks.receptive_field import Field

MAP_PX = 280  # of an enlarged feature map, about
GAP = 0.6  # cells between the slices of a filter


def enlarged_map(values: np.ndarray, unit: tuple[int, int]) -> str:
    """A feature map (H, W), enlarged, with a frame around the unit (row, column). A data URI."""
    scale = max(1, MAP_PX // max(values.shape))
    image = enlarged(coloured(values, float(np.abs(values).max())), scale)
    top, left = unit[0] * scale, unit[1] * scale
    cell = image[top : top + scale, left : left + scale]
    cell[:2] = cell[-2:] = cell[:, :2] = cell[:, -2:] = rgb(VERMILION)
    return png_data_uri(image)


def image_with_field(x: np.ndarray, field: Field, gradient: np.ndarray | None = None, width_px: int = 280) -> str:
    """SVG of an image, uint8 (28, 28, 1), with a frame around the field.

    `gradient`: (28, 28), laid over the image: orange where a brighter pixel raises the unit, blue where it lowers it.
    """
    layers = [_image(png_data_uri(x), 1.0 if gradient is None else 0.45)]
    if gradient is not None:
        layers.append(_image(png_data_uri(overlay(gradient)), 1.0))
    box = (
        f'<rect x="{field.left}" y="{field.top}" width="{field.width}" height="{field.height}" fill="none" '
        f'stroke="{VERMILION}" stroke-width="0.7"/>'
    )
    label = f"sees rows {field.top + 1} to {field.bottom} and columns {field.left + 1} to {field.right}"
    return (
        f'<svg viewBox="-0.5 -0.5 29 29" role="img" aria-label="{html.escape(label)}" '
        f'style="width:100%;max-width:{width_px}px;display:block"><title>{html.escape(label)}</title>'
        f'<rect width="28" height="28"/>{"".join(layers)}{box}</svg>'
    )


def _image(uri: str, opacity: float) -> str:
    return (
        f'<image href="{uri}" width="28" height="28" opacity="{opacity}" preserveAspectRatio="none" '
        'style="image-rendering:pixelated"/>'
    )


def filter_drawing(kernel: np.ndarray, width_px: int = 250) -> str:
    """SVG of a filter (kh, kw, channels): blue below 0 and orange above; hovering over a cell shows its number.

    Where there is one channel, the numbers are written into the cells; where there are more, each is a slice of its
    own, side by side.
    """
    rows, columns, channels = kernel.shape
    reach = float(np.abs(kernel).max()) or 1.0
    across = 1 if channels == 1 else min(4 if channels <= 8 else 8, channels)
    parts = []
    for c in range(channels):
        left, top = (c % across) * (columns + GAP), (c // across) * (rows + GAP)
        for (row, column), value in np.ndenumerate(kernel[:, :, c]):
            colour = np.rint((NEGATIVE if value < 0 else POSITIVE) * min(abs(value) / reach, 1)).astype(int)
            parts.append(_cell(left + column, top + row, value, colour, c if channels > 1 else None))
        if channels > 1:
            parts.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{columns}" height="{rows}" fill="none" stroke="{GREY}" '
                f'stroke-width="0.1"/>'
            )
    width, height = across * (columns + GAP) - GAP, -(-channels // across) * (rows + GAP) - GAP
    label = f"a filter of {rows} × {columns} × {channels} numbers"
    return (
        f'<svg viewBox="0 0 {width:.1f} {height:.1f}" role="img" aria-label="{label}" '
        f'style="width:100%;max-width:{width_px}px;display:block">{"".join(parts)}</svg>'
    )


def _cell(x: float, y: float, value: float, colour: np.ndarray, channel: int | None) -> str:
    """One number of a filter; it is written into its cell unless it belongs to one of several channels."""
    tip = f"{value:.3f}" if channel is None else f"channel {channel + 1}: {value:.3f}"
    cell = (
        f'<g><rect x="{x:.1f}" y="{y:.1f}" width="1" height="1" fill="rgb({",".join(map(str, colour))})"/>'
        f"<title>{tip}</title></g>"
    )
    if channel is not None:
        return cell
    return cell + (
        f'<text x="{x + 0.5:.1f}" y="{y + 0.58:.2f}" font-size="0.26" fill="#fff" '
        f'text-anchor="middle" paint-order="stroke" stroke="#000" stroke-width="0.04">{value:.2f}</text>'
    )
