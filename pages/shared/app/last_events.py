"""Nothing of a page is lost when a fragment is asked for in the moment in which the page's run ends.

Streamlit draws in a thread, whose events (what to draw, the end of the run) wait for the event loop. If the thread ends
while a fragment's request is being read, Streamlit starts a second thread for it and then ignores whatever of the first
still waits: the lower half of the page, the news that the run has ended, and the order to poll. The page then stands
still, half drawn, until its visitor does something. With thirty pages that poll it happens to one of them in every few
minutes. `install` has those events handled first, which is the order in which they were sent.

It reaches into Streamlit's `AppSession` (1.67); a version that has not what it needs is left as it is.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent

START, HANDLE = "_create_scriptrunner", "_handle_scriptrunner_event_on_event_loop"
LEAVING = "_leaving_scriptrunner"  # the session's attribute of ours


def install() -> None:
    """Have every session of this process keep its last events. Doing it again changes nothing."""
    start, handle = getattr(AppSession, START, None), getattr(AppSession, HANDLE, None)
    if start is None or handle is None or hasattr(AppSession, LEAVING):
        return

    def start_after_another(self: AppSession, *arguments: Any, **named: Any) -> None:
        # It is there only when it could not take the request because it has ended; one that shall stop is gone.
        setattr(self, LEAVING, self._scriptrunner)
        start(self, *arguments, **named)

    def handle_in_order(
        self: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, *arguments: Any, **named: Any
    ) -> None:
        leaving = getattr(self, LEAVING)
        if leaving is None or event is ScriptRunnerEvent.SHUTDOWN:
            handle(self, sender, event, *arguments, **named)
        elif sender is not leaving:
            setattr(self, LEAVING, None)
            handle(self, sender, event, *arguments, **named)
        else:
            present, self._scriptrunner = self._scriptrunner, leaving
            try:
                handle(self, sender, event, *arguments, **named)
            finally:
                self._scriptrunner = present

    setattr(AppSession, LEAVING, None)
    setattr(AppSession, START, start_after_another)
    setattr(AppSession, HANDLE, handle_in_order)
