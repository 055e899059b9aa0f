"""Images to press and to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pages.shared.components.mount import mount


def clickable_image(
    uri: str,
    label: str,
    columns: int,
    rows: int,
    on_click: Callable[[Any], None],
    key: str,
    at: tuple[int, int] | None = None,
) -> None:
    """An image of `columns` × `rows` cells; `on_click` is given (column, row), from 0, as the browser sent it.

    `at`: the cell that stands out, from which the arrow keys go on.
    """
    data = {"uri": uri, "label": label, "columns": columns, "rows": rows, "at": at}
    mount("clickable_image", data, key=key, on={"cell": on_click})


def swipe(
    before: str,
    after: str,
    names: tuple[str, str],
    shape: tuple[int, int],
    crops: Sequence[tuple[str, str]],
    key: str,
    on_view: Callable[[Any], None] | None = None,
) -> None:
    """Two images of a page with a divider between them to drag, and a zoom down to their pixels.

    `before`, `after`: addresses (data URIs or /media/…) of images of `shape` (H, W), of up to 40 megapixels;
    `names`: what they are called. `crops`: (name, address) of further images of that shape that can replace `after`.
    `on_view` is given where the visitor stopped, as the browser sent it: {"x", "y", "zoom", "divider"}, the centre in
    shares of the page, the zoom in multiples of the whole page's, the divider in shares of the width. Without it
    nothing is sent. What the visitor sees stays where it is over reruns and new images, until `shape` changes.
    """
    data = {
        "before": before,
        "after": after,
        "names": list(names),
        "shape": list(shape),
        "crops": [list(crop) for crop in crops],
        "sends": on_view is not None,
    }
    mount("swipe", data, key=key, on={"view": on_view} if on_view else None)
