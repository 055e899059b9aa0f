"""What the page of convolution has set: from the link, back into it, and as the browser's labs send it."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any

import streamlit as st

from aecore.imaging import kernels
from aecore.imaging.kernels import FILTERS
from aecore.specs import SpecError
from pages.lessons.convolution import model
from pages.shared.app import problems, state
from pages.shared.components.labs import EditableFilter, Place
from pages.shared.inspector import opened_network
from pages.shared.url import links

PICTURES = {
    "mouse": "The lesson's drawing",
    "digit": "A digit",
    "photo": "A photograph",
    "upload": "A picture of yours",
}
OWN, NET = "own", "net"
STRIDES, DILATIONS, FACTORS = (1, 2, 3), (1, 2, 3), (2, 3, 4)
PADDINGS = {"valid": "none", "same": "same"}
KINDS = {"max": "Max", "average": "Average"}
SIZES = (2, 3, 4)
POOLED = {"picture": "The picture", "map": "Its feature map"}
WAYS = {"upsampling": "Upsampling", "transposed": "Transposed convolution"}
HAND, FIELD = "hand", "field"
MOST_PLACES = 200
# Settings of each section: name in the link → (options, default). In the session they are `page.name`.
WHOLE = (SIZES, STRIDES, DILATIONS, FACTORS)
SETTINGS: dict[str, dict[str, tuple[Any, Any]]] = {
    "slide": {"stride": (STRIDES, 1), "padding": (PADDINGS, "valid"), "dilation": (DILATIONS, 1)},
    "channels": {},
    "pool": {"of": (POOLED, "picture"), "kind": (KINDS, "max"), "size": (SIZES, 2), "step": ((0, 1, *SIZES), 0),
             "edges": (PADDINGS, "same")},
    "back": {"way": (WAYS, "transposed"), "stamp": (("ones", "smooth", OWN), "ones"), "factor": (FACTORS, 2)},
}  # fmt: skip
WRITTEN, ECHO_S = "links_written", 5.0


def key(page: str, name: str) -> str:
    """Where the session has a setting of the page."""
    return f"{page}.{name}"


def get(page: str, name: str) -> Any:
    """A setting of the page."""
    return state.get(page, name)


def put(page: str, **values: Any) -> None:
    """Set settings of the page."""
    for name, value in values.items():
        state.set(page, name, value)


# From the link.


def restore(page: str, sections: tuple[str, ...]) -> None:
    """Set everything from the link, at first and whenever a link leads here; else keep what the session has."""
    is_first = not state.has(page, "section")
    query = st.query_params.to_dict()
    if not is_first and ((not query and not _was_here(page)) or _is_echo(page, query)):
        _let_go_of_lost_run(page)
        return
    problems.clear(page)
    if "digit" in query:
        for name in ("index", "source"):  # of digit_source, which takes them from the link where there are none
            state.pop(page, name)
    is_field = query.get("section") == FIELD
    if is_field:
        opened_network.take_from_link(page)
    else:
        opened_network.pick_first(page)
    state.pop(page, "field_layer")
    net = None if is_field else _net(page)
    layer = links.choice(page, "layer", model.layers(net), model.FIRST) if net else model.FIRST
    section = _section_of(layer)
    if "section" in query:
        wanted = links.choice(page, "section", sections, section)
        section = section if wanted == "slide" else wanted  # there are no several channels to slide over
    most = model.n_filters(net or model.SHIPPED, layer)
    index = links.whole_number(page, "index", most - 1) if net else 0
    put(page, section=section, net=net or model.SHIPPED, layer=layer, which=index)
    put(page, deep=net if net and layer != model.FIRST else HAND)
    _restore_filter(page, net)
    default = "digit" if net or "digit" in query or section == "channels" else "mouse"
    put(page, picture=links.choice(page, "picture", PICTURES, default))
    for name, (options, usual) in [item for each in SETTINGS.values() for item in each.items()]:
        usual = _usual(name, usual, net)
        text = links.choice(page, name, [str(option) for option in options], str(usual))
        put(page, **{name: int(text) if options in WHOLE or name == "step" else text})
    put(page, stamp_numbers=_restore_stamp(page), at={section: _place(page)} if "at" in query else {})


def _was_here(page: str) -> bool:
    """Whether this page was drawn before it, so that a link without anything is one that the visitor went back to."""
    return state.get(page, "turn", None) == state.turn() - 1


def _section_of(layer: str) -> str:
    """Where a layer's filters are: those of the first have one channel only."""
    return "slide" if layer == model.FIRST else "channels"


