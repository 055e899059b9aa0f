"""What was asked of the server, and how long each answer took."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field


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


class RequestLog:
    """The requests of one tab, from being sent until the run that answers them has ended."""

    def __init__(self, answers: list[Answer]):
        self._answers = answers  # where the answers are told; outlives the tab
        self._pending: list[Request] = []
        self._running: list[Request] = []
        self._cut_short: tuple[float, list[Request]] = (0.0, [])

    def add(self, request: Request) -> None:
        self._pending.append(request)

    def forget(self) -> None:
        """Of a page that is left, nobody waits for anything."""
        self._pending, self._running, self._cut_short = [], [], (0.0, [])

    def begin_run(self, fragments: Sequence[str]) -> None:
        """A run begins, of these fragments or of the whole page."""
        if not fragments:
            # Of a fragment that is gone, Streamlit gives no answer.
            self._pending = [r for r in self._pending if not (r.fragment and r.by_itself)]
        # A fragment that ended "early" has asked for the whole page, or another one's run has overtaken the news of its
        # end.
        ended, early = self._cut_short
        if fragments:
            self._count(early, ended)
        else:
            for request in early:
                request.fragment = ""
            self._running += early
        self._cut_short = 0.0, []
        taken = [r for r in self._pending if not fragments or r.fragment in fragments]
        self._pending = [request for request in self._pending if request not in taken]
        self._running += taken

    def end_run(self, now: float, early: bool) -> None:
        """The run has ended; `early`: for another one, which answers what this one has not."""
        if early:
            self._cut_short = now, self._running
        else:
            self._count(self._running, now)
        self._running = []

    def _count(self, requests: list[Request], ended: float) -> None:
        first: dict[str, Request] = {}
        for request in requests:
            first.setdefault(request.fragment, request)
            request.answered.set()
        self._answers += [
            Answer(request.page, not request.fragment, request.sent, ended - request.sent) for request in first.values()
        ]
