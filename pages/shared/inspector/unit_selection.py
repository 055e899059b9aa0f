"""The feature map and unit that are selected, and what the link says of them and of the network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.networks.convolutional import Layer
from aecore.specs import quote
from pages.shared.app import problems, runs, state
from pages.shared.inspector.opened_network import CHOICES, RUN, SHIPPED
from pages.shared.url import links

NAMES = ("look", "layer", "index", "unit", "section")  # of the link
FIRST = ("encoder_2", 3)  # the layer and map that a page opens with


@dataclass(frozen=True)
class Picked:
    """A feature map and a unit of it: the layer's place in the network, the map's number, the unit's row and column."""

    depth: int
    index: int
    unit: tuple[int, int]


def restore(page: str) -> None:
    """Set what is looked into from the link, or keep what the session has."""
    if not state.has(page, "picked"):
        take_from_link(page)


def take_from_link(page: str) -> None:
    """Set what is looked into from the link."""
    if "look" in st.query_params:
        state.set(page, "look", links.choice(page, "look", CHOICES, SHIPPED))
    layer = st.query_params.get("layer", FIRST[0])
    if not re.fullmatch(r"(encoder|pool|decoder|up)_[1-4]|code|maps|logits", layer):
        problems.add(
            page, f"The link's layer must be the name of a layer, such as encoder_1 or up_3; got {quote(layer)}."
        )
        layer = FIRST[0]
    index = links.whole_number(page, "index", 10_000, FIRST[1] if layer == FIRST[0] else 0)
    state.set(page, "picked", (layer, index))
    state.set(page, "unit", None)
    query = st.query_params
    state.set(page, "picked_by_link", "layer" in query or "index" in query or "unit" in query)
    text = st.query_params.get("unit")
    if text is None:
        return
    row, _, column = text.partition("-")
    if all(part.isascii() and part.isdigit() and len(part) <= 3 for part in (row, column)):
        state.set(page, "unit", (int(row), int(column)))
    else:
        problems.add(page, f"The link's unit must be a row and a column, such as 3-5; got {quote(text)}.")


def pick_first(page: str) -> None:
    """Select the feature map that a page opens with."""
    state.set(page, "picked", FIRST)
    state.set(page, "unit", None)


def picked(page: str, network: Sequence[Layer], maps: dict[str, np.ndarray]) -> Picked:
    """The selected feature map and unit; if this network has no such map or unit, the strongest of the layer.

    `maps`: float (1, H, W, K) of each layer.
    """
    (name, index), unit = state.get(page, "picked"), state.get(page, "unit")
    names = [layer.name for layer in network]
    depth = names.index(name) if name in names else 0
    height, width, count = network[depth].out_shape
    if state.pop(page, "picked_by_link", False):
        _report_missing(page, name in names, index < count, unit is None or (unit[0] < height and unit[1] < width))
    if name not in names or index >= count:
        index = int(np.abs(maps[names[depth]][0]).max(axis=(0, 1)).argmax())
    if unit is None or unit[0] >= height or unit[1] >= width:
        unit = divmod(int(np.abs(maps[names[depth]][0, :, :, index]).argmax()), width)
    return Picked(depth, index, unit)


def _report_missing(page: str, has_layer: bool, has_index: bool, has_unit: bool) -> None:
    for has, name in ((has_layer, "layer"), (has_index, "index"), (has_unit, "unit")):
        if not has:
            problems.add(page, f"This network has no such {name} as the link names. Another is shown instead.")
            return


def pick(page: str, sent: object, network: Sequence[Layer]) -> None:
    """Select the feature map that the browser sent: [layer, map, …]. What names none is ignored."""
    known = {layer.name: layer.out_shape[2] for layer in network}
    if not isinstance(sent, list) or len(sent) < 2 or not isinstance(sent[0], str):
        return
    name, index = sent[:2]
    if name in known and isinstance(index, int) and 0 <= index < known[name]:
        state.set(page, "picked", (name, index))
        state.set(page, "unit", None)


def pick_unit(page: str, sent: object) -> None:
    """Select the unit that the browser sent: [column, row, …]. What names none is ignored."""
    if isinstance(sent, list) and len(sent) >= 2 and all(isinstance(n, int) and 0 <= n < 1_000 for n in sent[:2]):
        state.set(page, "unit", (sent[1], sent[0]))


def in_link(page: str, look: str | None = None) -> dict[str, str]:
    """What the link says of the selection; defaults are left out."""
    layer, index = state.get(page, "picked")
    unit = state.get(page, "unit")
    query = {} if look in (None, SHIPPED, RUN) else {"look": look}
    if look == SHIPPED and runs.current(page) is not None:
        query["look"] = look
    if (layer, index) != FIRST:
        query |= {"layer": layer, "index": str(index)}
    return query if unit is None else query | {"unit": f"{unit[0]}-{unit[1]}"}
