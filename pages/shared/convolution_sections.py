"""The parts of the page of convolution: one filter, several channels, pooling, and the way back."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import streamlit as st

from aecore import convolution, figures, filters, page_pictures
from aecore.filters import FILTERS
from aecore.specs import SpecError
from pages.shared import convolution_link as link
from pages.shared import convolution_model as model
from pages.shared import convolution_picture, session
from pages.shared.components import labs
from pages.shared.components.labs import EditableFilter, Place, Window
from pages.shared.convolution_picture import Picture

CHOOSER, SETTINGS = 330, 740  # pixels; of the controls for the picture, and of those beside them
EXAMPLES = (("On the curve: 6600", filters.CURVE_AT), ("On the nose: 0", filters.ELSEWHERE_AT))


# One filter.


def slide(page: str) -> None:
    """A filter of one channel on a picture, number by number."""
    st.markdown(
        "The piece is the **receptive field**. Each of its numbers times the filter's number that lies on it, and all "
        "of that added up, is **one pixel** of the feature map. **Drag the field**, or press **Play**."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=CHOOSER):
            picture = convolution_picture.choose(page)
        with st.container(width=SETTINGS):
            with st.container(horizontal=True, vertical_alignment="bottom"):
                chosen, preset, words = _filter(page)
                window = _window(page)
            st.caption(words)
    x = picture.x / picture.top if link.get(page, "filter") == link.NET else picture.x
    top = 1.0 if link.get(page, "filter") == link.NET else picture.top
    kernel = np.array(chosen.numbers, np.float32)[..., None, None]
    feature_map = _convolved(x, kernel, chosen, window)
    if feature_map is None:
        return
    shown = link.get(page, "picture")
    is_lesson = shown == "mouse" and link.get(page, "filter") == "curve" and window == Window()
    labs.convolution_lab(
        x,
        top,
        picture.words,
        chosen,
        preset,
        window,
        _place(page, "slide", feature_map.shape, picture.focus, len(chosen.numbers), window),
        key=f"{page}.slide",
        on_move=lambda value: link.move(page, "slide", value),
        on_filter=lambda value: link.edit(page, chosen, preset, value),
        places=EXAMPLES if is_lesson and chosen == preset else (),
    )
    st.caption(
        "**What you see.** Left the picture with the field in a frame, right the feature map with the pixel that the "
        "sum goes into. Orange is above 0, blue below, black is 0. Hatched pixels lie outside of the picture and count "
        "as 0. A large sum says: *here it looks like my filter.* Numbers are shown rounded, and computed in full."
    )
    _downloads(page, feature_map, "feature-map")


def _filter(page: str) -> tuple[EditableFilter, EditableFilter, str]:
    """The controls for the filter; it, what it goes back to, and words about it."""
    names = {name: each.title for name, each in FILTERS.items()}
    names |= {link.OWN: "Your own numbers", link.NET: "From a trained network"}

    def take() -> None:
        session.clear_problems(page)
        name = link.get(page, "filter")
        if name in FILTERS:
            link.put(page, numbers=FILTERS[name].numbers, bias=0.0, relu=False, preset=name)
        elif name == link.NET:
            link.put(page, preset=name, relu=True, padding="same", layer=model.FIRST)
            link.put(page, which=min(link.get(page, "which"), model.n_filters(link.get(page, "net"), model.FIRST) - 1))
            if link.get(page, "picture") == "mouse":
                link.put(page, picture="digit")
        elif link.get(page, "preset") == link.NET:
            link.put(page, numbers=_of_network(page)[0].numbers)

    name = st.selectbox(
        "Filter", list(names), format_func=names.get, key=link.key(page, "filter"), on_change=take,
        persist_state="session", width=250,
    )  # fmt: skip
    if name == link.NET:
        _index(page, model.FIRST)
    relu = link.get(page, "relu")
    preset_name = link.get(page, "preset")
    if link.NET in (name, preset_name):
        preset, words = _of_network(page)
    else:
        preset = EditableFilter(FILTERS[preset_name].numbers)
        words = FILTERS[name].words if name in FILTERS else ""
    if name == link.NET:
        return EditableFilter(preset.numbers, preset.bias, relu), preset, words
    chosen = EditableFilter(link.get(page, "numbers"), link.get(page, "bias"), relu)
    if name == link.OWN:
        words = "Your own numbers. Type into the filter's cells; **Reset** goes back to where they came from."
    return chosen, preset, words


def _of_network(page: str) -> tuple[EditableFilter, str]:
    """The filter of the first layer that is chosen, and words about it."""
    net, index = link.get(page, "net"), link.get(page, "which")
    index = min(index, model.n_filters(net, model.FIRST) - 1)
    digit = np.zeros((28, 28, 1), np.uint8)  # the first layer's filters lie on the picture itself, whichever it is
    _, kernel, bias, words = model.trained(net, model.FIRST, index, digit)
    numbers = tuple(tuple(round(float(number), 5) for number in row) for row in kernel[..., 0])
    learned = f"Learned, not thought out: {words} of **{net}**. Grey values go from 0 to 1, as the network sees them."
    return EditableFilter(numbers, round(bias, 5), relu=True), learned


def _index(page: str, layer: str) -> int:
    """Which filter of the layer."""
    most = model.n_filters(link.get(page, "net"), layer) - 1
    return st.number_input(
        f"Number of the filter, 0 to {most}",
        0,
        most,
        step=1,
        key=link.key(page, "which"),
        persist_state="session",
        width=210,
        on_change=session.clear_problems,
        args=(page,),
    )


def _window(page: str) -> Window:
    """Stride, padding and dilation."""
    stride = _choice(page, "stride", "Stride", link.STRIDES, "How many pixels the field moves at a step.")
    words = "None: the field stays inside of the picture. Same: zeros around it, so that the map is as large."
    padding = _choice(page, "padding", "Padding", link.PADDINGS, words)
    words = "How far apart the pixels are that the filter's numbers lie on: 1 is side by side."
    dilation = _choice(page, "dilation", "Dilation", link.DILATIONS, words)
    return Window(stride, padding, dilation)


def _choice(page: str, name: str, label: str, options: Any, words: str | None = None) -> Any:
    return st.segmented_control(
        label,
        list(options),
        format_func=options.get if isinstance(options, dict) else str,
        key=link.key(page, name),
        required=True,
        persist_state="session",
        help=words,
        on_change=session.clear_problems,
        args=(page,),
    )


def _convolved(x: np.ndarray, kernel: np.ndarray, chosen: EditableFilter, window: Window) -> np.ndarray | None:
    """The feature map (H, W); None, with one sentence on the page, where there can be none."""
    try:
        out = convolution.convolve(x[None], kernel, np.array([chosen.bias]), **vars(window))[0, ..., 0]
    except SpecError as error:
        st.warning(str(error))
        return None
    return np.maximum(out, 0) if chosen.relu else out


def _place(page: str, section: str, shape: tuple[int, ...], focus: Place, size: int, window: Window) -> Place:
    """Where the window of `size` stands, of `shape` places: where the visitor left it, or over the picture's focus."""
    at = link.get(page, "at").get(section)
    if at is None:
        reach = convolution.reach(size, window.dilation)
        # Padding in front is at most half of the window, and the place is the nearest one anyway.
        before = (reach - 1) // 2 if window.padding == "same" else 0
        at = tuple(round((pixel + before - (reach - 1) / 2) / window.stride) for pixel in focus)
    row, column = (min(max(place, 0), side - 1) for place, side in zip(at, shape, strict=True))
    return row, column


