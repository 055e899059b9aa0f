"""The plane of latent numbers to drag over, its points, and what the decoder draws there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages.shared.components.mount import carry, mount


def latent_points(name: str, xy: np.ndarray, labels: np.ndarray, version: str = "1") -> None:
    """Bring points of a latent plane into the browser, (N, 2) with their classes (N,), for `latent_pad` to show."""
    payload = xy.astype("<f4").tobytes() + labels.astype(np.uint8).tobytes()
    carry("latent_points", name, version, payload, key=f"points.{name}")


@dataclass(frozen=True)
class Plane:
    """What a `latent_pad` shows besides the digit.

    `decoder`, `points`: names given to `decoder_weights` and `latent_points`. `axes`: the two latent numbers that the
    plane shows, `order` all of them as the sliders stand, `tips` a text for each slider. `reach`: how far the plane
    goes from 0. `classes`, `colours`: for the legend. `marks`: (name, (x, y)) of points to mark. `nearest`: the image
    nearest to where the visitor stands, as a data URI, and a text about it; None until it is known.
    """

    decoder: str
    points: str
    axes: tuple[int, int]
    order: tuple[int, ...]
    tips: tuple[str, ...]
    reach: float
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    marks: tuple[tuple[str, tuple[float, float]], ...] = ()
    nearest: tuple[str, str] | None = None


def latent_pad(plane: Plane, z: Sequence[float], on_move: Callable[[Any], object], key: str) -> None:
    """The latent plane to drag over, a slider for each latent number, and what the decoder draws, in the browser alone.

    `z`: where to stand. `on_move` is given where the visitor let go, as the browser sent it: to be checked.
    """
    data = dataclasses.asdict(plane) | {
        "z": list(z),
        "plane": True,
        "marks": [{"name": name, "z": list(at)} for name, at in plane.marks],
        "nearest": {"uri": plane.nearest[0], "text": plane.nearest[1]} if plane.nearest else None,
    }
    mount("latent_pad", data, key=key, on={"z": on_move})
