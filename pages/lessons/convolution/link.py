"""The link of the page on convolution: its settings are restored from it and written into it."""

from __future__ import annotations

import math
import time
from typing import Any

import streamlit as st

from aecore.imaging import kernels
from aecore.imaging.kernels import FILTERS
from aecore.specs import SpecError
from pages.lessons.convolution import model
from pages.lessons.convolution.settings import (
    FIELD,
    HAND,
    IMAGES,
    MAX_PLACES,
    NET,
    NUMERIC,
    OWN,
    SETTINGS,
    put,
)
from pages.shared.app import problems, state
from pages.shared.components.labs import Place
from pages.shared.inspector import unit_selection
from pages.shared.url import links

WRITTEN, MAX_WRITTEN, ECHO_S = "links_written", 40, 5.0


# From the link.


def restore(page: str, sections: tuple[str, ...]) -> None:
    """Set everything from the link, at first and whenever a link leads here; else keep what the session has."""
    is_first = not state.has(page, "section")
    query = st.query_params.to_dict()
    if not is_first and ((not query and not _was_here(page)) or _is_echo(page, query)):
        _replace_lost_run(page)
        return
    problems.clear(page)
    if "digit" in query:
        for name in ("index", "source"):  # of digit_source, which reads the link only where these are missing
            state.pop(page, name)
    is_field = query.get("section") == FIELD
    if is_field:
        unit_selection.take_from_link(page)
    else:
        unit_selection.pick_first(page)
    state.pop(page, "field_layer")
    net = None if is_field else _net(page)
    section = _restore_section(page, sections, net)
    _restore_filter(page, net)
    default = "digit" if net or "digit" in query or section == "channels" else "mouse"
    put(page, picture=links.choice(page, "picture", IMAGES, default))
    for settings in SETTINGS.values():
        for name, (options, default) in settings.items():
            default = _default(name, default, net)
            text = links.choice(page, name, [str(option) for option in options], str(default))
            put(page, **{name: int(text) if name in NUMERIC else text})
    put(page, stamp_numbers=_restore_stamp(page), at={section: _place(page)} if "at" in query else {})


def _restore_section(page: str, sections: tuple[str, ...], net: str | None) -> str:
    """Set the section, and the filter of the network `net` that the link names, if it does; return the section."""
    layer = links.choice(page, "layer", model.layers(net), model.FIRST) if net else model.FIRST
    section = _section_of(layer)
    if "section" in st.query_params:
        named = links.choice(page, "section", sections, section)
        section = section if named == "slide" else named  # "slide" is for filters of one channel only
    n_filters = model.n_filters(net or model.SHIPPED, layer)
    which = links.whole_number(page, "index", n_filters - 1) if net else 0
    put(page, section=section, net=net or model.SHIPPED, layer=layer, which=which)
    put(page, deep=net if net and layer != model.FIRST else HAND)
    return section


def _was_here(page: str) -> bool:
    """Whether the page drawn before was this one, so that an empty link is one the visitor went back to."""
    return state.get(page, "turn", None) == state.turn() - 1


def _section_of(layer: str) -> str:
    """The section for a layer's filters: those of the first layer have a single channel."""
    return "slide" if layer == model.FIRST else "channels"


def _net(page: str) -> str | None:
    """The trained network that the link names, or implies by naming a layer or a filter; None if it does not."""
    if not any(name in st.query_params for name in ("net", "layer", "index")):
        return None
    net = st.query_params.get("net", model.SHIPPED)
    if model.is_known(net):
        return net
    problems.add(
        page, f"The link's net must be {model.SHIPPED} or a convolutional run that is kept here; it is neither."
    )
    return model.SHIPPED


def _default(name: str, default: Any, net: str | None) -> Any:
    """A setting's default: for a filter of a network, what the filter does there."""
    of_network = {"padding": model.padding, "stride": model.stride} if net else {}
    return of_network[name](net, model.FIRST) if name in of_network else default


def _replace_lost_run(page: str) -> None:
    if not model.is_known(state.get(page, "net")):
        put(page, net=model.SHIPPED, deep=HAND, layer=model.FIRST, which=0)
        problems.add(page, f"The run is no longer kept here; {model.SHIPPED} is shown instead.")


def _restore_filter(page: str, net: str | None) -> None:
    name = links.choice(page, "filter", (*FILTERS, OWN), "curve")
    numbers = FILTERS["curve" if name == OWN else name].numbers
    if name == OWN:
        own = _numbers(page)
        name, numbers = (OWN, own) if own else ("curve", numbers)
    has_relu = bool(net) and model.has_relu(net, model.FIRST)
    relu = links.choice(page, "relu", ("0", "1"), str(int(has_relu))) == "1"
    put(page, filter=NET if net else name, numbers=numbers, bias=_bias(page), relu=relu)
    put(page, preset=NET if net else name if name != OWN else "curve")


