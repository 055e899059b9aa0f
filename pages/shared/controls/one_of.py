"""A row of buttons, one of which is always pressed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, cast

import streamlit as st

Option = TypeVar("Option")


def one_of(label: str, options: Iterable[Option], key: str, **kwargs: Any) -> Option:
    """Draw the buttons; return what is chosen. `kwargs`: as for `st.segmented_control`."""
    return cast(Option, st.segmented_control(label, list(options), key=key, required=True, **kwargs))
