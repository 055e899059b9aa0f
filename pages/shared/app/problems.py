"""Problems with what came from outside: a sentence each, shown on a page until the visitor changes a setting."""

from __future__ import annotations

import streamlit as st

from pages.shared.app import state

_NAME = "problems"


def add(page: str, sentence: str) -> None:
    """Have the page show this sentence, once."""
    sentences = state.setdefault(page, _NAME, [])
    if sentence not in sentences:
        sentences.append(sentence)


def clear(page: str) -> None:
    """Forget the page's problems."""
    state.pop(page, _NAME)


def show(page: str) -> None:
    """Draw one warning with all of the page's sentences."""
    sentences = state.get(page, _NAME, [])
    with st.container():  # always there, so that nothing below it moves to another place in Streamlit's tree
        if sentences:
            st.warning("\n\n".join(sentences))
