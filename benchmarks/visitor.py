"""A visitor of the app without a browser: Streamlit's own protocol over a websocket, so that thirty fit on one machine.

    async with Visitor(url) as visitor:
        await visitor.open("basic", "epochs=2&n_train=1000")
        await visitor.set("basic.code_dim", 16)
        await visitor.press("Train")
        await visitor.until(lambda: visitor.state().startswith("Finished"), "the run to finish")
        await visitor.go("latent")

It does what Streamlit's front end does as far as the server can tell: it sends the state of every widget on the page
with each request, asks for a fragment again at its interval, whether or not the last answer has come, keeps the large
messages of the last runs and says so, follows page switches and the link, and keeps the cookies that the app's cookie
component sets. It draws nothing, runs no other component and fetches no files: for these there is Chromium.

Whatever a visitor should not see goes to `problems`: exceptions and errors on the page, scripts that end in an error, a
page that is not found, messages that cannot be understood, a connection that is lost. `answers` tells how long the
server took.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import pyarrow as pa
import websockets
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE_S = 60.0
Path = tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """How long one answer took: seconds from sending a request until the message that its run has ended.

    `whole`: whether the whole page ran, and not only a fragment. Of requests that one run answered together, as
    Streamlit does with those that come while another runs, the first counts.
    """

    page: str
    whole: bool
    sent: float
    seconds: float


@dataclass
class Request:
    """What was asked and not answered yet. `fragment`: which part of the page; empty for all of it. `by_itself`: not by
    the visitor's hand."""

    page: str
    fragment: str
    by_itself: bool
    sent: float
    answered: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Node:
    """An element on the page, the run that drew it and the fragment it belongs to; of a block, the element is None."""

    element: Element | None
    run: str
    fragment: str

    @property
    def kind(self) -> str:
        return self.element.WhichOneof("type") if self.element is not None else ""

    @property
    def proto(self) -> Any:
        return getattr(self.element, self.kind)

    @property
    def widget_id(self) -> str:
        return getattr(self.proto, "id", "") if self.kind in (*VALUES, "button") else ""


def _slider(element, state: WidgetState, value: Any) -> None:
    if not element.options:
        state.double_array_value.data[:] = element.default if value is None else [value]
    elif value is None:
        state.string_array_value.data[:] = element.raw_value or [element.options[int(i)] for i in element.default]
    else:
        state.string_array_value.data[:] = [value]


def _number(element, state: WidgetState, value: Any) -> None:
    value = element.default if value is None else value
    if element.data_type == NumberInput.INT:
        state.int_value = int(value)
    else:
        state.double_value = value


def _selectbox(element, state: WidgetState, value: Any) -> None:
    if value is None and element.HasField("default"):
        value = element.options[element.default]
    if value is not None:
        state.string_value = value


def _text(element, state: WidgetState, value: Any) -> None:
    state.string_value = element.default if value is None else value


def _choice(element, state: WidgetState, value: Any) -> None:
    if value is None:
        value = [element.options[i].content for i in element.default]
    state.string_array_value.data[:] = [value] if isinstance(value, str) else value


def _switch(element, state: WidgetState, value: Any) -> None:
    state.bool_value = element.default if value is None else value


# How the front end writes a widget's value down; None stands for its default.
VALUES = {
    "slider": _slider,
    "number_input": _number,
    "selectbox": _selectbox,
    "text_input": _text,
    "button_group": _choice,
    "checkbox": _switch,
}
# What a program that sets a widget's value itself has put where.
SET_BY_PROGRAM = {
    "slider": lambda element: None if element.options else element.value[0],
    "number_input": lambda element: element.value,
    "selectbox": lambda element: element.raw_value,
    "text_input": lambda element: element.value,
    "button_group": lambda element: list(element.raw_values),
    "checkbox": lambda element: element.value,
}


