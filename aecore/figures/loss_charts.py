"""Losses over the epochs of a run.

While a run goes on only the data of its chart change, so that a page can replace them in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aecore.figures import vega
from aecore.figures.palette import GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from aecore.records.training_state import EpochRecord

MIN_PART = 0.01  # of a VAE's loss, in nats per image, that the chart shows: the KL divergence may begin at 0


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
    lines. Hovering over a point shows the exact values.
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


def elbo_chart(
    history: Sequence[EpochRecord], epochs: int, now: tuple[float, float] | None = None, marker: int | None = None
) -> dict[str, Any]:
    """As `loss_chart`, for a VAE: both parts of its loss, in nats per image, on one logarithmic scale."""
    parts = (("reconstruction", "reconstruction_loss"), ("KL", "kl_loss"))
    points = []
    for record in history:
        for part, field in parts:
            values = (("validation", getattr(record, f"val_{field}")), ("training", getattr(record, field)))
            points += [
                {"epoch": record.epoch, "loss": max(value, MIN_PART), "of": f"{part}, {split}"}
                for split, value in values
                if value is not None
            ]
    if now is not None:
        points.append({"epoch": now[0], "loss": now[1], "of": "reconstruction, training"})
    names = [f"{part}, {split}" for part, _ in parts for split in ("training", "validation")]
    colours = dict(zip(names, (SKY, VERMILION, GREEN, PURPLE), strict=True))
    return _curves(points, colours, epochs, "nats per image", marker)


def _curves(
    points: Sequence[dict[str, Any]],
    colours: Mapping[str, str],
    epochs: int,
    loss_name: str,
    marker: int | None,
    references: Sequence[tuple[str, float]] = (),
) -> dict[str, Any]:
    """Points {"epoch", "loss", "of"} as a chart with a line for each of `colours`."""
    points = vega.plottable(points, "loss", above_zero=True)
    lines = [{"name": f"{name} {loss:.4g}", "loss": loss} for name, loss in references]
    lines = vega.plottable(lines, "loss", above_zero=True)
    x = vega.quantitative(
        "epoch", "epoch", scale={"domain": [0, epochs], "nice": False}, axis={"format": "d", "tickMinStep": 1}
    )
    y = vega.logarithmic("loss", loss_name, [point["loss"] for point in (*points, *lines)])
    tooltip = [
        {"field": "of", "type": "nominal", "title": "loss in"},
        vega.quantitative("epoch", "epoch", format=".2~f"),
        vega.quantitative("loss", loss_name, format=".5f"),
    ]
    curves = vega.lines_with_points(x, y, vega.colour_by("of", colours, columns=2), tooltip, size=40)
    return {
        "height": 300,
        "datasets": {
            "losses": points,
            "references": lines,
            "marker": [{"epoch": marker}] if marker is not None else [],
        },
        "layer": [
            *({"data": {"name": "losses"}, **layer} for layer in curves),
            *_reference_lines(y),
            {
                "data": {"name": "marker"},
                "mark": {"type": "rule", "color": ORANGE, "strokeWidth": 2},
                "encoding": {"x": x},
            },
        ],
    }


def _reference_lines(y: dict[str, Any]) -> list[dict[str, Any]]:
    name = {"field": "name", "type": "nominal", "title": "line"}
    return [
        {
            "data": {"name": "references"},
            "mark": {"type": "rule", "strokeDash": [5, 4], "color": GREY},
            "encoding": {"y": y, "tooltip": [name]},
        },
        {
            "data": {"name": "references"},
            "mark": {"type": "text", "align": "right", "dx": -4, "dy": -6, "color": GREY, "fontSize": 12},
            "encoding": {"x": {"value": "width"}, "y": y, "text": name},
        },
    ]
