"""The websocket to the server, and what goes over it by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState


async def connect(url: str, cookies: Mapping[str, str], patience_s: float) -> websockets.ClientConnection:
    """Open a session as Streamlit's front end does."""
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return await websockets.connect(
        url.replace("http", "ws", 1) + "/_stcore/stream",
        subprotocols=[websockets.Subprotocol(name) for name in ("streamlit", "PLACEHOLDER_AUTH_TOKEN")],
        origin=websockets.Origin(url),
        additional_headers={"Cookie": header} if header else {},
        compression=None,
        max_size=None,
        ping_interval=None,
        open_timeout=patience_s,
        proxy=None,
    )


def rerun_message(url: str, query: str, states: Iterable[WidgetState], kept: Iterable[str]) -> BackMsg:
    """Ask for a run of a page: `states` of its widgets, and the hashes of the messages that are kept."""
    message = BackMsg()
    state = message.rerun_script
    state.query_string = query
    state.widget_states.widgets.extend(states)
    state.cached_message_hashes.extend(kept)
    state.context_info.url = url
    state.context_info.timezone = "UTC"
    state.context_info.locale = "en-US"
    state.context_info.color_scheme = "light"
    return message


class Polling:
    """Asks for fragments again and again, each at its interval, whether or not the last answer has come."""

    def __init__(self, ask: Callable[[str], None]):
        self._ask = ask
        self._tasks: dict[str, tuple[float, asyncio.Task]] = {}  # fragment → seconds between two requests, and who asks

    def start(self, fragment: str, interval: float) -> None:
        if fragment in self._tasks and self._tasks[fragment][0] == interval:
            return
        self.stop([fragment])
        self._tasks[fragment] = interval, asyncio.create_task(self._poll(fragment, interval))

    def stop(self, fragments: Iterable[str] | None = None) -> None:
        """No longer ask for these, or for any."""
        for fragment in list(self._tasks if fragments is None else fragments):
            if fragment in self._tasks:
                self._tasks.pop(fragment)[1].cancel()

    async def _poll(self, fragment: str, interval: float) -> None:
        due = time.monotonic()
        while True:
            due += interval
            await asyncio.sleep(due - time.monotonic())
            self._ask(fragment)