def _net(page: str) -> str | None:
    """The trained network that the link names, if it does."""
    named = any(name in st.query_params for name in ("net", "layer", "index"))
    if not named:
        return None
    net = st.query_params.get("net", model.SHIPPED)
    if model.is_known(net):
        return net
    problems.add(
        page, f"The link's net must be {model.SHIPPED} or a convolutional run that is kept here; it is none of them."
    )
    return model.SHIPPED


def _usual(name: str, default: Any, net: str | None) -> Any:
    """What goes without saying: for a filter of a network, what it does there."""
    of_network = {"padding": model.padding, "stride": model.stride} if net else {}
    return of_network[name](net, model.FIRST) if name in of_network else default


def _let_go_of_lost_run(page: str) -> None:
    if not model.is_known(get(page, "net")):
        put(page, net=model.SHIPPED, deep=HAND, layer=model.FIRST, which=0)
        problems.add(page, f"The run is not kept here any more. {model.SHIPPED} has taken its place.")


def _restore_filter(page: str, net: str | None) -> None:
    name = links.choice(page, "filter", (*FILTERS, OWN), "curve")
    numbers = FILTERS["curve" if name == OWN else name].numbers
    if name == OWN:
        own = _numbers(page)
        name, numbers = (OWN, own) if own else ("curve", numbers)
    usual = bool(net) and model.has_relu(net, model.FIRST)
    relu = links.choice(page, "relu", ("0", "1"), str(int(usual))) == "1"
    put(page, filter=NET if net else name, numbers=numbers, bias=_bias(page), relu=relu)
    put(page, preset=NET if net else name if name != OWN else "curve")


def _restore_stamp(page: str) -> kernels.Numbers:
    """The stamp's own numbers, where the link has some; else those that `own` begins with."""
    own = _numbers(page) if get(page, "stamp") == OWN else None
    if get(page, "stamp") == OWN and own is None:
        put(page, stamp="ones")
    return own or kernels.stamps(get(page, "factor"))["ones"].numbers


def _numbers(page: str) -> kernels.Numbers | None:
    text = st.query_params.get("numbers")
    if text is None:
        problems.add(page, "The link says that the filter is one's own, but has no numbers of it.")
        return None
    try:
        return kernels.parse(text)
    except SpecError as error:
        problems.add(page, f"{error} A shipped filter is used instead.")
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
        page, f"The link's bias must be a number between -{kernels.MAX_NUMBER} and {kernels.MAX_NUMBER}; it is none."
    )
    return 0.0


def _place(page: str) -> Place | None:
    parts = st.query_params["at"].split(",")
    if len(parts) == 2 and all(
        part.isascii() and part.isdigit() and len(part) <= 3 and int(part) < MOST_PLACES for part in parts
    ):
        return int(parts[0]), int(parts[1])
    problems.add(
        page, "The link's at must be a row and a column such as 10,3; it is none. The window stands elsewhere instead."
    )
    return None


def _is_echo(page: str, query: dict[str, str]) -> bool:
    """Whether the page itself has written this; the browser may tell it late, when the visitor has moved on."""
    written = state.get(page, WRITTEN, [])
    now = time.monotonic()
    return any(text == query and (late == len(written) or now - when < ECHO_S)
               for late, (when, text) in enumerate(written, 1))  # fmt: skip


# Into the link.


def remember(page: str) -> None:
    """Know again what the address says now."""
    written = state.setdefault(page, WRITTEN, [])
    written.append((time.monotonic(), st.query_params.to_dict()))
    put(page, turn=state.turn())
    del written[:-40]


