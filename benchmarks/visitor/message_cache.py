"""The large messages of the last runs, which the server only refers to when they come again."""

from __future__ import annotations

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class MessageCache:
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
