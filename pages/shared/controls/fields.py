"""Widgets for the declared fields of specs: ranges and labels come from the specs, values live in the session."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NoReturn

import streamlit as st

from aecore.specs import ModelSpec, TrainSpec, format_widths, parse_widths
from pages.shared import glossary
from pages.shared.app import problems, state
from pages.shared.controls.labels import LABELS

FIELDS = {field.name: field for spec in (ModelSpec, TrainSpec) for field in dataclasses.fields(spec)}
# The term of the glossary that a field's hover text explains, unless the page has words of its own.
_TERMS = {
    "code_dim": "code size",
    "activity_l1": "sparsity",
    "activation": "activation",
    "beta": "β",
    "epochs": "epoch",
    "batch_size": "batch",
    "optimizer": "optimizer",
    "learning_rate": "learning rate",
    "loss": "loss",
}


def put(page: str, *specs: ModelSpec | TrainSpec) -> None:
    """Set the controls to these specs."""
    for spec in specs:
        for field in dataclasses.fields(spec):
            value = getattr(spec, field.name)
            state.set(page, field.name, format_widths(value) if field.name == "widths" else value)


def put_and_rerun(page: str, *specs: ModelSpec | TrainSpec) -> NoReturn:
    """Like `put`, but from inside a fragment, where the browser's own values would overwrite what is set."""
    state.set(page, "wanted", specs)
    st.rerun()


def value(page: str, name: str) -> Any:
    """The present value of a control."""
    return state.get(page, name)


def model(page: str) -> ModelSpec:
    """The network that `put` has set, for a page without controls of its own for each of its settings."""
    values: dict[str, Any] = {field.name: value(page, field.name) for field in dataclasses.fields(ModelSpec)}
    values["widths"] = parse_widths(values["widths"])
    return ModelSpec(**values)


def common(page: str, name: str, label: str | None, **kwargs: Any) -> dict[str, Any]:
    """The arguments of every widget: its label, its hover text, where its value is kept, what a change does."""
    if name in _TERMS:
        kwargs.setdefault("help", glossary.help_for(_TERMS[name]))
    kwargs.setdefault("on_change", problems.clear)
    kwargs.setdefault("args", (page,))
    return {
        "label": label or FIELDS[name].metadata["label"],
        "key": state.key(page, name),
        "persist_state": "session",
        **kwargs,
    }


def slider(page: str, name: str, label: str | None = None, **kwargs: Any) -> Any:
    """A slider over the setting's whole range."""
    domain = FIELDS[name].metadata["domain"]
    kind: Any = type(FIELDS[name].default)
    return st.slider(min_value=kind(domain.low), max_value=kind(domain.high), **common(page, name, label, **kwargs))


def number(page: str, name: str, label: str | None = None, **kwargs: Any) -> Any:
    """A box for a whole number of the setting's range."""
    domain = FIELDS[name].metadata["domain"]
    return st.number_input(
        min_value=int(domain.low), max_value=int(domain.high), step=1, **common(page, name, label, **kwargs)
    )


def choice(page: str, name: str, label: str | None = None, **kwargs: Any) -> Any:
    """A list of the setting's values."""
    options = FIELDS[name].metadata["domain"].values
    kwargs.setdefault("format_func", lambda option: LABELS.get(option, str(option)))
    return st.selectbox(options=options, **common(page, name, label, **kwargs))


def scale(page: str, name: str, marks: Sequence[Any], label: str | None = None, **kwargs: Any) -> Any:
    """A slider over marks; a value of a link that lies between two of them gets a mark of its own."""
    options = sorted({*marks, value(page, name)})
    kwargs.setdefault("format_func", lambda option: f"{option:,g}")
    return st.select_slider(options=options, **common(page, name, label, **kwargs))
