"""Arrays → figures: HTML, SVG and Vega-Lite charts that know neither Streamlit nor Keras.

Text takes the colour of the page around it (currentColor), so that one figure serves light and dark.
"""

from __future__ import annotations

import base64
import functools
import html
import io
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from aecore.records.training_state import EpochRecord
from aecore.specs import ModelSpec

HUGE = 1e7  # from here on a number is written in powers of ten
LOG_RANGE = (1e-40, 1e38)  # what a logarithmic axis shows: about all that float32 knows
LEAST_SPAN = 1e-6  # of the bars of a code
MAX_DECADES = 4  # on a longer logarithmic axis only powers of ten are marked
# Okabe and Ito's colours, which readers with any colour vision tell apart.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE = "#56B4E9", "#CC79A7"
# Ten classes: those, and what is still apart from them for most eyes; the legend names every one.
CLASS_COLOURS = (
    "#D55E00", "#56B4E9", "#009E73", "#E69F00", "#0072B2", "#CC79A7", "#999999", "#B8A800", "#882255", "#5F9EA0",
)  # fmt: skip


def png_data_uri(x: np.ndarray) -> str:
    """uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) → a PNG as a data URI."""
    return _png_data_uri(np.ascontiguousarray(x).tobytes(), x.shape)


@functools.lru_cache(maxsize=4096)
def _png_data_uri(pixels: bytes, shape: tuple[int, ...]) -> str:
    shape = shape[:2] if len(shape) == 3 and shape[2] == 1 else shape
    file = io.BytesIO()
    Image.fromarray(np.frombuffer(pixels, np.uint8).reshape(shape)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def difference_image(x: np.ndarray, x_hat: np.ndarray) -> np.ndarray:
    """Two uint8 (28, 28, 1) → RGBA (28, 28, 4): clear where they agree, blue for missing ink, orange for too much."""
    d = (x_hat.astype(np.float32) - x.astype(np.float32)) / 255  # (28, 28, 1)
    missing, surplus = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (BLUE, VERMILION))
    colour = np.where(d < 0, missing, surplus)  # (28, 28, 3)
    return np.concatenate([colour, np.rint(np.abs(d) * 255)], axis=-1).astype(np.uint8)


def signed_image(x: np.ndarray, width: int = 384) -> np.ndarray:
    """Numbers (H, W) → uint8 (H', W', 3), about `width` pixels wide: black for 0, orange above and blue below it."""
    shares = x / (np.abs(x).max(initial=0) or 1.0)
    above, below = np.array([255, 176, 32]), np.array([96, 176, 255])  # as in lab_paint.js
    colours = np.where(shares[..., None] < 0, below, above) * np.abs(shares)[..., None]
    large = max(1, round(width / x.shape[1]))
    return np.rint(colours).astype(np.uint8).repeat(large, axis=0).repeat(large, axis=1)


def code_bars(code: np.ndarray, top: float, low: float = 0.0) -> str:
    """A code (code_dim,) as an SVG of bars from `low` (0 or less) to `top`. Hovering a bar tells its value."""
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


_GRID_STYLE = """<style>
.ae-digits{display:grid;grid-template-columns:minmax(4.6rem,auto) repeat(10,minmax(0,1fr));gap:4px;align-items:center}
.ae-digits>span{font-size:.8rem;line-height:1.15;text-align:right;padding-right:.35rem}
.ae-digits>span small{opacity:.7}
.ae-digits img{width:100%;display:block;image-rendering:pixelated;border-radius:2px}
.ae-columns{gap:8px 10px}
.ae-columns>b{font-size:.8rem;text-align:center;line-height:1.15;align-self:end}
.ae-note{display:block;font-size:.75rem;text-align:center;opacity:.8;line-height:1.2;padding-top:2px}
.ae-digits img.clear{box-shadow:0 0 0 1px rgba(128,128,128,.35)}
@media(forced-colors:active){
.ae-digits img{outline:1px solid CanvasText}
.ae-digits img.clear{forced-color-adjust:none;background:#fff}
}
</style>"""


