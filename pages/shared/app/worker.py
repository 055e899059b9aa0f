"""Short questions to the worker: asked without waiting, drawn when answered. All sessions share the answers."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import streamlit as st

from aecore.compute import questions
from aecore.compute.task_keys import LARGE
from aecore.specs.errors import sentence_of
from aecore.specs.limits import LIMITS
from pages.shared.app import server

MAX_ANSWERS = LIMITS.answers
ANSWER_TIMEOUT_S = 5
PREPARE_TIMEOUT_S = 120
WAIT_POLL_S = 0.4
MAX_POLL_S = 4.0
GIVEN_UP = "The worker died on this again and again, most likely because it ran out of memory, so it was given up."

logger = logging.getLogger(__name__)
_submitting = threading.Lock()


@dataclass(frozen=True)
class Question:
    """Something to ask the worker: a function, its arguments, and its `payload`, as for `ask`."""

    function: Callable
    args: tuple
    payload: tuple = ()

    def answer(self, wait_s: float = 0.0) -> Any | None:
        """The worker's answer; None as long as there is none, and if it failed (see `failure`)."""
        return ask(self.function, *self.args, wait_s=wait_s, payload=self.payload)


@dataclass(frozen=True)
class Failed:
    """Takes the place of an answer that there will not be: a sentence that says why."""

    sentence: str


def ask(function: Callable, *args: Any, wait_s: float = 0.0, payload: tuple = ()) -> Any | None:
    """What `function(*args, *payload)` returns on the worker, or None as long as it has not answered.

    Never waits, unless told to for up to `wait_s` seconds: for answers that usually come within a blink. `args` tell
    one question from another; the `payload` belongs to them and may be large.

    If the function raises, that is kept in place of the answer (see `failure`) and the question is not asked again. A
    question whose worker was lost is.
    """
    answers = _answers()
    key = _key((function, *args))
    if key not in answers and server.runs().cluster.ready:
        _submit(key, function, (*args, *payload))
    future = answers.get(key)
    if future is None or isinstance(future, Failed):
        return None
    if not hasattr(future, "status"):
        return future
    deadline = time.monotonic() + wait_s
    while future.status == "pending" and time.monotonic() < deadline:
        time.sleep(0.005)
    if future.status == "pending":
        return None
    return _settle(key, future)


def failure(question: Question | tuple) -> str | None:
    """Why there is no answer to this question, in a sentence; None if there is one, or still may be."""
    found = _answers().get(_key(question))
    return found.sentence if isinstance(found, Failed) else None


def forget(*asked: Question | tuple) -> None:
    """Drop the answers to these questions, so that they are asked again; without any, all answers."""
    for key in [_key(question) for question in asked] or list(_answers()):
        _answers().pop(key, None)


def answers_kept() -> dict[tuple, Any]:
    """A copy of what is kept for each question: the answer, a task that is under way, or why it failed."""
    return dict(_answers())


@st.cache_resource(show_spinner=False, hash_funcs={FunctionType: lambda f: (f.__module__, f.__qualname__)})
def prepare(function: Callable[[], Any]) -> None:
    """Have the worker do something once, as soon as it is up, that questions would have to wait for later."""
    cluster = server.runs().cluster

    def ask_and_forget() -> None:
        with contextlib.suppress(Exception):  # whoever needs it then does it themselves
            cluster.submit(function).result(timeout=PREPARE_TIMEOUT_S)

    threading.Thread(target=ask_and_forget, name="prepare", daemon=True).start()


# On the page.


def answered(draw: Callable[..., None], *asked: Question | tuple) -> None:
    """Draw the worker's answers to the questions (a tuple is a function and its arguments), or poll until they come.

    If one of them failed, a sentence says so instead.
    """
    with st.container():
        answers = [_answer(question) for question in asked]
        if all(answer is not None for answer in answers):
            draw(*answers)
        else:
            wait_for(*asked)


def wait_for(*asked: Question | tuple, message: str = "Computing …") -> None:
    """Show the `message` while the worker computes, and redraw the page when it has answered all questions.

    For those that failed it says why, with a button to ask again.
    """
    if any(map(failure, asked)):
        _show_failures(asked)
    else:
        st.fragment(_wait, run_every=WAIT_POLL_S)(asked, message)


def starting_message() -> str:
    """A sentence that says why nothing is computed yet, as long as there is no worker; then an empty string."""
    cluster = server.runs().cluster
    return "" if cluster.ready else cluster.trouble or "The worker is starting, which takes a few seconds …"


def poll_s(shortest: float) -> float:
    """How often, in seconds, to look for something new: about as often as everybody gets a turn on the worker.

    `shortest`: the interval if nobody else trains.
    """
    return max(shortest, min(server.runs().turn_s, MAX_POLL_S))


def _wait(asked: tuple, message: str) -> None:
    answers = [_answer(question) for question in asked]
    if all(answer is not None for answer in answers) or any(map(failure, asked)):
        st.rerun()
    if server.runs().cluster.trouble:
        st.warning(server.runs().cluster.trouble)
    else:
        st.progress(0.0, text=starting_message() or message)


def _show_failures(asked: tuple) -> None:
    failed = [(question, sentence) for question in asked if (sentence := failure(question))]
    st.warning("\n\n".join(dict.fromkeys(sentence for _, sentence in failed)))
    key = f"again.{hash(tuple(map(_key, asked)))}"  # of all: one that failed may be asked in two parts of a page
    st.button(
        "Try again", icon=":material/refresh:", key=key, on_click=forget, args=tuple(question for question, _ in failed)
    )


# Asking and keeping.


@st.cache_resource(show_spinner=False)
def _answers() -> dict[tuple, Any]:
    return {}


def _answer(question: Question | tuple) -> Any | None:
    return question.answer() if isinstance(question, Question) else ask(*question)


def _key(question: Question | tuple) -> tuple:
    """What tells one question from another."""
    if isinstance(question, Question):
        question = (question.function, *question.args)
    function, *args = question
    return function.__module__, function.__qualname__, tuple(args)


def _submit(key: tuple, function: Callable, args: tuple) -> None:
    """Ask the worker, unless the question needs much of its memory and another such is not answered yet."""
    answers, large = _answers(), questions.is_large(function, args)
    with _submitting:
        if key in answers or (large and any(map(_is_large_and_pending, answers.copy().values()))):
            return  # if it has to wait, the next poll tries again
        while len(answers) >= MAX_ANSWERS:
            answers.pop(next(iter(answers)), None)
        answers[key] = server.runs().cluster.submit(function, *args, **({"large": True} if large else {}))


def _is_large_and_pending(answer: Any) -> bool:
    return getattr(answer, "status", None) == "pending" and getattr(answer, "key", "").startswith(LARGE)


def _settle(key: tuple, future: Any) -> Any | None:
    """Keep what came of a task that is over, and return it; None if it failed."""
    answers = _answers()
    try:
        answers[key] = future.result(timeout=ANSWER_TIMEOUT_S)
        return answers[key]
    except Exception as error:
        logger.warning("No answer from %s: %s: %s", key[1], type(error).__name__, error)
        if server.runs().cluster.condemned(future):  # worker after worker died of it
            answers[key] = Failed(GIVEN_UP)
        elif future.status == "error" and type(error).__name__ != "KilledWorker":
            answers[key] = Failed(sentence_of(error, "The worker could not compute this"))
        else:  # its worker is gone, or in trouble: the next poll asks again
            answers.pop(key, None)
        return None
