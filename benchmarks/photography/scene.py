"""With what a digit is written, on which paper, and how that is photographed.

Lengths on the paper are in millimetres, so that a ballpoint's line is as thin beside a large digit as it is in a
photograph.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAX_FALL = 0.6  # of the light, from the brightest place to the darkest


@dataclass(frozen=True)
class Pen:
    """`width` in millimetres and `cover`, from and to; `colours` of full ink as reflectances; `grain` of the cover."""

    width: tuple[float, float]
    colours: tuple[tuple[float, float, float], ...]
    cover: tuple[float, float]
    grain: float


@dataclass(frozen=True)
class Paper:
    """Printed lines every `spacing` millimetres, across and, if `squared`, down; None for none."""

    spacing: tuple[float, float] | None = None
    squared: bool = False


PENS = {
    "ballpoint": Pen((0.4, 0.7), ((0.08, 0.14, 0.50), (0.05, 0.08, 0.35)), (0.75, 0.95), 0.15),
    "pencil": Pen((0.5, 0.9), ((0.25, 0.25, 0.27),), (0.55, 0.9), 0.35),
    "felt-tip": Pen((1.2, 3.5), ((0.06, 0.06, 0.08), (0.10, 0.12, 0.45), (0.55, 0.10, 0.12)), (0.9, 1.0), 0.05),
}
PAPERS = {"white": Paper(), "lined": Paper((7.0, 10.0)), "squared": Paper((4.5, 5.5), squared=True)}


@dataclass(frozen=True)
class Scene:
    """How a sheet is photographed. `size`: pixels, width and height; `view`: millimetres of paper across the width.

    `height` of the digit as a share of the image's shorter side; `tilt` in degrees, of sheet and digit together;
    `fall`: the share of light that is lost across the image; `shadow`: "none", "soft" or "hard"; `table`: whether
    the sheet's edges are in sight; `blur` in pixels; `noise` as a standard deviation; `quality` of the JPEG.
    """

    size: tuple[int, int] = (1200, 1600)
    view: float = 150.0
    height: float = 0.3
    tilt: float = 0.0
    fall: float = 0.0
    shadow: str = "none"
    table: bool = False
    blur: float = 0.6
    noise: float = 0.008
    quality: int = 88


def random_scene(rng: np.random.Generator) -> Scene:
    """A scene as a phone meets it: digits of 10 to 60 % of the image, every light, a table edge now and then."""
    long = int(rng.choice([900, 1200, 1600]))
    size = (long * 3 // 4, long) if rng.random() < 0.7 else (long, long * 3 // 4)
    return Scene(
        size=size,
        view=float(rng.uniform(60, 210)),
        height=float(np.exp(rng.uniform(np.log(0.1), np.log(0.6)))),
        tilt=float(rng.normal(0, 3)),
        fall=float(rng.uniform(0, MAX_FALL)),
        shadow=str(rng.choice(["none", "soft", "hard"], p=[0.5, 0.25, 0.25])),
        table=bool(rng.random() < 0.3),
        blur=float(rng.uniform(0.3, 1.4)),
        noise=float(rng.uniform(0, 0.02)),
        quality=int(rng.integers(60, 96)),
    )