def write(page: str, section: str, **more: str) -> None:
    """Let the link say what is on screen, and what is `more`, but nothing that goes without saying."""
    with_filter = section == "slide" or (section == "pool" and get(page, "of") == "map")
    is_net = get(page, "deep") != HAND if section == "channels" else with_filter and get(page, "filter") == NET
    query = {}
    if is_net:
        layer = get(page, "layer") if section == "channels" else model.FIRST
        query = {"net": get(page, "net"), "layer": layer, "index": str(get(page, "which"))}
    if section != (_section_of(layer) if is_net else "slide"):
        query["section"] = section
    picture, usual = get(page, "picture"), "digit" if is_net or section in ("channels", FIELD) else "mouse"
    if section in ("channels", FIELD) or picture == "digit":
        if "digit" in st.query_params:
            query["digit"] = st.query_params["digit"]
        elif usual != "digit":
            query["picture"] = "digit"
    elif picture not in (usual, "upload"):
        query["picture"] = picture
    names = SETTINGS.get(section, {})
    if with_filter:
        query |= _filter_query(page)
        names = names | SETTINGS["slide"]
    for name, (_, default) in names.items():
        if get(page, name) != _usual(name, default, get(page, "net") if is_net else None):
            query[name] = str(get(page, name))
    if section == "back" and get(page, "way") == "transposed" and get(page, "stamp") == OWN:
        query["numbers"] = kernels.format_numbers(get(page, "stamp_numbers"))
    if (at := get(page, "at").get(section)) is not None:
        query["at"] = f"{at[0]},{at[1]}"
    if section == FIELD:
        query |= opened_network.in_link(page)
    links.write(query | more)
    remember(page)


def _filter_query(page: str) -> dict[str, str]:
    name, query = get(page, "filter"), {}
    if name == OWN:
        query |= {"filter": OWN, "numbers": kernels.format_numbers(get(page, "numbers"))}
    elif name not in ("curve", NET):
        query["filter"] = name
    if name != NET and get(page, "bias"):
        query["bias"] = f"{get(page, 'bias'):.6g}"
    if get(page, "relu") != (name == NET and model.has_relu(get(page, "net"), model.FIRST)):
        query["relu"] = str(int(get(page, "relu")))
    return query


# From the browser.


def move(page: str, section: str, value: Any) -> None:
    """A place where the visitor came to rest; what is none is left alone."""
    try:
        row, column = (int(part) for part in value)
    except (TypeError, ValueError, OverflowError):
        return
    if 0 <= row < MOST_PLACES and 0 <= column < MOST_PLACES:
        problems.clear(page)
        state.set(page, "at", get(page, "at") | {section: (row, column)})


def parse_filter(value: Any) -> EditableFilter | None:
    """A filter as a lab sends it; None for what is none."""
    try:
        numbers, bias = kernels.check(value["numbers"]), float(value["bias"])
    except (TypeError, KeyError, ValueError, OverflowError):
        return None
    return EditableFilter(numbers, bias, value.get("relu") is True) if abs(bias) < kernels.MAX_NUMBER else None


def edit(page: str, now: EditableFilter, preset: EditableFilter, value: Any) -> None:
    """Numbers, a bias or ReLU, as the visitor has set them.

    `now`: the filter that was on screen. `preset`: what it goes back to, by the name that the session has for it.
    """
    edited = parse_filter(value)
    if edited is None:
        return
    problems.clear(page)
    name = get(page, "filter")
    if dataclasses.replace(edited, relu=now.relu) != now:
        is_back = edited.numbers == preset.numbers and (get(page, "preset") != NET or edited.bias == preset.bias)
        name = get(page, "preset") if is_back else kernels.name_of(edited.numbers) or OWN
    put(page, filter=name, numbers=edited.numbers, bias=edited.bias, relu=edited.relu)


def edit_stamp(page: str, value: Any) -> None:
    """The numbers of the stamp, as the visitor has set them."""
    edited = parse_filter(value)
    if edited is None:
        return
    problems.clear(page)
    shipped = {each.numbers: name for name, each in kernels.stamps(get(page, "factor")).items() if name != "block"}
    put(page, stamp=shipped.get(edited.numbers, OWN), stamp_numbers=edited.numbers)
