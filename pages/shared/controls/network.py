"""Controls for a network's layers and its code."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import streamlit as st

from aecore.specs import LESSON_FILTERS, MAX_MAPS, ModelSpec, SpecError, format_widths, parse_widths
from pages.shared.app import problems, state
from pages.shared.controls.fields import FIELDS, common, slider
from pages.shared.controls.one_of import one_of

MAPS, DENSE_CODE = "maps", "dense"


def widths(page: str, label: str | None = None) -> tuple[int, ...]:
    """A box for the hidden layers' widths. If the text describes none, a sentence says so and none are used."""
    text = st.text_input(
        placeholder="none",
        help="Units of the encoder's hidden layers, with hyphens between them; the decoder mirrors them. "
        "128-64 gives 784 → 128 → 64 → code → 64 → 128 → 784. Empty: the code alone.",
        **common(page, "widths", label),
    )
    try:
        return _parsed(text, "dense")
    except SpecError as error:
        st.warning(f"{error} The network is built without hidden layers.")
        return ()


def filters(page: str, label: str | None = None) -> tuple[int, ...]:
    """A box for the filters of a convolutional network.

    If the text describes none, a sentence says so and the lesson's filters are used.
    """
    text = st.text_input(
        placeholder=format_widths(LESSON_FILTERS),
        help="How many filters each of the encoder's convolutions has, with hyphens between them; each halves the "
        "image, and the decoder mirrors them. One to four numbers.",
        **common(page, "widths", label),
    )
    try:
        return _parsed(text, "conv")
    except SpecError as error:
        st.warning(f"{error} The network is built with {format_widths(LESSON_FILTERS)} filters.")
        return LESSON_FILTERS


def _parsed(text: str | None, family: str) -> tuple[int, ...]:
    widths: Any = text  # if it describes none, for the spec to say what is wrong with it
    with contextlib.suppress(ValueError):
        widths = parse_widths(text or "")
    return ModelSpec(family, widths=widths).widths


def convolutional_code(page: str, widths: tuple[int, ...]) -> int:
    """Controls for what the code of a convolutional network of these filters is; returns how many numbers it has."""
    n_maps = math.prod(ModelSpec("conv", widths=widths).pooled_shape)
    if state.get(page, "code_seen", None) != state.get(page, "code_dim"):  # set by a preset, a link, a run or here
        state.set(page, "code_kind", MAPS if state.get(page, "code_dim") == n_maps else DENSE_CODE)

    def use_usual_size() -> None:
        problems.clear(page)
        state.set(page, "code_dim", ModelSpec.code_dim)
        state.set(page, "code_seen", ModelSpec.code_dim)

    too_many = n_maps > MAX_MAPS
    _put_maps_aside(page, n_maps, too_many)
    if too_many:
        st.warning(
            f"With {format_widths(widths)} filters the last feature maps have {n_maps:,} numbers, and a code may have "
            f"at most {MAX_MAPS:,}. So a dense layer makes the code; with fewer filters, or one more layer of "
            "them, the maps can be the code."
        )
    kind = one_of(
        "The code is",
        [DENSE_CODE] if too_many else [MAPS, DENSE_CODE],
        format_func=lambda kind: f"the last feature maps: {n_maps} numbers" if kind == MAPS else "a dense layer's",
        key=state.key(page, "code_kind"),
        persist_state="session",
        on_change=use_usual_size,
        help="What the encoder ends with, and all that the decoder gets.",
    )
    if kind == MAPS:
        state.set(page, "code_dim", n_maps)
    else:
        domain = FIELDS["code_dim"].metadata["domain"]
        state.set(page, "code_dim", min(state.get(page, "code_dim"), int(domain.high)))
        slider(page, "code_dim")
    state.set(page, "code_seen", state.get(page, "code_dim"))
    return state.get(page, "code_dim")


def _put_maps_aside(page: str, n_maps: int, too_many: bool) -> None:
    """Make the code a dense layer's while there are too many feature maps, and the maps' again afterwards."""
    if too_many and state.get(page, "code_kind") == MAPS:
        state.set(page, "code_kind", DENSE_CODE)
        state.set(page, "code_dim", ModelSpec.code_dim)
        state.set(page, "maps_aside", ModelSpec.code_dim)
    elif not too_many and state.pop(page, "maps_aside") == state.get(page, "code_dim"):
        state.set(page, "code_kind", MAPS)
        state.set(page, "code_dim", n_maps)