def _downloads(page: str, x: np.ndarray, name: str) -> None:
    """What came out, (H, W), as numbers and as a picture."""
    with st.container(horizontal=True):
        file = io.StringIO()
        csv.writer(file).writerows([[f"{number:.6g}" for number in row] for row in x])
        st.download_button(
            "Numbers (.csv)", file.getvalue(), f"{name}.csv", "text/csv",
            on_click="ignore", icon=":material/download:", key=f"{page}.csv.{name}",
        )  # fmt: skip
        picture = page_pictures.png(figures.signed_image(x))
        st.download_button(
            "Picture (.png)", picture, f"{name}.png", "image/png",
            on_click="ignore", icon=":material/download:", key=f"{page}.png.{name}",
        )  # fmt: skip


# Several channels.


def channels(page: str) -> None:
    """A filter of a second layer: a slice of it for each feature map of the first."""
    st.markdown(
        "A second layer does not see the picture, but **all feature maps** of the first at once. So its filter has a "
        "**slice for each of them**: every slice is laid on its own map at the same place, and all the products "
        "together make one number. **Choose a slice** below to see its products."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=CHOOSER):
            digit = convolution_picture.choose(page, only_digits=True)
        with st.container(width=SETTINGS):
            maps, kernel, bias, layer, words = _deep(page, digit)
            st.caption(words)
    window = Window(padding=model.padding(layer))
    chosen = EditableFilter(((0.0,) * 3,) * 3, round(bias, 5), model.has_relu(layer))
    feature_map = _convolved(maps, kernel[..., None], chosen, window)
    labs.convolution_lab(
        maps,
        float(maps.max()) or 1.0,
        "What the slice lies on",
        chosen,
        chosen,
        window,
        _place(page, "channels", feature_map.shape, convolution_picture.focus_of(maps.mean(axis=-1)), 3, window),
        key=f"{page}.channels",
        on_move=lambda value: link.move(page, "channels", value),
        on_filter=lambda value: None,
        kernel=kernel,
    )
    st.caption(
        f"**What you see.** {maps.shape[2]} maps, {maps.shape[2]} slices of {kernel.shape[0]} × {kernel.shape[1]} "
        f"numbers: {kernel.size} products, all added up, for each pixel of this one feature map. The field moves in "
        "all maps together."
    )
    _downloads(page, feature_map, "feature-map-2")


