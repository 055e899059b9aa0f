"""Reading and writing a page's link: its text as values, and a problem for each text that is no value."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from aecore.specs import quote
from pages.shared.app import problems


def choice(page: str, name: str, options: Collection[str], default: str) -> str:
    """The one of `options` that the link names; the default if it names none."""
    wanted = st.query_params.get(name, default)
    if wanted in options:
        return wanted
    problems.add(page, f"The link's {name} must be one of {', '.join(options)}; got {quote(wanted)}.")
    return default


def whole_number(page: str, name: str, maximum: int, otherwise: int | None = 0) -> int | None:
    """The link's whole number from 0 to `maximum`; `otherwise` if it has none."""
    text = st.query_params.get(name)
    if text is None:
        return otherwise
    if text.isascii() and text.isdigit() and len(text) <= len(str(maximum)) and int(text) <= maximum:
        return int(text)
    problems.add(page, f"The link's {name} must be a number from 0 to {maximum:,}; got {quote(text)}.")
    return otherwise


def write(query: dict[str, str]) -> None:
    """Have the link say this and nothing else. A link that says it already is left alone."""
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def put(query: dict[str, str], names: Collection[str]) -> None:
    """Have the link say this about the parameters called `names`, and leave its other parameters alone."""
    for name in names:
        if name in query and st.query_params.get(name) != query[name]:
            st.query_params[name] = query[name]
        elif name not in query and name in st.query_params:
            del st.query_params[name]