def number(value: float, decimals: int) -> str:
    """A number as text: with so many decimals, a huge one in powers of ten, and a dash for what is none."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.{decimals}f}" if abs(value) < HUGE else f"{value:.1e}"


def plottable(points: Sequence[dict[str, Any]], *fields: str, above_zero: bool = False) -> list[dict[str, Any]]:
    """The points whose numbers in `fields` a chart can show: finite ones, on a logarithmic axis those above 0."""
    low, high = LOG_RANGE if above_zero else (-math.inf, math.inf)
    return [p for p in points if all(math.isfinite(p[field]) and low <= p[field] <= high for field in fields)]


def code_span(codes: np.ndarray) -> tuple[float, float]:
    """From where to where bars of these codes (N, code_dim) go: 0, and the finite numbers below and above it."""
    finite = codes[np.isfinite(codes)]
    return float(finite.min(initial=0)), float(finite.max(initial=LEAST_SPAN))


def digit_grid(rows: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    """HTML of a grid: for each row its label, a second smaller line of HTML for it, and ten cells of HTML."""
    return f'{_GRID_STYLE}<div class="ae-digits">{_grid_rows(rows)}</div>'


def _grid_rows(rows: Sequence[tuple[str, str, Sequence[str]]]) -> str:
    cells = []
    for label, note, row in rows:
        small = f"<br><small>{note}</small>" if note else ""
        cells.append(f"<span>{html.escape(label)}{small}</span>")
        cells.extend(f"<div>{cell}</div>" for cell in row)
    return "".join(cells)


def difference_key() -> str:
    """HTML that tells what the colours of `difference_image` mean."""
    missing, surplus = (f"color:{colour};forced-color-adjust:none" for colour in (BLUE, VERMILION))
    return f'<b style="{missing}">missing</b>, <b style="{surplus}">surplus</b> ink'


def image_cells(images: Sequence[np.ndarray], titles: Sequence[str]) -> list[str]:
    """Ten uint8 images → ten <img> tags, each with a title that shows on hover and is read aloud."""
    kind = ' class="clear"' if images[0].shape[-1] == 4 else ""
    return [
        f'<img{kind} src="{png_data_uri(x)}" title="{html.escape(t)}" alt="{html.escape(t)}" decoding="sync">'
        for x, t in zip(images, titles, strict=True)
    ]


def loss_chart(
    history: Sequence[EpochRecord],
    epochs: int,
    loss_name: str,
    now: tuple[float, float] | None = None,
    marker: int | None = None,
    references: Sequence[tuple[str, float]] = (),
) -> dict[str, Any]:
    """A Vega-Lite chart of the reconstruction losses over the epochs, on a logarithmic scale.

    `now`: (epoch, loss) of the epoch under way. `marker`: an epoch to mark. `references`: (name, loss) of horizontal
    lines. Hovering a point shows the exact values.

    Only the data change while a run goes on, so that a page can replace them in place. (Written as a dictionary because
    it is drawn twice a second for each visitor: the same chart built and validated by Altair took 30 ms more.)
    """
    points = []
    for record in history:
        points.append({"epoch": record.epoch, "loss": record.val_reconstruction_loss, "of": "validation"})
        if record.reconstruction_loss is not None:
            points.append({"epoch": record.epoch, "loss": record.reconstruction_loss, "of": "training"})
    if now is not None:
        points.append({"epoch": now[0], "loss": now[1], "of": "training"})
    colours = {"training": SKY, "validation": VERMILION}
    return _curves(points, colours, epochs, loss_name, marker, references)


def _curves(
    points: list[dict[str, Any]],
    colours: dict[str, str],
    epochs: int,
    loss_name: str,
    marker: int | None,
    references: Sequence[tuple[str, float]] = (),
) -> dict[str, Any]:
    """Points {"epoch", "loss", "of"} as a chart with a line for each of `colours`."""
    points = plottable(points, "loss", above_zero=True)
    lines = plottable(
        [{"name": f"{name} {loss:.4g}", "loss": loss} for name, loss in references], "loss", above_zero=True
    )
    low, high = log_domain([point["loss"] for point in (*points, *lines)])
    x = {
        "field": "epoch",
        "type": "quantitative",
        "title": "epoch",
        "scale": {"domain": [0, epochs], "nice": False},
        "axis": {"format": "d", "tickMinStep": 1},
    }
    y = {
        "field": "loss",
        "type": "quantitative",
        "title": loss_name,
        "scale": {"type": "log", "domain": [low, high], "nice": False},
        "axis": {"values": log_ticks(low, high), "format": "~g"},
    }
    colour = {
        "field": "of",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": {"orient": "top", "columns": 2, "labelLimit": 0},
    }
    tooltip = [
        {"field": "of", "type": "nominal", "title": "loss in"},
        {"field": "epoch", "type": "quantitative", "title": "epoch", "format": ".2~f"},
        {"field": "loss", "type": "quantitative", "title": loss_name, "format": ".5f"},
    ]
    name = {"field": "name", "type": "nominal", "title": "line"}
    grey = "#808080"
    return {
        "height": 300,
        "datasets": {
            "losses": points,
            "references": lines,
            "marker": [{"epoch": marker}] if marker is not None else [],
        },
        "layer": [
            {
                "data": {"name": "losses"},
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"name": "losses"},
                "mark": {"type": "circle", "size": 40, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
            },
            {
                "data": {"name": "references"},
                "mark": {"type": "rule", "strokeDash": [5, 4], "color": grey},
                "encoding": {"y": y, "tooltip": [name]},
            },
            {
                "data": {"name": "references"},
                "mark": {"type": "text", "align": "right", "dx": -4, "dy": -6, "color": grey, "fontSize": 12},
                "encoding": {"x": {"value": "width"}, "y": y, "text": name},
            },
            {
                "data": {"name": "marker"},
                "mark": {"type": "rule", "color": ORANGE, "strokeWidth": 2},
                "encoding": {"x": x},
            },
        ],
    }


def elbo_chart(
    history: Sequence[EpochRecord], epochs: int, now: tuple[float, float] | None = None, marker: int | None = None
) -> dict[str, Any]:
    """As `loss_chart`, for a VAE: both parts of its loss, in nats an image, on one logarithmic scale."""
    parts = (("reconstruction", "reconstruction_loss"), ("KL", "kl_loss"))
    points = []
    for record in history:
        for part, field in parts:
            values = (("validation", getattr(record, f"val_{field}")), ("training", getattr(record, field)))
            points += [
                {"epoch": record.epoch, "loss": max(value, 0.01), "of": f"{part}, {split}"}
                for split, value in values
                if value is not None
            ]
    if now is not None:
        points.append({"epoch": now[0], "loss": now[1], "of": "reconstruction, training"})
    names = [f"{part}, {split}" for part, _ in parts for split in ("training", "validation")]
    colours = dict(zip(names, (SKY, VERMILION, GREEN, PURPLE), strict=True))
    return _curves(points, colours, epochs, "nats an image", marker)


def log_domain(values: Sequence[float]) -> tuple[float, float]:
    """Where a logarithmic axis that shows these numbers, all above 0, begins and ends; 0.1 and 1 if there are none."""
    return (round_down(min(values)), round_up(max(values))) if values else (0.1, 1.0)


def round_down(value: float) -> float:
    """Where a logarithmic axis may begin so that the value stands a little above."""
    step = 10 ** (math.floor(math.log10(value)) - 1)
    return math.floor(value * 0.97 / step) * step


def round_up(value: float) -> float:
    """Where a logarithmic axis may end so that the value stands a little below."""
    step = 10 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(value * 1.03 / step) * step


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers for a logarithmic axis, more of them where it is short."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    if len(decades) > MAX_DECADES + 2:
        return [float(f"1e{d}") for d in decades[:: -(-len(decades) // 8)] if low <= float(f"1e{d}") <= high]
    candidates = [m * 10**d for d in decades for m in (1, 2, 3, 5, 7)]
    if high / low < 3:
        candidates = [m * 10**d for d in decades for m in (1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9)]
    return [float(f"{t:.3g}") for t in candidates if low <= t <= high]


def histogram(
    groups: Sequence[tuple[str, np.ndarray]], marker: tuple[str, float] | None, title: str, n_bins: int = 60
) -> dict[str, Any]:
    """A Vega-Lite chart: how positive numbers of several named groups are spread over a logarithmic axis.

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
    highest = max(row["share"] for row in rows)
    x = {"type": "quantitative", "scale": {"type": "log", "nice": False}, "title": title}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": rows},
            "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.45, "line": {"strokeWidth": 1.5}},
            "encoding": {
                "x": {**x, "field": "from", "axis": {"format": "~g", "tickCount": 6}},
                "y": {
                    "field": "share", "type": "quantitative", "stack": None, "title": "share of images",
                    "axis": {"format": "%"}, "scale": {"domain": [0, highest * 1.3]},
                },
                "color": {
                    "field": "group", "type": "nominal", "title": None,
                    "scale": {"domain": [name for name, _ in groups], "range": [BLUE, ORANGE, GREEN][: len(groups)]},
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
    ]  # fmt: skip
    if marker:
        point = {"data": {"values": [{"name": marker[0], "value": marker[1]}]}}
        tooltip = [{"field": "name", "title": "picture"}, {"field": "value", "type": "quantitative", "format": ".4f"}]
        place = {"field": "value", **x}
        right = marker[1] > math.sqrt(edges[0] * edges[-1])
        align = {"align": "right" if right else "left", "dx": -6 if right else 6}
        layers += [
            {**point, "mark": {"type": "rule", "color": VERMILION, "strokeWidth": 3},
             "encoding": {"x": place, "tooltip": tooltip}},
            {**point, "mark": {"type": "text", "color": VERMILION, "fontSize": 13, "fontWeight": "bold", **align},
             "encoding": {"x": place, "y": {"value": 8}, "text": {"field": "name"}}},
        ]  # fmt: skip
    return {"height": 230, "layer": layers}


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
        return {
            "field": field,
            "type": "quantitative",
            "title": title,
            "axis": {"format": "~g", "values": list(ticks)},
            "scale": {"type": "log", "nice": False, **scale},
        }

    x = axis("x", x_title, x_ticks)
    y = axis("y", y_title, y_ticks, domain=[min(y_ticks), max(y_ticks)], clamp=True)
    colours = [VERMILION, BLUE, GREEN, PURPLE, ORANGE, SKY, "#808080"]
    colour = {
        "field": "series",
        "type": "nominal",
        "title": None,
        "legend": {"orient": "top", "columns": 2, "labelLimit": 0},
    }
    colour["scale"] = {"domain": names, "range": colours[: len(names)]}
    tooltip = [
        {"field": "series", "title": "method"},
        {"field": "note", "title": "setting"},
        {"field": "x", "type": "quantitative", "title": x_title, "format": ",.3~g"},
        {"field": "y", "type": "quantitative", "title": y_title, "format": ".5f"},
    ]
    return {
        "height": 300,
        "data": {"values": list(points)},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": colour}},
            {
                "mark": {"type": "circle", "size": 70, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
            },
        ],
    }


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
    y = {"field": "density", "type": "quantitative", "title": "density"}
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


def bar_chart(values: Sequence[float], names: Sequence[str], title: str, height: int = 200) -> dict[str, Any]:
    """A Vega-Lite chart of a bar for each name, in the order given; hovering tells the value."""
    rows = [{"name": name, "value": float(value)} for name, value in zip(names, values, strict=True)]
    rows = plottable(rows, "value")
    return {
        "height": height,
        "data": {"values": rows},
        "mark": {"type": "bar", "color": BLUE},
        "encoding": {
            "x": {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"labelAngle": 0}},
            "y": {"field": "value", "type": "quantitative", "title": title},
            "tooltip": [{"field": "name"}, {"field": "value", "type": "quantitative", "format": ".3f", "title": title}],
        },
    }


