"""How Streamlit's front end writes the values of widgets down."""

from __future__ import annotations

from typing import Any

from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState


def _slider(element, state: WidgetState, value: Any) -> None:
    if not element.options:
        state.double_array_value.data[:] = element.default if value is None else [value]
    elif value is None:
        state.string_array_value.data[:] = element.raw_value or [element.options[int(i)] for i in element.default]
    else:
        state.string_array_value.data[:] = [value]


def _number(element, state: WidgetState, value: Any) -> None:
    value = element.default if value is None else value
    if element.data_type == NumberInput.INT:
        state.int_value = int(value)
    else:
        state.double_value = value


def _selectbox(element, state: WidgetState, value: Any) -> None:
    if value is None and element.HasField("default"):
        value = element.options[element.default]
    if value is not None:
        state.string_value = value


def _text(element, state: WidgetState, value: Any) -> None:
    state.string_value = element.default if value is None else value


def _choice(element, state: WidgetState, value: Any) -> None:
    if value is None:
        value = [element.options[i].content for i in element.default]
    state.string_array_value.data[:] = [value] if isinstance(value, str) else value


def _switch(element, state: WidgetState, value: Any) -> None:
    state.bool_value = element.default if value is None else value


# How the front end writes a widget's value down; None stands for its default.
VALUES = {
    "slider": _slider,
    "number_input": _number,
    "selectbox": _selectbox,
    "text_input": _text,
    "button_group": _choice,
    "checkbox": _switch,
}
# What a program that sets a widget's value itself has put where.
SET_BY_PROGRAM = {
    "slider": lambda element: None if element.options else element.value[0],
    "number_input": lambda element: element.value,
    "selectbox": lambda element: element.raw_value,
    "text_input": lambda element: element.value,
    "button_group": lambda element: list(element.raw_values),
    "checkbox": lambda element: element.value,
}
