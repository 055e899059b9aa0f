"""A network as a drawing: a bar for each layer, as tall as the layer is wide."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from aecore.figures.palette import BLUE, VERMILION
from aecore.imaging.encoding import png_data_uri
from aecore.specs import ModelSpec

# Lengths in units of the SVG.
WIDTH, HEIGHT, TOP = 760.0, 236.0, 46.0
LEFT, RIGHT = 150.0, WIDTH - 150.0  # of the first and the last layer
TALLEST = 132.0  # of the bars
CENTRE = TOP + TALLEST / 2
IMAGE_SIDE = 92


def network_drawing(spec: ModelSpec, x: np.ndarray, x_hat: np.ndarray | None, accent: str = BLUE) -> str:
    """An SVG of a dense network: a bar for each layer from the image to its reconstruction.

    `x`, `x_hat`: uint8 (28, 28, 1), drawn at the two ends; without x_hat the right end shows a question mark.
    """
    units = [784, *spec.widths, spec.code_dim, *reversed(spec.widths), 784]
    xs = [float(at) for at in np.linspace(LEFT, RIGHT, len(units))]
    parts = [
        *_connections(units, xs, accent),
        *_layers(spec, units, xs, accent),
        _image(14.0, x, "x, the image"),
        _image(WIDTH - 14 - IMAGE_SIDE, x_hat, "x̂, redrawn"),
        _arrow(LEFT - 38),
        _arrow(RIGHT + 16),
        *_braces(spec, xs),
    ]
    label = f"Network: {' → '.join(map(str, units))} units, code of {spec.code_dim} numbers"
    style = f"width:100%;max-width:{WIDTH:.0f}px;height:auto;display:block;margin:auto;font-family:inherit"
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{label}" font-size="13" '
        f'fill="currentColor" style="{style}">{"".join(parts)}</svg>'
    )


def _bar_height(n_units: int) -> float:
    # Logarithmic, or the code would be a dot beside the 784 pixels.
    return 14 + (TALLEST - 14) * (math.log2(n_units) - 1) / (math.log2(1024) - 1)


def _connections(units: Sequence[int], xs: Sequence[float], accent: str) -> list[str]:
    polygons = []
    for (n_left, n_right), (left, right) in zip(itertools.pairwise(units), itertools.pairwise(xs), strict=True):
        a, b = _bar_height(n_left) / 2, _bar_height(n_right) / 2
        polygons.append(
            f'<polygon points="{left:.1f},{CENTRE - a:.1f} {right:.1f},{CENTRE - b:.1f} '
            f'{right:.1f},{CENTRE + b:.1f} {left:.1f},{CENTRE + a:.1f}" fill="{accent}" opacity="0.13"/>'
        )
    return polygons


def _layers(spec: ModelSpec, units: Sequence[int], xs: Sequence[float], accent: str) -> list[str]:
    last, middle = len(units) - 1, len(units) // 2
    activations = {0: "", middle: "" if spec.family == "vae" else f" ({spec.code_activation})", last: " (sigmoid)"}
    parts = []
    for i, (n, x) in enumerate(zip(units, xs, strict=True)):
        h = _bar_height(n)
        role = "the code" if i == middle else "pixels" if i in (0, last) else "hidden"
        parts.append(
            f'<g><rect x="{x - 7:.1f}" y="{CENTRE - h / 2:.1f}" width="14" height="{h:.1f}" rx="3" '
            f'fill="{VERMILION if i == middle else accent}"/>'
            f"<title>{n} {role}{activations.get(i, f' ({spec.activation})')}</title></g>"
            f'<text x="{x:.1f}" y="{CENTRE - h / 2 - 8:.1f}" text-anchor="middle" font-weight="600">{n}</text>'
        )
        label = "code" if i == middle else "pixels" if role == "pixels" else ""
        if label:
            parts.append(f'<text x="{x:.1f}" y="{TOP + TALLEST + 18:.0f}" text-anchor="middle">{label}</text>')
    return parts


def _image(left: float, image: np.ndarray | None, label: str) -> str:
    top, middle = CENTRE - IMAGE_SIDE / 2, left + IMAGE_SIDE / 2
    if image is None:
        drawn = (
            f'<rect x="{left}" y="{top}" width="{IMAGE_SIDE}" height="{IMAGE_SIDE}" rx="4" fill="none" '
            f'stroke="currentColor" stroke-dasharray="5 4" opacity="0.5"/>'
            f'<text x="{middle}" y="{CENTRE + 10}" text-anchor="middle" font-size="30">?</text>'
        )
    else:
        drawn = (
            f'<image x="{left}" y="{top}" width="{IMAGE_SIDE}" height="{IMAGE_SIDE}" href="{png_data_uri(image)}" '
            f'style="image-rendering:pixelated"/>'
        )
    return drawn + f'<text x="{middle}" y="{CENTRE + IMAGE_SIDE / 2 + 18}" text-anchor="middle">{label}</text>'


def _arrow(left: float) -> str:
    return f'<path d="M{left} {CENTRE} h22 m-7 -5 l7 5 l-7 5" fill="none" stroke="currentColor" opacity="0.6"/>'


def _braces(spec: ModelSpec, xs: Sequence[float]) -> list[str]:
    """What spans the encoder and the decoder, with the number of their weights."""
    n_encoder, n_decoder = count_parameters(spec)
    middle, y = xs[len(xs) // 2], TOP + TALLEST + 32
    return [
        f'<path d="M{a:.1f} {y - 5} v5 H{b:.1f} v-5" fill="none" stroke="currentColor" opacity="0.5"/>'
        f'<text x="{(a + b) / 2:.1f}" y="{y + 17}" text-anchor="middle">{name} · {n:,} weights</text>'
        for a, b, name, n in ((xs[0], middle - 10, "encoder", n_encoder), (middle + 10, xs[-1], "decoder", n_decoder))
    ]


def count_parameters(spec: ModelSpec) -> tuple[int, int]:
    """Weights and biases of the encoder and of the decoder of a dense network."""
    encoder = [784, *spec.widths, spec.code_dim]
    decoder = [spec.code_dim, *reversed(spec.widths), 784]
    n_encoder, n_decoder = (sum((a + 1) * b for a, b in itertools.pairwise(s)) for s in (encoder, decoder))
    if spec.family == "vae":
        n_encoder += (encoder[-2] + 1) * spec.code_dim  # z_log_var beside z_mean
    return n_encoder, n_decoder