def cloud_chart(
    background: np.ndarray,
    labels: np.ndarray,
    classes: Sequence[str],
    samples: np.ndarray | None,
    middle: np.ndarray | None,
    half_width: float | None,
    height: int = 340,
) -> dict[str, Any]:
    """A Vega-Lite scatter of the plane: codes (N, 2) by class, and samples (M, 2) around `middle` on top of them.

    `half_width`: how far the chart reaches from `middle`; None shows everything.
    """
    finite = np.isfinite(background).all(axis=1)
    background, labels = background[finite], labels[finite]
    if half_width is not None:
        inside = np.abs(background - middle).max(axis=1) <= half_width
        background, labels = background[inside], labels[inside]
        domains = [[float(c - half_width), float(c + half_width)] for c in middle]
    else:
        shown = background if len(background) else np.array([[-1, -1], [1, 1]])
        low, high = shown.min(axis=0), shown.max(axis=0)
        domains = [[float(a), float(b)] for a, b in zip(low, high, strict=True)]
    points = [
        {"x": float(x), "y": float(y), "class": classes[label]}
        for (x, y), label in zip(background, labels, strict=True)
    ]

    def axis(name: str, domain: list[float]) -> dict[str, Any]:
        title = {"x": "z₀", "y": "z₁"}[name]
        scale = {"domain": domain, "nice": False, "zero": False}
        return {"field": name, "type": "quantitative", "title": title, "scale": scale}

    x, y = axis("x", domains[0]), axis("y", domains[1])
    colour = {"field": "class", "type": "nominal", "title": None}
    colour["scale"] = {"domain": list(classes), "range": list(CLASS_COLOURS[: len(classes)])}
    layers = [
        {
            "data": {"values": points},
            "mark": {"type": "circle", "size": 22, "opacity": 0.55, "clip": True},
            "encoding": {"x": x, "y": y, "color": colour, "tooltip": [{"field": "class"}]},
        }
    ]
    if samples is not None:
        layers.append(
            {
                "data": {"values": [{"x": float(a), "y": float(b)} for a, b in samples]},
                "mark": {"type": "point", "shape": "cross", "size": 70, "filled": True, "opacity": 0.7, "clip": True},
                "encoding": {"x": x, "y": y, "color": {"value": "#808080"}},
            }
        )
    return {"height": height, "layer": layers}