def _restore_stamp(page: str) -> kernels.Numbers:
    """The numbers of the visitor's own stamp: those of the link, or else the ones to start from."""
    own = _numbers(page) if state.get(page, "stamp") == OWN else None
    if state.get(page, "stamp") == OWN and own is None:
        put(page, stamp="ones")
    return own or kernels.stamps(state.get(page, "factor"))["ones"].numbers


def _numbers(page: str) -> kernels.Numbers | None:
    text = st.query_params.get("numbers")
    if text is None:
        problems.add(page, "The link calls for a filter of your own but has no numbers for it.")
        return None
    try:
        return kernels.parse(text)
    except SpecError as error:
        problems.add(page, f"{error} A built-in filter is used instead.")
        return None


def _bias(page: str) -> float:
    text = st.query_params.get("bias", "0")
    try:
        bias = float(text)
    except ValueError:
        bias = math.nan
    if abs(bias) < kernels.MAX_NUMBER:
        return bias
    problems.add(
        page, f"The link's bias must be a number between -{kernels.MAX_NUMBER} and {kernels.MAX_NUMBER}; it is not."
    )
    return 0.0


def _place(page: str) -> Place | None:
    parts = st.query_params["at"].split(",")
    if len(parts) == 2 and all(
        part.isascii() and part.isdigit() and len(part) <= 3 and int(part) < MAX_PLACES for part in parts
    ):
        return int(parts[0]), int(parts[1])
    problems.add(
        page, "The link's at must be a row and a column, such as 10,3; it is not. The default position is used instead."
    )
    return None


def _is_echo(page: str, query: dict[str, str]) -> bool:
    """Whether the page itself wrote this link; the browser may report it late, after the visitor has moved on."""
    written = state.get(page, WRITTEN, [])
    now = time.monotonic()
    return any(
        text == query and (position == len(written) or now - when < ECHO_S)
        for position, (when, text) in enumerate(written, 1)
    )


# Into the link.


def remember(page: str) -> None:
    """Remember what the address says now, so that it is recognised as the page's own."""
    written = state.setdefault(page, WRITTEN, [])
    written.append((time.monotonic(), st.query_params.to_dict()))
    put(page, turn=state.turn())
    del written[:-MAX_WRITTEN]


def write(page: str, section: str, **more: str) -> None:
    """Write what is on screen, and `more`, into the link, leaving out whatever is a default."""
    with_filter = section == "slide" or (section == "pool" and state.get(page, "of") == "map")
    is_net = (
        state.get(page, "deep") != HAND if section == "channels" else with_filter and state.get(page, "filter") == NET
    )
    query = {}
    if is_net:
        layer = state.get(page, "layer") if section == "channels" else model.FIRST
        query = {"net": state.get(page, "net"), "layer": layer, "index": str(state.get(page, "which"))}
    if section != (_section_of(layer) if is_net else "slide"):
        query["section"] = section
    query |= _image_query(page, section, is_net)
    settings = SETTINGS.get(section, {})
    if with_filter:
        query |= _filter_query(page)
        settings = settings | SETTINGS["slide"]
    for name, (_, default) in settings.items():
        if state.get(page, name) != _default(name, default, state.get(page, "net") if is_net else None):
            query[name] = str(state.get(page, name))
    if section == "back" and state.get(page, "way") == "transposed" and state.get(page, "stamp") == OWN:
        query["numbers"] = kernels.format_numbers(state.get(page, "stamp_numbers"))
    if (at := state.get(page, "at").get(section)) is not None:
        query["at"] = f"{at[0]},{at[1]}"
    if section == FIELD:
        query |= unit_selection.in_link(page)
    links.write(query | more)
    remember(page)


def _image_query(page: str, section: str, is_net: bool) -> dict[str, str]:
    image, default = state.get(page, "picture"), "digit" if is_net or section in ("channels", FIELD) else "mouse"
    if section in ("channels", FIELD) or image == "digit":
        if "digit" in st.query_params:
            return {"digit": st.query_params["digit"]}
        return {} if default == "digit" else {"picture": "digit"}
    return {} if image in (default, "upload") else {"picture": image}


def _filter_query(page: str) -> dict[str, str]:
    name, query = state.get(page, "filter"), {}
    if name == OWN:
        query |= {"filter": OWN, "numbers": kernels.format_numbers(state.get(page, "numbers"))}
    elif name not in ("curve", NET):
        query["filter"] = name
    if name != NET and state.get(page, "bias"):
        query["bias"] = f"{state.get(page, 'bias'):.6g}"
    if state.get(page, "relu") != (name == NET and model.has_relu(state.get(page, "net"), model.FIRST)):
        query["relu"] = str(int(state.get(page, "relu")))
    return query
