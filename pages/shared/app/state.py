"""The one owner of the session's state: each page has values by name, and nobody else touches `st.session_state`.

A value is kept under the key "page.name", which is also the `key=` of a widget of that name on that page.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

_MISSING: Any = object()
_SESSION = "session"  # stands for a page where a value belongs to the whole visit


def key(page: str, name: str) -> str:
    """The key of a page's value, for a widget whose value is read or set elsewhere."""
    return f"{page}.{name}"


def get(page: str, name: str, default: Any = _MISSING) -> Any:
    """A page's value. Without a `default`, a value that is missing raises KeyError."""
    if default is _MISSING:
        return st.session_state[key(page, name)]
    return st.session_state.get(key(page, name), default)


def set(page: str, name: str, value: Any) -> None:
    """Set a page's value. That of a widget can be set only before the widget is drawn, or in a callback."""
    st.session_state[key(page, name)] = value


def has(page: str, name: str) -> bool:
    """Whether the page has a value of this name."""
    return key(page, name) in st.session_state


def setdefault(page: str, name: str, default: Any) -> Any:
    """A page's value, which is set to `default` first if it is missing."""
    return st.session_state.setdefault(key(page, name), default)


def pop(page: str, name: str, default: Any = None) -> Any:
    """Take a page's value out of the session; `default` if it is missing."""
    return st.session_state.pop(key(page, name), default)


def sent(component_key: str) -> Any:
    """What the browser last sent from the component with this key: an attribute for each of its values."""
    return st.session_state[component_key]


def begin_turn() -> None:
    """Count one more page drawn in full."""
    set(_SESSION, "turn", turn() + 1)


def turn() -> int:
    """How many pages this session has drawn in full, the present one included."""
    return get(_SESSION, "turn", 0)
