"""A cache with a bound of bytes."""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


Value = TypeVar("Value", bound=Sized)


class ByteCache(Generic[Value]):
    """Keeps what was used last, as long as it all takes at most `max_bytes`; the newest in any case."""

    def __init__(self, max_bytes: int):
        self.max_bytes = max_bytes
        self._kept: collections.OrderedDict[Hashable, Value] = collections.OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What is kept under the key, or else what `make` makes."""
        with self._lock:
            found = self._kept.pop(key, None)
        if found is None:
            found = make()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > 1 and sum(value.nbytes for value in self._kept.values()) > self.max_bytes:
                self._kept.popitem(last=False)
        return found

    def recent(self) -> list[Hashable]:
        """The keys of what is kept, the one used last at the end."""
        with self._lock:
            return list(self._kept)

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()
