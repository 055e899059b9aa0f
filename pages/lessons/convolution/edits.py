"""What the visitor does in the browser's labs: moves the window, and edits filters and stamps."""

from __future__ import annotations

import dataclasses
from typing import Any

from aecore.imaging import kernels
from pages.lessons.convolution.settings import MAX_PLACES, NET, OWN, put
from pages.shared.app import problems, state
from pages.shared.components.labs import EditableFilter


def move(page: str, section: str, value: Any) -> None:
    """Place the window of a section where the browser says; anything but a row and a column is ignored."""
    try:
        row, column = (int(part) for part in value)
    except (TypeError, ValueError, OverflowError):
        return
    if 0 <= row < MAX_PLACES and 0 <= column < MAX_PLACES:
        problems.clear(page)
        put(page, at=state.get(page, "at") | {section: (row, column)})


def parse_filter(value: Any) -> EditableFilter | None:
    """A filter as the browser sends it; None for anything else."""
    try:
        numbers, bias = kernels.check(value["numbers"]), float(value["bias"])
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
    return EditableFilter(numbers, bias, value.get("relu") is True) if abs(bias) < kernels.MAX_NUMBER else None


def edit_filter(page: str, now: EditableFilter, preset: EditableFilter, value: Any) -> None:
    """Take the numbers, the bias and the ReLU that the browser sends.

    `now`: the filter on screen. `preset`: the one that Reset goes back to, under the session's name for it.
    """
    edited = parse_filter(value)
    if edited is None:
        return
    problems.clear(page)
    name = state.get(page, "filter")
    if dataclasses.replace(edited, relu=now.relu) != now:
        is_back = edited.numbers == preset.numbers and (state.get(page, "preset") != NET or edited.bias == preset.bias)
        name = state.get(page, "preset") if is_back else kernels.name_of(edited.numbers) or OWN
    put(page, filter=name, numbers=edited.numbers, bias=edited.bias, relu=edited.relu)


def edit_stamp(page: str, value: Any) -> None:
    """Take the numbers of the stamp that the browser sends."""
    edited = parse_filter(value)
    if edited is None:
        return
    problems.clear(page)
    built_in = {
        each.numbers: name for name, each in kernels.stamps(state.get(page, "factor")).items() if name != "block"
    }
    put(page, stamp=built_in.get(edited.numbers, OWN), stamp_numbers=edited.numbers)