def labelled_grid(columns: Sequence[str], rows: Sequence[tuple[str, str, Sequence[str]]], width_px: int = 84) -> str:
    """HTML of a grid with a heading for each column; the rows as for `digit_grid`."""
    template = f"grid-template-columns:minmax(5.5rem,auto) repeat({len(columns)},minmax(0,{width_px}px))"
    head = "<span></span>" + "".join(f"<b>{html.escape(name)}</b>" for name in columns)
    return f'{_GRID_STYLE}<div class="ae-digits ae-columns" style="{template}">{head}{_grid_rows(rows)}</div>'


def picture_row(cells: Sequence[str], captions: Sequence[str], width_px: int = 130) -> str:
    """HTML of cells side by side, each with a caption of HTML below it."""
    template = f"grid-template-columns:repeat({len(cells)},minmax(0,{width_px}px))"
    with_words = "".join(f"<div>{captioned(c, words)}</div>" for c, words in zip(cells, captions, strict=True))
    return f'{_GRID_STYLE}<div class="ae-digits ae-columns" style="{template}">{with_words}</div>'


def captioned(cell: str, caption: str) -> str:
    """HTML of a cell with a small caption below it."""
    return f'{cell}<small class="ae-note">{caption}</small>'


def network_drawing(spec: ModelSpec, x: np.ndarray, x_hat: np.ndarray | None, accent: str = BLUE) -> str:
    """An SVG of the network: a bar for each layer, as tall as it is wide, from the image to its reconstruction.

    `x`, `x_hat`: uint8 (28, 28, 1), drawn at the two ends; without x_hat the right end shows a question mark.
    """
    units = [784, *spec.widths, spec.code_dim, *reversed(spec.widths), 784]
    middle = len(units) // 2
    width, height, top = 760.0, 236.0, 46.0
    left, right = 150.0, width - 150.0
    tallest = 132.0
    centre = top + tallest / 2

    def bar_height(n: int) -> float:
        # Logarithmic, or the code would be a dot beside the 784 pixels.
        return 14 + (tallest - 14) * (math.log2(n) - 1) / (math.log2(1024) - 1)

    xs = np.linspace(left, right, len(units))
    parts = []
    for i in range(len(units) - 1):
        a, b = bar_height(units[i]) / 2, bar_height(units[i + 1]) / 2
        parts.append(
            f'<polygon points="{xs[i]:.1f},{centre - a:.1f} {xs[i + 1]:.1f},{centre - b:.1f} '
            f'{xs[i + 1]:.1f},{centre + b:.1f} {xs[i]:.1f},{centre + a:.1f}" fill="{accent}" opacity="0.13"/>'
        )
    for i, n in enumerate(units):
        h = bar_height(n)
        role = "the code" if i == middle else "pixels" if i in (0, len(units) - 1) else "hidden"
        ends = {
            0: "",
            middle: "" if spec.family == "vae" else f" ({spec.code_activation})",
            len(units) - 1: " (sigmoid)",
        }
        activation = ends.get(i, f" ({spec.activation})")
        colour = VERMILION if i == middle else accent
        parts.append(
            f'<g><rect x="{xs[i] - 7:.1f}" y="{centre - h / 2:.1f}" width="14" height="{h:.1f}" rx="3" '
            f'fill="{colour}"/>'
            f"<title>{n} {role}{activation}</title></g>"
            f'<text x="{xs[i]:.1f}" y="{centre - h / 2 - 8:.1f}" text-anchor="middle" font-weight="600">{n}</text>'
        )
        label = "code" if i == middle else "pixels" if role == "pixels" else ""
        if label:
            parts.append(f'<text x="{xs[i]:.1f}" y="{top + tallest + 18:.0f}" text-anchor="middle">{label}</text>')

    size = 92
    for at, image, label in ((14.0, x, "x, the image"), (width - 14 - size, x_hat, "x̂, redrawn")):
        y0 = centre - size / 2
        if image is None:
            parts.append(
                f'<rect x="{at}" y="{y0}" width="{size}" height="{size}" rx="4" fill="none" stroke="currentColor" '
                f'stroke-dasharray="5 4" opacity="0.5"/>'
                f'<text x="{at + size / 2}" y="{centre + 10}" text-anchor="middle" font-size="30">?</text>'
            )
        else:
            parts.append(
                f'<image x="{at}" y="{y0}" width="{size}" height="{size}" href="{png_data_uri(image)}" '
                f'style="image-rendering:pixelated"/>'
            )
        parts.append(f'<text x="{at + size / 2}" y="{centre + size / 2 + 18}" text-anchor="middle">{label}</text>')
    arrow = '<path d="M{0} {1} h22 m-7 -5 l7 5 l-7 5" fill="none" stroke="currentColor" opacity="0.6"/>'
    parts.append(arrow.format(left - 38, centre) + arrow.format(right + 16, centre))

    n_encoder, n_decoder = count_parameters(spec)
    brace_y = top + tallest + 32
    for a, b, label in (
        (xs[0], xs[middle] - 10, f"encoder · {n_encoder:,} weights"),
        (xs[middle] + 10, xs[-1], f"decoder · {n_decoder:,} weights"),
    ):
        parts.append(
            f'<path d="M{a:.1f} {brace_y - 5} v5 H{b:.1f} v-5" fill="none" stroke="currentColor" opacity="0.5"/>'
            f'<text x="{(a + b) / 2:.1f}" y="{brace_y + 17}" text-anchor="middle">{label}</text>'
        )
    words = f"Network: {' → '.join(map(str, units))} units, code of {spec.code_dim} numbers"
    style = f"width:100%;max-width:{width:.0f}px;height:auto;display:block;margin:auto;font-family:inherit"
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{words}" font-size="13" '
        f'fill="currentColor" style="{style}">{"".join(parts)}</svg>'
    )


def count_parameters(spec: ModelSpec) -> tuple[int, int]:
    """Weights and biases of the encoder and of the decoder."""
    encoder = [784, *spec.widths, spec.code_dim]
    decoder = [spec.code_dim, *reversed(spec.widths), 784]
    n_encoder, n_decoder = (sum((a + 1) * b for a, b in itertools.pairwise(s)) for s in (encoder, decoder))
    if spec.family == "vae":
        n_encoder += (encoder[-2] + 1) * spec.code_dim  # z_log_var beside z_mean
    return n_encoder, n_decoder