def _deep(page: str, digit: Picture) -> tuple[np.ndarray, np.ndarray, float, str, str]:
    """Maps (H, W, C), a filter (3, 3, C), its bias, its layer, and words about it."""
    names = {link.HAND: "By hand: three filters, then one"} | {net: f"Trained: {net}" for net in model.NETS}

    def take() -> None:
        session.clear_problems(page)
        if link.get(page, "layer") == model.FIRST:
            link.put(page, layer=model.SECOND)
        limit()

    def limit() -> None:
        session.clear_problems(page)
        most = model.n_filters(link.get(page, "net"), link.get(page, "layer")) - 1
        link.put(page, which=min(link.get(page, "which"), most))

    with st.container(horizontal=True, vertical_alignment="bottom"):
        deep = st.selectbox(
            "Network", list(names), format_func=names.get, key=link.key(page, "deep"), on_change=take,
            persist_state="session", width=280,
        )  # fmt: skip
        if deep == link.HAND:
            maps, kernel, bias, words = model.by_hand(digit.x)
            first = ", ".join(FILTERS[name].title.lower() for name in filters.FIRST_LAYER)
            words = (
                f"The first layer's filters: {first}; then ReLU and max pooling. The second layer's filter was thought "
                f"out to be large {words}."
            )
            return maps, kernel, bias, model.SECOND, words
        if link.get(page, "layer") == model.FIRST:
            take()
        layer = st.selectbox(
            "Layer", model.LAYERS[1:], format_func=model.LAYER_WORDS.get, key=link.key(page, "layer"), on_change=limit,
            persist_state="session", width=210,
        )  # fmt: skip
        index = _index(page, layer)
    maps, kernel, bias, words = model.trained(deep, layer, index, digit.as_digit)
    words = f"{words[0].upper()}{words[1:]} of **{deep}**, with the bias that it has learned."
    return maps, kernel, bias, layer, words


# Pooling.


def pool(page: str) -> None:
    """A pooling window on the picture, or on the feature map of the filter that is chosen."""
    st.markdown(
        "**Max pooling** keeps the largest number of each window and throws the others away: the picture gets smaller, "
        "what was found stays found, and *where exactly* is forgotten. **Average pooling** keeps their mean."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=CHOOSER):
            picture = convolution_picture.choose(page)
        with st.container(width=SETTINGS), st.container(horizontal=True):
            kind = _choice(page, "kind", "Keep", link.KINDS)
            of = _choice(page, "of", "Of", link.POOLED, "The feature map is that of the first part of this page.")
            size = _choice(page, "size", "Window", link.SIZES, "Pixels a side.")
            step = st.segmented_control(
                "Stride", [0, 1, *link.SIZES], format_func=lambda each: str(each) if each else "window",
                key=link.key(page, "step"), required=True, persist_state="session",
            )  # fmt: skip
            edges = _choice(page, "edges", "Padding", link.PADDINGS, "What is padded never wins and never counts.")
    x, top, title = _pooled_picture(page, picture, of)
    window = Window(step or size, edges)
    focus = picture.focus if of == "picture" else convolution_picture.focus_of(x)
    try:
        out = convolution.pool(x[None, ..., None], size, window.stride, edges, kind)[0, ..., 0]
    except SpecError as error:
        st.warning(str(error))
        return
    labs.pooling_lab(
        x, top, title, size, window, kind, _place(page, "pool", out.shape, focus, size, window),
        key=f"{page}.pool", on_move=lambda value: link.move(page, "pool", value),
    )  # fmt: skip
    st.caption(
        "**What you see.** Left the picture with the window in a frame; in the middle its numbers, the largest in a "
        "frame and the others crossed out; right what is left. Pooling has no numbers that are learned."
    )
    _downloads(page, out, "pooled")


