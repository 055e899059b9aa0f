"""A visitor's arrival: links that came damaged or are nearly right lead where they were meant to lead.

Mail programs write `&amp;` for `&`, so that `?model=vae-16&amp;z=1` has a parameter `amp;z`; hands write `/Latent`. The
browser's address is put right in its place, which adds no step to the history.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from aecore.specs import quote
from pages.shared import components
from pages.shared.app import problems, streamlit_internals

START = "home"
RESERVED = "start-page"  # a name that no address has: Streamlit keeps one for the start page and knows no page by it
_ESCAPED = re.compile(r"^(amp;)+", re.IGNORECASE)


def mended(query: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """A link's parameters (name → values), with those that came as `amp;name` under the name alone.

    Where a parameter came both ways, the one that came whole is kept.
    """
    names = sorted(query, key=lambda name: bool(_ESCAPED.match(name)))  # stable: whole ones first
    result: dict[str, list[str]] = {}
    for name in names:
        result.setdefault(_ESCAPED.sub("", name), list(query[name]))
    return result


def meant(name: str, known: Iterable[str]) -> str | None:
    """The one of the `known` pages that a name leads to, whatever its case and its punctuation, or None."""
    return next((page for page in known if _letters(page) == _letters(name)), None)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def mend_link() -> None:
    """Let the page read the parameters that were meant, and put the browser's address right."""
    # Always: drawn only where there is something to mend, a quick second run would take it away before it has run.
    components.mend_address()
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    right = mended(query)
    if right.keys() == query.keys():
        return
    streamlit_internals.replace_link(right)


def detour(pages: Sequence[Any]) -> list[Any]:
    """A hidden page for the name in the address, if that is none of the `pages`: it leads to the one that was meant.

    From a name that is like none of them, the start page is reached, with a sentence that says so.
    """
    known = [page.url_path or START for page in pages]
    name = streamlit_internals.page_in_address({page.url_path for page in pages})
    if not name or name == RESERVED or not name.strip() or "/" in name:  # of the last two, Streamlit takes no page
        return []

    def lead() -> None:
        page = meant(name, known)
        if page is None:
            problems.add(START, f"There is no page {quote(name)} here. This is the start page.")
        components.mend_address(page if page not in (None, START) else "")

    return [st.Page(lead, title="…", url_path=name, visibility="hidden")]