class Kept:
    """The messages that the front end keeps, so that the server need not send them again; old ones are forgotten."""

    def __init__(self):
        self.max_age = 2
        self._runs = 0
        self._messages: dict[str, tuple[bytes, str]] = {}
        self._used: dict[str, int] = {}

    def hashes(self) -> list[str]:
        return list(self._messages)

    def take(self, message: ForwardMsg, raw: bytes) -> ForwardMsg:
        """The message itself, or the one that it refers to. Raises KeyError where that is not kept."""
        if message.WhichOneof("type") != "ref_hash":
            if message.metadata.cacheable and message.hash not in self._messages:
                self._messages[message.hash] = raw, message.delta.fragment_id
                self._used[message.hash] = self._runs
            return message
        kept = ForwardMsg.FromString(self._messages[message.ref_hash][0])
        self._used[message.ref_hash] = self._runs
        kept.metadata.CopyFrom(message.metadata)
        return kept

    def end_of_run(self, fragments: list[str]) -> None:
        self._runs += 1
        for name, (_, fragment) in list(self._messages.items()):
            concerned = not fragments or fragment in fragments
            if concerned and self._runs - self._used[name] > self.max_age:
                del self._messages[name], self._used[name]


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
        self._nodes: dict[Path, Node] = {}
        self._states: dict[str, WidgetState] = {}
        self._pages: dict[str, str] = {}  # the last part of a page's address → its hash
        self._kept = Kept()
        self._page_hash = self._run = ""
        self._fragments: list[str] = []  # what the present run draws; nothing for the whole page
        self._pending: list[Request] = []
        self._running: list[Request] = []
        self._cut_short: tuple[float, list[Request]] = (0.0, [])
        self._polling: dict[str, tuple[float, asyncio.Task]] = {}
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
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self._socket = await websockets.connect(
            address,
            subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"],
            origin=self.url,
            additional_headers={"Cookie": cookies} if cookies else {},
            compression=None,
            max_size=None,
            ping_interval=None,
            open_timeout=PATIENCE_S,
            proxy=None,
        )
        self._reader = asyncio.create_task(self._read(self._socket))
        await self._answered(self._ask(page_name=page))

    async def go(self, page: str) -> None:
        """Click a page in the menu, and wait until it has been drawn."""
        self._stop_polling()
        self.page, self.query = page, ""
        self._states.clear()
        # Of the page that is left, nobody waits for anything.
        self._pending, self._running, self._cut_short = [], [], (0.0, [])
        await self._answered(self._ask(page_hash=self._pages[page]))

    async def set(self, name: str, value: Any) -> None:
        """Give a widget, by its label or key, a value (of choices, the words one reads), and wait for the answer."""
        node = self._widget(name)
        VALUES[node.kind](node.proto, self._state(node.widget_id), value)
        await self._answered(self._ask(node.fragment))

    async def press(self, name: str) -> None:
        """Press a button, by its label or key, and wait for the answer."""
        node = self._widget(name)
        if node.proto.disabled:
            raise RuntimeError(f"{self.name}: expected the button {name} to be enabled; it is not.")
        self._state(node.widget_id).trigger_value = True
        request = self._ask(node.fragment)
        del self._states[node.widget_id]
        await self._answered(request)

    async def leave(self) -> None:
        """Close the tab."""
        self._stop_polling()
        if self._socket is not None:
            socket, self._socket = self._socket, None
            await socket.close()
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

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
        return [node.proto for _, node in sorted(self._nodes.items()) if node.kind == kind]

    def has(self, name: str) -> bool:
        """Whether there is a widget of this label or key."""
        return any(self._is_called(node, name) for node in self._nodes.values())

    def state(self) -> str:
        """The line that says how the page's run is; empty if there is none."""
        return next((progress.text for progress in self.elements("progress")), "")

    def epoch(self) -> float:
        """How far the page's run is, in epochs and parts of one, as its chart shows it."""
        for chart in self.elements("vega_lite_chart"):
            for data in chart.datasets:
                if data.name == "losses":
                    return max(pa.ipc.open_stream(io.BytesIO(data.data.data)).read_all()["epoch"].to_pylist())
        return 0.0

    # Requests.

    def _ask(self, fragment: str = "", page_name: str = "", page_hash: str = "", by_itself: bool = False) -> Request:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.query
        state.widget_states.widgets.extend(self._states.values())
        state.page_script_hash = page_hash or self._page_hash
        state.page_name = page_name
        state.fragment_id = fragment
        state.is_auto_rerun = by_itself
        state.cached_message_hashes.extend(self._kept.hashes())
        state.context_info.timezone = "UTC"
        state.context_info.locale = "en-US"
        state.context_info.url = f"{self.url}/{self.page}"
        state.context_info.color_scheme = "light"
        request = Request(self.page, fragment, by_itself, time.perf_counter())
        self._pending.append(request)
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

    def _stop_polling(self) -> None:
        for _, task in self._polling.values():
            task.cancel()
        self._polling.clear()

    async def _poll(self, fragment: str, interval: float) -> None:
        due = time.monotonic()
        while True:
            due += interval
            await asyncio.sleep(due - time.monotonic())
            self.polls += 1
            self._ask(fragment, by_itself=True)

    # Answers.

    async def _read(self, socket: websockets.ClientConnection) -> None:
        try:
            async for raw in socket:
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
            self._take_delta(message)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "script_finished":
            self._end(message)
        elif kind == "auto_rerun":
            self._poll_from_now_on(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._polling.pop(fragment, (0, asyncio.Future()))[1].cancel()
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "navigation":
            self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self._page_hash = message.navigation.page_script_hash
        elif kind == "page_not_found":
            self._note(f"page not found: {message.page_not_found.page_name}")
        elif kind == "session_event" and message.session_event.HasField("script_compilation_exception"):
            self._note(f"an error in the script: {message.session_event.script_compilation_exception.message}")

    def _poll_from_now_on(self, fragment: str, interval: float) -> None:
        before = self._polling.get(fragment)
        if before is None or before[0] != interval:
            if before is not None:
                before[1].cancel()
            self._polling[fragment] = interval, asyncio.create_task(self._poll(fragment, interval))

    def _begin(self, message: ForwardMsg) -> None:
        self._run = message.metadata.run.script_run_id
        self._fragments = list(message.metadata.run.fragment_ids)
        if not self._fragments:
            self._stop_polling()
            self._kept.max_age = message.new_session.config.max_cached_message_age
            if self._page_hash != message.new_session.page_script_hash:
                self._nodes = {path: node for path, node in self._nodes.items() if node.element is None}
            self._page_hash = message.new_session.page_script_hash
            # Of a fragment that is gone, Streamlit gives no answer.
            self._pending = [r for r in self._pending if not (r.fragment and r.by_itself)]
        # A fragment that ended "early" has asked for the whole page, or another one's run has overtaken the news of its
        # end.
        ended, early = self._cut_short
        if self._fragments:
            self._count(early, ended)
        else:
            for request in early:
                request.fragment = ""
            self._running += early
        self._cut_short = 0.0, []
        taken = [r for r in self._pending if not self._fragments or r.fragment in self._fragments]
        self._pending = [request for request in self._pending if request not in taken]
        self._running += taken

    def _end(self, message: ForwardMsg) -> None:
        status, now = message.script_finished, time.perf_counter()
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self._cut_short, self._running = (now, self._running), []
            return
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self._note("the script ended with an error")
        self._count(self._running, now)
        self._running = []
        of_run = self._fragments
        self._nodes = {
            path: node
            for path, node in self._nodes.items()
            if node.run == self._run or (of_run and node.fragment not in of_run)
        }
        shown = {node.widget_id for node in self._nodes.values()}
        self._states = {name: state for name, state in self._states.items() if name in shown}
        self._kept.end_of_run(of_run)
        self._news.set()

    def _count(self, requests: list[Request], ended: float) -> None:
        first: dict[str, Request] = {}
        for request in requests:
            first.setdefault(request.fragment, request)
            request.answered.set()
        self.answers += [
            Answer(request.page, not request.fragment, request.sent, ended - request.sent) for request in first.values()
        ]

    def _take_delta(self, message: ForwardMsg) -> None:
        path, delta = tuple(message.metadata.delta_path), message.delta
        before = self._nodes.get(path)
        if delta.HasField("add_block"):
            self._nodes[path] = Node(None, self._run, delta.fragment_id)
            return
        if before is not None and before.element is None:
            for below in [other for other in self._nodes if other[: len(path)] == path]:
                del self._nodes[below]
        node = Node(delta.new_element, self._run, delta.fragment_id)
        self._nodes[path] = node
        if node.kind in VALUES:
            self._take_widget(node)
        elif node.kind == "bidi_component" and node.proto.component_name.endswith("cookie"):
            data = json.loads(node.proto.json)
            self.cookies[data["name"]] = data["value"]
        elif node.kind == "exception":
            self._note(f"an exception on the page: {node.proto.type}: {node.proto.message}")
        elif node.kind == "alert" and node.proto.format == Alert.ERROR:
            self._note(f"an error on the page: {node.proto.body}")

    # Widgets.

    def _take_widget(self, node: Node) -> None:
        if node.widget_id not in self._states or node.proto.set_value:
            value = SET_BY_PROGRAM[node.kind](node.proto) if node.proto.set_value else None
            VALUES[node.kind](node.proto, self._state(node.widget_id), value)

    def _state(self, widget_id: str) -> WidgetState:
        return self._states.setdefault(widget_id, WidgetState(id=widget_id))

    def _is_called(self, node: Node, name: str) -> bool:
        return bool(node.widget_id) and (node.proto.label == name or node.widget_id.endswith(f"-{name}"))

    def _widget(self, name: str) -> Node:
        found = [node for _, node in sorted(self._nodes.items()) if self._is_called(node, name)]
        if not found:
            raise LookupError(f"{self.name}: expected a widget called {name} on {self.page or 'home'}; there is none.")
        return found[0]