def _pooled_picture(page: str, picture: Picture, of: str) -> tuple[np.ndarray, float | None, str]:
    """What is pooled, (H, W), its largest number unless some are below 0, and what to call it."""
    if of == "picture":
        return picture.x[..., 0], picture.top, picture.words
    name, relu = link.get(page, "filter"), link.get(page, "relu")
    numbers, bias = link.get(page, "numbers"), link.get(page, "bias")
    x = picture.x
    if name == link.NET:
        learned, _ = _of_network(page)
        numbers, bias, x = learned.numbers, learned.bias, x / picture.top
    kernel = np.array(numbers, np.float32)[..., None, None]
    window = Window(*(link.get(page, setting) for setting in ("stride", "padding", "dilation")))
    out = _convolved(x, kernel, EditableFilter(numbers, bias, relu), window)
    return (picture.x[..., 0], picture.top, picture.words) if out is None else (out, None, "The feature map")


# The way back.


def back(page: str) -> None:
    """A pooled picture made large again, by upsampling or by stamps that are learned."""
    st.markdown(
        "A decoder has to make small pictures large. **Upsampling** makes a block of each number. A **transposed "
        "convolution** stamps its filter, times the number, onto the large picture; where stamps overlap, they add up. "
        "What pooling threw away does not come back: compare with the original."
    )
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=CHOOSER):
            picture = convolution_picture.choose(page)
        with st.container(width=SETTINGS):
            chosen, preset, factor, editable, words = _stamp(page)
            st.caption(words)
    small = convolution.pool(picture.x[None], factor)
    kernel = np.array(chosen.numbers, np.float32)[..., None, None]
    large = convolution.convolve_transposed(small, kernel, stride=factor)[0, ..., 0]
    labs.way_back_lab(
        small[0, ..., 0],
        picture.x[..., 0],
        chosen,
        preset,
        factor,
        editable,
        _place(page, "back", small.shape[1:3], convolution_picture.focus_of(small[0, ..., 0]), 1, Window()),
        key=f"{page}.back",
        on_move=lambda value: link.move(page, "back", value),
        on_filter=lambda value: link.edit_stamp(page, value),
    )
    st.caption(
        f"**What you see.** Left the picture after max pooling, right what the stamps make of its numbers. "
        f"{picture.x.size} numbers went in, {small.size} were left, {large.size} came back."
    )
    _downloads(page, large, "way-back")


def _stamp(page: str) -> tuple[EditableFilter, EditableFilter, int, bool, str]:
    """The controls for the way back: the stamp, what it goes back to, the factor, whether it is edited, and words."""

    def follow() -> None:
        session.clear_problems(page)
        link.put(page, at=link.get(page, "at") | {"back": None})
        name = link.get(page, "stamp")
        if name != link.OWN:
            link.put(page, stamp_numbers=filters.stamps(link.get(page, "factor"))[name].numbers)

    with st.container(horizontal=True):
        way = _choice(page, "way", "Way", link.WAYS)
        factor = st.segmented_control(
            "Larger by", list(link.FACTORS), format_func=lambda each: f"{each} ×", key=link.key(page, "factor"),
            required=True, persist_state="session", on_change=follow,
            help="The picture was pooled by as much. It is also the stride: how far apart the stamps are.",
        )  # fmt: skip
    stamps = filters.stamps(factor)
    block = EditableFilter(stamps["block"].numbers)
    if way == "upsampling":
        words = "Each number becomes a block of itself: the same as stamping a block of ones. Nothing is learned."
        return block, block, factor, False, words
    names = {name: each.title for name, each in stamps.items() if name != "block"} | {link.OWN: "Your own numbers"}
    name = st.selectbox(
        "Stamp", list(names), format_func=names.get, key=link.key(page, "stamp"), on_change=follow,
        persist_state="session", width=280,
    )  # fmt: skip
    if name == link.OWN:
        words = "Your own numbers. In a network they are learned."
        return (
            EditableFilter(link.get(page, "stamp_numbers")),
            EditableFilter(stamps["ones"].numbers),
            factor,
            True,
            words,
        )
    return EditableFilter(stamps[name].numbers), EditableFilter(stamps[name].numbers), factor, True, stamps[name].words
