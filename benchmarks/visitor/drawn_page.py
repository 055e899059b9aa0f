"""The page as the server has drawn it so far: its elements, and the state of its widgets."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.visitor.widgets import SET_BY_PROGRAM, VALUES

Path = tuple[int, ...]


@dataclass(frozen=True)
class Node:
    """An element on the page, the run that drew it and the fragment it belongs to; of a block, the element is None."""

    element: Element | None
    run: str
    fragment: str

    @property
    def kind(self) -> str:
        return (self.element.WhichOneof("type") or "") if self.element is not None else ""

    @property
    def proto(self) -> Any:
        return getattr(self.element, self.kind)

    @property
    def widget_id(self) -> str:
        return getattr(self.proto, "id", "") if self.kind in (*VALUES, "button") else ""

    def is_called(self, name: str) -> bool:
        """Whether it is a widget of this label or key."""
        return bool(self.widget_id) and (self.proto.label == name or self.widget_id.endswith(f"-{name}"))


class DrawnPage:
    """`fragments`: what the present run draws; nothing for the whole page."""

    def __init__(self):
        self.fragments: list[str] = []
        self.states: dict[str, WidgetState] = {}
        self._nodes: dict[Path, Node] = {}
        self._run = ""

    def begin_run(self, run: str, fragments: Sequence[str]) -> None:
        self._run, self.fragments = run, list(fragments)

    def end_run(self) -> None:
        """What the run has not drawn again is gone, and so are the states of such widgets."""
        self._nodes = {
            path: node
            for path, node in self._nodes.items()
            if node.run == self._run or (self.fragments and node.fragment not in self.fragments)
        }
        shown = {node.widget_id for node in self._nodes.values()}
        self.states = {name: state for name, state in self.states.items() if name in shown}

    def turn_over(self) -> None:
        """Another page takes this one's place; the blocks stay."""
        self._nodes = {path: node for path, node in self._nodes.items() if node.element is None}

    def take(self, message: ForwardMsg) -> Node:
        """Draw what a delta brings, and tell what that is."""
        path, delta = tuple(message.metadata.delta_path), message.delta
        before = self._nodes.get(path)
        if delta.HasField("add_block"):
            node = self._nodes[path] = Node(None, self._run, delta.fragment_id)
            return node
        if before is not None and before.element is None:
            for below in [other for other in self._nodes if other[: len(path)] == path]:
                del self._nodes[below]
        node = self._nodes[path] = Node(delta.new_element, self._run, delta.fragment_id)
        if node.kind in VALUES and (node.widget_id not in self.states or node.proto.set_value):
            value = SET_BY_PROGRAM[node.kind](node.proto) if node.proto.set_value else None
            VALUES[node.kind](node.proto, self.state_of(node), value)
        return node

    def state_of(self, node: Node) -> WidgetState:
        return self.states.setdefault(node.widget_id, WidgetState(id=node.widget_id))

    def widget(self, name: str) -> Node | None:
        """The first one of this label or key, in the order of the page."""
        return next((node for _, node in sorted(self._nodes.items()) if node.is_called(name)), None)

    def elements(self, kind: str) -> list[Any]:
        """Streamlit's messages of all elements of a kind ('progress', 'metric', …) in the order of the page."""
        return [node.proto for _, node in sorted(self._nodes.items()) if node.kind == kind]

    def epoch(self) -> float:
        """How far the page's run is, in epochs and parts of one, as its chart shows it."""
        for chart in self.elements("vega_lite_chart"):
            for data in chart.datasets:
                if data.name == "losses":
                    return max(pa.ipc.open_stream(io.BytesIO(data.data.data)).read_all()["epoch"].to_pylist())
        return 0.0
