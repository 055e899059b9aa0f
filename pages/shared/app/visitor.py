"""Who the visitor is: a secret in a cookie, which finds their runs again after a reload. It is never part of a link."""

from __future__ import annotations

import re
import secrets

import streamlit as st

from pages.shared import components
from pages.shared.app import server, state

COOKIE = "aecore_owner"
_SECRET = re.compile(r"[\w-]{22,64}")


def owner() -> str:
    """This visitor's secret, which proves that a run is theirs."""
    if not state.has("visitor", "owner"):
        cookie = str(st.context.cookies.get(COOKIE, ""))
        state.set("visitor", "owner", cookie if _SECRET.fullmatch(cookie) else secrets.token_urlsafe(24))
    return state.get("visitor", "owner")


def remember_owner() -> None:
    """Leave the visitor's secret in their browser, so that they own their runs after a reload."""
    components.cookie(COOKIE, owner())


def _leave(visit_id: str) -> None:
    server.runs().leave(visit_id)


@st.cache_resource(scope="session", on_release=_leave, show_spinner=False)
def visit() -> str:
    """The id of this visit: one browser tab until it is closed, when the runs that it watches are told."""
    return secrets.token_hex(8)
