"""A row of buttons, each of which sets the controls to a network."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from aecore.specs import ModelSpec
from pages.shared.app import problems, state
from pages.shared.controls.fields import put
from pages.shared.controls.starting_weights import start_afresh


def choose(page: str, presets: Mapping[str, ModelSpec], model_spec: ModelSpec) -> str | None:
    """Draw the row and return the name of the preset that the controls, `model_spec`, are set to, if it is one."""
    current = next((name for name, preset in presets.items() if preset == model_spec), None)
    state.set(page, "preset", current)
    st.segmented_control(
        "Network",
        list(presets),
        key=state.key(page, "preset"),
        on_change=_use,
        args=(page, presets),
        label_visibility="collapsed",
    )
    return current


def _use(page: str, presets: Mapping[str, ModelSpec]) -> None:
    problems.clear(page)
    if chosen := state.get(page, "preset"):  # None if the current one was clicked again
        put(page, presets[chosen])
        start_afresh(page)
