"""The component that shows a network layer by layer, with what each layer makes of an image."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages.shared.components.mount import mount


@dataclass(frozen=True, eq=False)
class LayerRow:
    """A layer as it is shown: its `name` for the program, `title`, `summary` and `note` for the visitor.

    `maps`: float (H, W, K); `unit`: what one of them is called. `code`: whether it is the code.
    """

    name: str
    title: str
    summary: str
    note: str
    maps: np.ndarray
    unit: str
    code: bool


def layer_view(
    halves: Sequence[tuple[str, Sequence[LayerRow]]],
    picked: tuple[str, int],
    on_pick: Callable[[Any], None],
    key: str,
) -> None:
    """Layers in columns, (title, rows) each. `picked`: the layer's name and map that stand out. `on_pick` is given what
    the visitor pressed as the browser sent it: [name, map, count]."""
    data = {
        "halves": [{"title": title, "layers": [_as_data(row) for row in rows]} for title, rows in halves],
        "picked": list(picked),
    }
    mount("layer_view", data, key=key, on={"picked": on_pick})


def _as_data(row: LayerRow) -> dict[str, Any]:
    maps = row.maps
    signed = bool(maps.min() < 0)
    reach = float(np.abs(maps).max()) or 1.0
    shares = 128 + 127 * maps / reach if signed else 255 * maps / reach
    pixels = np.rint(shares).astype(np.uint8).transpose(2, 0, 1)  # (K, H, W)
    return {
        "name": row.name,
        "title": row.title,
        "summary": row.summary,
        "note": row.note,
        "unit": row.unit,
        "code": row.code,
        "shape": list(maps.shape),
        "signed": signed,
        "pixels": base64.b64encode(pixels.tobytes()).decode(),
    }
