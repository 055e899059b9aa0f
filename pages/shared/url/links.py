"""What a link says of a page: its text as values, a sentence for each that is none, and what is to be said."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from pages.shared.app import problems


def choice(page: str, name: str, options: Collection[str], default: str) -> str:
    """The one of `options` that the link names, or the default."""
    wanted = st.query_params.get(name, default)
    if wanted in options:
        return wanted
    problems.add(page, f"The link's {name} must be one of {', '.join(options)}; it is none of them.")
    return default


def whole_number(page: str, name: str, most: int, otherwise: int | None = 0) -> int | None:
    """The link's number from 0 to `most`; `otherwise`, where it has none."""
    text = st.query_params.get(name)
    if text is None:
        return otherwise
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most:
        return int(text)
    problems.add(page, f"The link's {name} must be a number from 0 to {most:,}; it is none.")
    return otherwise


def write(query: dict[str, str]) -> None:
    """Let the link say this and nothing else; one that says it already is left alone."""
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def put(query: dict[str, str], names: Collection[str]) -> None:
    """Let the link say this of what is called by `names`, and leave the rest of it alone."""
    for name in names:
        if name in query and st.query_params.get(name) != query[name]:
            st.query_params[name] = query[name]
        elif name not in query and name in st.query_params:
            del st.query_params[name]
