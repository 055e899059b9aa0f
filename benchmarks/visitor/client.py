"""A visitor: one tab of the app, its connection, and what one does in it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any, Self

import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.visitor.connection import Polling, connect, rerun_message
from benchmarks.visitor.drawn_page import DrawnPage, Node
from benchmarks.visitor.message_cache import MessageCache
from benchmarks.visitor.request_log import Answer, Request, RequestLog
from benchmarks.visitor.widgets import VALUES

PATIENCE_S = 60.0


class Visitor:
    """One tab of one visitor. The cookies outlive a tab: `open` after `leave` is the same visitor coming back."""

    def __init__(self, url: str, name: str = "visitor"):
        self.url = url
        self.name = name
        self.cookies: dict[str, str] = {}
        self.page = self.query = ""
        self.answers: list[Answer] = []
        self.problems: list[str] = []
        self.polls = 0  # requests for fragments that came by themselves
        self._sending: set[asyncio.Task] = set()
        self._socket: websockets.ClientConnection | None = None
        self._reader: asyncio.Task | None = None
        self._forget()

    def _forget(self) -> None:
        self._drawn = DrawnPage()
        self._requests = RequestLog(self.answers)
        self._pages: dict[str, str] = {}  # the last part of a page's address → its hash
        self._kept = MessageCache()
        self._page_hash = ""
        self._polling = Polling(self._poll)
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_) -> None:
        await self.leave()

    # What a visitor does.

    async def open(self, page: str = "", query: str = "") -> None:
        """Open a page by its address in a new tab, and wait until it has been drawn."""
        await self.leave()
        self._forget()
        self.page, self.query = page, query
        self._socket = await connect(self.url, self.cookies, PATIENCE_S)
        self._reader = asyncio.create_task(self._read(self._socket))
        await self._answered(self._ask(page_name=page))

    async def go(self, page: str) -> None:
        """Click a page in the menu, and wait until it has been drawn."""
        self._polling.stop()
        self.page, self.query = page, ""
        self._drawn.states.clear()
        self._requests.forget()
        await self._answered(self._ask(page_hash=self._pages[page]))

    async def set(self, name: str, value: Any) -> None:
        """Give a widget, by its label or key, a value (of a choice, its text), and wait for the answer."""
        node = self._widget(name)
        VALUES[node.kind](node.proto, self._drawn.state_of(node), value)
        await self._answered(self._ask(node.fragment))

    async def press(self, name: str) -> None:
        """Press a button, by its label or key, and wait for the answer."""
        node = self._widget(name)
        if node.proto.disabled:
            raise RuntimeError(f"{self.name}: expected the button {name} to be enabled; it is not.")
        self._drawn.state_of(node).trigger_value = True
        request = self._ask(node.fragment)
        del self._drawn.states[node.widget_id]
        await self._answered(request)

    async def leave(self) -> None:
        """Close the tab."""
        self._polling.stop()
        if self._socket is not None:
            socket, self._socket = self._socket, None
            reader, self._reader = self._reader, None
            await socket.close()
            if reader is not None:
                reader.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reader

    async def until(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> Any:
        """Look at the page as it comes in until it shows `what`. Raises TimeoutError if it does not."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := condition()):
                    self._news.clear()
                    await self._news.wait()
                return found
        except TimeoutError:
            where = f"the page {self.page or 'home'} says {self.state()!r}"
            raise TimeoutError(f"{self.name}: expected {what} within {seconds:g} s; {where}") from None

    # What a visitor sees.

    def elements(self, kind: str) -> list[Any]:
        """Streamlit's messages of all elements of a kind ('progress', 'metric', …) in the order of the page."""
        return self._drawn.elements(kind)

    def has(self, name: str) -> bool:
        """Whether there is a widget of this label or key."""
        return self._drawn.widget(name) is not None

    def state(self) -> str:
        """The line that says how the page's run is; empty if there is none."""
        return next((progress.text for progress in self.elements("progress")), "")

    def epoch(self) -> float:
        """How far the page's run is, in epochs and parts of one, as its chart shows it."""
        return self._drawn.epoch()

    # Requests.

    def _ask(self, fragment: str = "", page_name: str = "", page_hash: str = "", by_itself: bool = False) -> Request:
        message = rerun_message(f"{self.url}/{self.page}", self.query, self._drawn.states.values(), self._kept.hashes())
        message.rerun_script.page_script_hash = page_hash or self._page_hash
        message.rerun_script.page_name = page_name
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = by_itself
        request = Request(self.page, fragment, by_itself, time.perf_counter())
        self._requests.add(request)
        sending = asyncio.create_task(self._send(message.SerializeToString()))
        self._sending.add(sending)  # a task that nobody holds may be forgotten
        sending.add_done_callback(self._sending.discard)
        return request

    async def _send(self, data: bytes) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):  # which the reader reports
            if self._socket is not None:
                await self._socket.send(data)

    async def _answered(self, request: Request) -> None:
        try:
            await asyncio.wait_for(request.answered.wait(), PATIENCE_S)
        except TimeoutError:
            raise TimeoutError(f"{self.name}: no answer from {request.page or 'home'} in {PATIENCE_S:g} s.") from None

    def _poll(self, fragment: str) -> None:
        self.polls += 1
        self._ask(fragment, by_itself=True)

    # Answers.

    async def _read(self, socket: websockets.ClientConnection) -> None:
        try:
            async for raw in socket:
                if isinstance(raw, bytes):  # as all of Streamlit's messages are
                    self._take(raw)
        except websockets.ConnectionClosedError as error:
            self._note(f"the connection was lost: {error}")
            return
        if self._socket is socket:
            self._note("the server closed the connection")

    def _note(self, problem: str) -> None:
        self.problems.append(f"{self.name}, on {self.page or 'home'}: {problem}")

    def _take(self, raw: bytes) -> None:
        try:
            message = self._kept.take(ForwardMsg.FromString(raw), raw)
        except KeyError as error:
            self._note(f"the server refers to a message that is not kept: {error}")
            return
        kind = message.WhichOneof("type")
        if kind == "delta":
            self._draw(message)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "script_finished":
            self._end(message)
        elif kind == "auto_rerun":
            self._polling.start(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._polling.stop(message.stop_auto_rerun.fragment_ids)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "navigation":
            self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self._page_hash = message.navigation.page_script_hash
        elif kind == "page_not_found":
            self._note(f"page not found: {message.page_not_found.page_name}")
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self._note(f"an error in the script: {message.session_event.script_compilation_exception.message}")

    def _begin(self, message: ForwardMsg) -> None:
        fragments = message.metadata.run.fragment_ids
        self._drawn.begin_run(message.metadata.run.script_run_id, fragments)
        if not fragments:
            self._polling.stop()
            self._kept.max_age = message.new_session.config.max_cached_message_age
            if self._page_hash != message.new_session.page_script_hash:
                self._drawn.turn_over()
            self._page_hash = message.new_session.page_script_hash
        self._requests.begin_run(fragments)

    def _end(self, message: ForwardMsg) -> None:
        status = message.script_finished
        early = status == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        self._requests.end_run(time.perf_counter(), early)
        if early:
            return
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self._note("the script ended with an error")
        self._drawn.end_run()
        self._kept.end_of_run(self._drawn.fragments)
        self._news.set()

    def _draw(self, message: ForwardMsg) -> None:
        node = self._drawn.take(message)
        if node.kind == "bidi_component" and node.proto.component_name.endswith("cookie"):
            data = json.loads(node.proto.json)
            self.cookies[data["name"]] = data["value"]
        elif node.kind == "exception":
            self._note(f"an exception on the page: {node.proto.type}: {node.proto.message}")
        elif node.kind == "alert" and node.proto.format == Alert.ERROR:
            self._note(f"an error on the page: {node.proto.body}")

    def _widget(self, name: str) -> Node:
        found = self._drawn.widget(name)
        if found is None:
            raise LookupError(f"{self.name}: expected a widget called {name} on {self.page or 'home'}; there is none.")
        return found
