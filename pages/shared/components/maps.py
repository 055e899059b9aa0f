"""Maps of the codes of many images: what brings them into the browser, and the component that shows them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages.shared.components.mount import carry, mount, sendable

MAX_FRAMES = 400  # as in map_frames.js
_NOWHERE = -32768  # stands for a coordinate that is no number
_WHOLE = 32767
_FIRST_CLASS = 48  # "0": classes travel as a character each


@dataclass(frozen=True, eq=False)
class MapFrame:
    """A map at a moment of its making: where its points are, (N, 2) or (N, 3), and its KL divergence if it has one."""

    iteration: int
    kl: float | None
    xy: np.ndarray


def map_frames(name: str, frames: Sequence[MapFrame], version: str, whole: bool) -> None:
    """Bring frames of a map into the browser, where `name` stands for it from then on, for `code_map` to show.

    All of the same points and dimensions; `MAX_FRAMES` are kept, evenly. `whole`: these are all there are, in place of
    what is known under that name. Otherwise they come on top of what is known of the same `version` (the same iteration
    takes the place of the one before), so that of a map in the making only what is new need be sent.
    """
    carry("map_frames", name, version, _packed(_thinned(frames), whole), key=f"map.{name}")


def _thinned(frames: Sequence[MapFrame]) -> Sequence[MapFrame]:
    if len(frames) <= MAX_FRAMES:
        return frames
    return [frames[i] for i in np.linspace(0, len(frames) - 1, MAX_FRAMES).round().astype(int)]


def _packed(frames: Sequence[MapFrame], whole: bool) -> bytes:
    n, dims = frames[0].xy.shape if frames else (0, 2)
    shares, about = [], []
    for frame in frames:
        finite = np.isfinite(frame.xy)
        reach = float(np.abs(frame.xy, where=finite, out=np.zeros(frame.xy.shape)).max(initial=0)) or 1.0
        share = np.rint(np.where(finite, frame.xy, 0) * (_WHOLE / reach))
        shares.append(np.where(finite, share, _NOWHERE).astype("<i2").tobytes())
        about.append(
            {"iteration": int(frame.iteration), "kl": None if frame.kl is None else float(frame.kl), "reach": reach}
        )
    header = json.dumps(sendable({"n": n, "dims": dims, "whole": whole, "frames": about})).encode()
    header += b" " * (-len(header) % 4)
    return b"".join([len(header).to_bytes(4, "little"), header, *shares])


@dataclass(frozen=True)
class MapPanel:
    """One of the maps. `frames`: a name given to `map_frames`. `axes`: names of the axes, if they mean something."""

    frames: str
    title: str
    caption: str
    axes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MapMark:
    """A digit of the visitor's own on a panel, `at` (x, y) or (x, y, z) of its map: its image and a text about it."""

    panel: int
    at: tuple[float, ...]
    uri: str
    text: str


@dataclass(frozen=True, eq=False)
class CodeMaps:
    """What a `code_map` shows.

    `panels`: one or two, of the same points. `labels`: their classes, uint8 (N,), with the `classes`' names and
    `colours` ("#rrggbb"). `atlas`: the address (data URI or /media/…) of one picture in which images of 28 × 28 stand
    row by row, `atlas_columns` in a row; None if there are none to show. `indices`: which image each point is, (N,);
    None if they are the first N. `noun`: what an image is called. `picked`, `lassoed`: numbers of points. `live`:
    frames are still arriving; the newest is shown until the visitor goes back. `file_stem`: of the files to download.
    """

    panels: tuple[MapPanel, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    colours: tuple[str, ...]
    atlas: str | None = None
    atlas_columns: int = 100
    indices: np.ndarray | None = None
    noun: str = "test image"
    picked: int | None = None
    lassoed: tuple[int, ...] = ()
    marks: tuple[MapMark, ...] = ()
    live: bool = False
    file_stem: str = "map"


def code_map(
    data: CodeMaps,
    key: str,
    on_pick: Callable[[Any], None] | None = None,
    on_lasso: Callable[[Any], None] | None = None,
) -> None:
    """One or two scatter maps of the same points, to pan, zoom, turn, pick from and draw a lasso in.

    `on_pick` is given the number of the point that was picked, None when it was let go; `on_lasso` the list of numbers
    of those in the lasso, [] when it was cleared; both as the browser sent them: to be checked. Without them nothing is
    sent. What the visitor sees (zoom, turn, hidden classes, the frame gone back to) stays over reruns; a map of another
    name or version begins anew. `data.picked` and `data.lassoed` are taken over when they change, unless they are the
    echo of the visitor's own choice.
    """
    handlers = {event: handler for event, handler in {"pick": on_pick, "lasso": on_lasso}.items() if handler}

    def hear(handler: Callable[[Any], None], value: Any) -> None:
        # In a wrapper with the time, or picking the same point again would be no change to hear of.
        handler(value.get("value") if isinstance(value, dict) else None)

    listeners = {event: functools.partial(hear, handler) for event, handler in handlers.items()}
    mount("code_map", _plain(data) | {"sends": list(handlers)}, key=key, on=listeners)


def _plain(data: CodeMaps) -> dict[str, Any]:
    return {
        "panels": [
            {"frames": panel.frames, "title": panel.title, "caption": panel.caption, "axes": list(panel.axes)}
            for panel in data.panels
        ],
        "labels": (np.asarray(data.labels, np.uint8) + _FIRST_CLASS).tobytes().decode("latin-1"),
        "classes": list(data.classes),
        "colours": list(data.colours),
        "atlas": data.atlas,
        "columns": data.atlas_columns,
        "indices": None if data.indices is None else np.asarray(data.indices).tolist(),
        "noun": data.noun,
        "picked": data.picked,
        "lassoed": list(data.lassoed),
        "marks": [
            {"panel": mark.panel, "at": [float(v) for v in mark.at], "uri": mark.uri, "text": mark.text}
            for mark in data.marks
        ],
        "live": data.live,
        "stem": data.file_stem,
    }
