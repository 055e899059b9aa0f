"""Every use that the app makes of Streamlit's own parts, which may change with any of its versions.

A test fails on a version other than the one that all of this was tried with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent, get_script_run_ctx
from streamlit.runtime.state import get_session_state

TRIED_WITH = "1.67"
EMBEDDING = ("embed", "embed_options")  # parameters of the link that a program may not set
_START, _HANDLE = "_create_scriptrunner", "_handle_scriptrunner_event_on_event_loop"
_LEAVING = "_leaving_scriptrunner"  # an attribute of ours


def runs_pages_by_themselves() -> bool:
    """Whether Streamlit still takes the folder `pages` for an app of the old kind and runs its files without app.py."""
    return bool(PagesManager.uses_pages_directory)


def page_in_address(known: Collection[str]) -> str | None:
    """The page's name in the browser's address; None if it is one of the `known`, or if Streamlit found a page."""
    context = get_script_run_ctx()
    if context is None:  # outside of a page's run
        return None
    intended = context.pages_manager
    name = intended.intended_page_name or ""
    return None if intended.intended_page_script_hash or name in known else name


def replace_link(parameters: Mapping[str, Sequence[str]]) -> None:
    """Have the page read these parameters (name → values) without a step in the browser's history.

    Each change of `st.query_params` would be one. What is in the browser's address stays as it is.
    """
    with get_session_state().query_params() as params:
        params.clear_with_no_forward_msg(preserve_embed=True)
        for name, values in parameters.items():
            if name.lower() not in EMBEDDING:
                params.set_with_no_forward_msg(name, list(values))


def media_address(data: bytes, media_type: str, place: str) -> str:
    """Where the browser finds these bytes, which it then keeps; `place` tells them from others of this session."""
    return runtime.get_instance().media_file_mgr.add(data, media_type, place)


def keep_last_events() -> None:
    """Have every session of this process handle all that a page has to say before anything of a fragment.

    Streamlit draws in a thread, whose events (what to draw, the end of the run) wait for the event loop. If the thread
    ends while a fragment's request is being read, Streamlit starts a second thread for it and then ignores whatever of
    the first still waits: the lower half of the page, the news that the run has ended, and the order to poll. The page
    then stands still, half drawn, until its visitor does something. With thirty pages that poll, this happens to one
    of them every few minutes. Here those events are handled first, which is the order in which they were sent.

    Calling it again changes nothing. A version of Streamlit that lacks what it needs is left as it is.
    """
    start, handle = getattr(AppSession, _START, None), getattr(AppSession, _HANDLE, None)
    if start is None or handle is None or hasattr(AppSession, _LEAVING):
        return

    def start_after_another(self: AppSession, *arguments: Any, **named: Any) -> None:
        # It is there only if it could not take the request because it has ended; one that is to stop is gone.
        setattr(self, _LEAVING, self._scriptrunner)
        start(self, *arguments, **named)

    def handle_in_order(
        self: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, *arguments: Any, **named: Any
    ) -> None:
        leaving = getattr(self, _LEAVING)
        if leaving is None or event is ScriptRunnerEvent.SHUTDOWN:
            handle(self, sender, event, *arguments, **named)
        elif sender is not leaving:
            setattr(self, _LEAVING, None)
            handle(self, sender, event, *arguments, **named)
        else:
            present, self._scriptrunner = self._scriptrunner, leaving
            try:
                handle(self, sender, event, *arguments, **named)
            finally:
                self._scriptrunner = present

    setattr(AppSession, _LEAVING, None)
    setattr(AppSession, _START, start_after_another)
    setattr(AppSession, _HANDLE, handle_in_order)
