"""The one owner of the session's keys, of the visitor's identity and of the cached cluster."""

from __future__ import annotations

import contextlib
import logging
import re
import runpy
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from aecore import datasets, export, malloc
from aecore.compute import address, questions
from aecore.compute.questions import LARGE
from aecore.runs import ownership, server_status
from aecore.specs.errors import VisitorError
from aecore.specs.limits import LIMITS, LimitError
from pages.shared import components

if TYPE_CHECKING:
    from aecore.runs.registry import Action, Run, Runs

APP = Path(__file__).parents[3] / "app.py"
COOKIE = "aecore_owner"
TURN = "session.turn"
MAX_ANSWERS = LIMITS.answers
ANSWER_TIMEOUT_S = 5
PREPARE_S = 120
WAIT_S = 0.4
MOST_POLL_S = 4.0
REST_POLL_S = 5.3  # how often to look whether a run that rests goes on; off the beat of what polls twice a second
Marks = dict[str, tuple]  # run id → what tells how it was
TRAINING = ("training",)
GIVEN_UP = "The worker ended again and again on this, most likely for want of memory, so it was given up."

logger = logging.getLogger(__name__)
_one_by_one = threading.Lock()  # for submitting questions


def enter() -> None:
    """To be called first on every page: makes sure that app.py is what frames it.

    The first link to a fresh server that leads past the start page finds Streamlit still taking the folder `pages` for
    an app of the old kind, which runs the page without app.py. `st.navigation`, in app.py, ends that.
    """
    if PagesManager.uses_pages_directory:
        runpy.run_path(str(APP))
        st.stop()
    st.session_state[TURN] = turn() + 1


def turn() -> int:
    """Which of the session's pages this is, counted each time one is drawn in full."""
    return st.session_state.get(TURN, 0)


@st.cache_resource(show_spinner=False)
def runs() -> Runs:
    """All runs of this server, on the cluster that is started, or looked up, at the first call. Returns at once."""
    malloc.share_arenas()
    # Imported here: Dask is half a second that the first page need not wait for.
    from aecore.runs import registry

    return registry.start()


def pages_for_the_operator() -> list[Any]:
    """The page on how the server is, where whoever runs it has switched it on."""
    return [st.Page("pages/status.py", title="Status")] if server_status.enabled() else []


def check_configuration() -> None:
    """Show whoever runs the server what is wrong with its settings, and nothing else, as long as something is."""
    try:
        address.scheduler()
    except address.AddressError as error:
        logger.error("%s", error)
        st.error(str(error))
        st.stop()


def start() -> None:
    """Start what the first lesson will need, in the background: the cluster, its TensorFlow, the charts."""
    runs()
    _preload()


@st.cache_resource(show_spinner=False)
def _preload() -> None:
    def load() -> None:
        datasets.load_probe("mnist")
        import pandas  # noqa: F401

    threading.Thread(target=load, name="preload", daemon=True).start()


@st.cache_resource(show_spinner=False, hash_funcs={FunctionType: lambda f: (f.__module__, f.__qualname__)})
def prepare(function: Callable[[], Any]) -> None:
    """Let the worker do something as soon as it is up, once, that questions would have to wait for later."""
    cluster = runs().cluster

    def ask() -> None:
        with contextlib.suppress(Exception):  # whoever needs it then does it themselves
            cluster.submit(function).result(timeout=PREPARE_S)

    threading.Thread(target=ask, name="prepare", daemon=True).start()


@dataclass(frozen=True)
class Failed:
    """What is kept instead of an answer where there is none: why, in a sentence."""

    sentence: str


@dataclass(frozen=True)
class Question:
    """Something to ask the worker: a function, its arguments, and its `payload`, as for `ask`."""

    function: Callable
    args: tuple
    payload: tuple = ()

    def answer(self, wait_s: float = 0.0) -> Any | None:
        """The worker's answer; None as long as there is none, and where it failed (see `failure`)."""
        return ask(self.function, *self.args, wait_s=wait_s, payload=self.payload)


def poll_s(least: float) -> float:
    """How often, in seconds, to look for something new: about as often as everybody has a turn on the worker.

    `least`: where nobody else trains.
    """
    return max(least, min(runs().turn_s, MOST_POLL_S))


def _answer(question: Question | tuple) -> Any | None:
    return question.answer() if isinstance(question, Question) else ask(*question)


def answered(draw: Callable[..., None], *questions: Question | tuple) -> None:
    """Draw the worker's answers to `questions` (a tuple is a function and its arguments), or poll until they come.

    Where one of them failed, a sentence says so instead.
    """
    with st.container():
        answers = [_answer(question) for question in questions]
        if all(answer is not None for answer in answers):
            draw(*answers)
        else:
            wait_for(*questions)


def wait_for(*questions: Question | tuple, words: str = "Computing …") -> None:
    """Say that the worker computes, in `words`, and draw the page anew when it has answered all `questions`.

    Of those that failed it says why, with a button to ask again.
    """
    if any(map(failure, questions)):
        _show_failures(questions)
    else:
        st.fragment(_wait, run_every=WAIT_S)(questions, words)


def _wait(questions: tuple, words: str) -> None:
    answers = [_answer(question) for question in questions]
    if all(answer is not None for answer in answers) or any(map(failure, questions)):
        st.rerun()
    if runs().cluster.trouble:
        st.warning(runs().cluster.trouble)
    else:
        st.progress(0.0, text=waiting_for_worker() or words)


def waiting_for_worker() -> str:
    """Why nothing is computed yet, a sentence, as long as there is no worker; then an empty string."""
    cluster = runs().cluster
    return "" if cluster.ready else cluster.trouble or "The worker is starting, which takes a few seconds …"


def _show_failures(questions: tuple) -> None:
    failed = [question for question in questions if failure(question)]
    st.warning("\n\n".join(dict.fromkeys(map(failure, failed))))
    key = f"again.{hash(tuple(map(_key, questions)))}"  # of all: one that failed may be asked in two parts of a page
    st.button("Try again", icon=":material/refresh:", key=key, on_click=_ask_again, args=(failed,))


def _ask_again(questions: list[Question | tuple]) -> None:
    for question in questions:
        _answers().pop(_key(question), None)


# The visitor. A secret in a cookie tells the owner of a run after a reload; it is never part of a link.


def owner() -> str:
    """This visitor's secret, which makes a run theirs to steer."""
    if "owner" not in st.session_state:
        cookie = str(st.context.cookies.get(COOKIE, ""))
        known = re.fullmatch(r"[\w-]{22,64}", cookie)
        st.session_state["owner"] = cookie if known else secrets.token_urlsafe(24)
    return st.session_state["owner"]


def remember_owner() -> None:
    """Leave the visitor's secret in their browser, so that a reload finds its runs again."""
    components.cookie(COOKIE, owner())


def _leave(visit: str) -> None:
    runs().leave(visit)


@st.cache_resource(scope="session", on_release=_leave, show_spinner=False)
def _visit() -> str:
    return secrets.token_hex(8)


# Runs.


def open_run(page: str, run_id: str | None, families: tuple[str, ...], noisy: bool = False) -> Run | None:
    """Let the page, which trains networks of `families`, with noise if `noisy`, show the run of a link, or none.

    An unknown id, and a run that belongs on another page, are reported by `show_problems`.
    """
    run = runs().get(run_id) if run_id else None
    fits = run is None or (run.model_spec.family in families and (run.train_spec.noise_spec is not None) == noisy)
    if not fits:
        add_problem(page, "The run of this link is of another kind of network, which this page does not train.")
        run = run_id = None
    show_run(page, run)
    if run_id and run is None:
        add_problem(
            page,
            "The run of this link is not kept here any more, or never was. Its settings, if the link has them, "
            "are set below: press Train to run them again.",
        )
    return run


def show_run(page: str, run: Run | None) -> None:
    """Let the page show this run, or none; the one before it becomes the previous one."""
    before, now = st.session_state.get(f"{page}.run"), run.run_id if run else None
    if before and before != now:
        st.session_state[f"{page}.previous"] = before
    st.session_state[f"{page}.run"] = now


def previous_run(page: str) -> Run | None:
    """The run that the page showed before the present one, if it is still kept."""
    return runs().get(st.session_state.get(f"{page}.previous") or "")


def current_run(page: str) -> Run | None:
    """The run that the page shows: the one of the link it was opened with, or the one started on it since."""
    run = runs().get(st.session_state.get(f"{page}.run") or "")
    if run is not None and is_mine(run):
        runs().adopt(run, _visit())
    return run


def resting(*pages: str) -> Marks:
    """How the runs that these pages show are now, as far as they rest; to be taken before they are drawn."""
    marks = marks_of(st.session_state.get(f"{page}.run") for page in pages)
    return {run_id: mark for run_id, mark in marks.items() if mark != TRAINING}


def marks_of(run_ids: Iterable[str | None]) -> Marks:
    """How these runs are now, without those that are not in memory; one that trains is TRAINING, however far it is."""
    return {run_id: mark for run_id in run_ids if run_id and (mark := _mark(run_id)) is not None}


def _mark(run_id: str) -> tuple | None:
    mark = runs().mark(run_id)
    return TRAINING if mark is not None and mark[0] == "training" else mark


def follow(marks: Marks) -> None:
    """Look, now and then, whether any of these runs has gone on, or has come to rest; only then draw everything anew.

    Their owner may continue them in another tab, or before a class that watches by their link. What shows a run that
    trains looks more often by itself.
    """
    with st.container():  # always there, so that nothing below it moves to another place in Streamlit's tree
        if marks:
            st.fragment(_look_for_news, run_every=REST_POLL_S)(marks)


def _look_for_news(marks: Marks) -> None:
    # Nothing is drawn here: a look without news must leave the page as it is, with whatever has the focus.
    if is_news(marks):
        st.rerun()


def is_news(marks: Marks) -> bool:
    """Whether any of these runs is not as it was. One that has left memory since rests as it was."""
    return any(_mark(run_id) not in (None, mark) for run_id, mark in marks.items())


def begin_run(page: str, model_spec, train_spec) -> Run | None:
    """Start a run of this visitor's; the one that they had on this page makes way for it.

    If they have as many as they may, there is none, and `show_problems` says why.
    """
    previous = current_run(page)
    if previous is not None and is_mine(previous):
        previous.stop()
    try:
        run = runs().begin(model_spec, train_spec, owner())
    except LimitError as error:
        add_problem(_on(page), str(error))
        return None
    runs().adopt(run, _visit())
    show_run(page, run)
    return run


def steer(page: str, run: Run, action: Action, *args: int) -> None:
    """Do something to a run, if it is this visitor's and they may; if not, `show_problems` says why."""
    clear_problems(_on(page))
    try:
        runs().control(run, owner(), action, *args)
    except LimitError as error:
        add_problem(_on(page), str(error))


def _on(page: str) -> str:
    """The page that a visitor sees; runs beside its own go by its name with another behind a dot."""
    return page.partition(".")[0]


def keras_file(run: Run) -> bytes:
    """The run's network as a .keras file, written on the worker; waits for it."""
    return runs().cluster.submit(export.to_keras_file, run.model_spec, run.weights).result(timeout=60)


def is_mine(run: Run) -> bool:
    """Whether this visitor started the run and so may steer it."""
    return ownership.is_owner(owner(), run.owner_hash)


def state(page: str, name: str) -> Any | None:
    """What the session has under this name for a page."""
    return st.session_state.get(f"{page}.{name}")


# Problems with what came from outside: a sentence each, shown until the visitor changes a setting.


def add_problem(page: str, sentence: str) -> None:
    problems = st.session_state.setdefault(f"{page}.problems", [])
    if sentence not in problems:
        problems.append(sentence)


def clear_problems(page: str) -> None:
    st.session_state.pop(f"{page}.problems", None)


def show_problems(page: str) -> None:
    """One warning with a sentence for each problem."""
    problems = st.session_state.get(f"{page}.problems", [])
    with st.container():  # always there, so that nothing below it moves to another place in Streamlit's tree
        if problems:
            st.warning("\n\n".join(problems))


# Answers of the worker to short questions, shared by all sessions.


@st.cache_resource(show_spinner=False)
def _answers() -> dict[tuple, Any]:
    return {}


def _key(question: Question | tuple) -> tuple:
    """What tells a question from others."""
    if isinstance(question, Question):
        question = (question.function, *question.args)
    function, *args = question
    return function.__module__, function.__qualname__, tuple(args)


def _submit(key: tuple, function: Callable, args: tuple) -> None:
    """Ask the worker, unless the question takes much of its memory and another such has no answer yet."""
    answers, large = _answers(), questions.is_large(function, args)
    with _one_by_one:
        if key in answers or (large and any(map(_is_large_and_pending, answers.copy().values()))):
            return  # where it has to wait, the next poll tries again
        while len(answers) >= MAX_ANSWERS:
            answers.pop(next(iter(answers)), None)
        answers[key] = runs().cluster.submit(function, *args, **({"large": True} if large else {}))


def _is_large_and_pending(answer: Any) -> bool:
    return getattr(answer, "status", None) == "pending" and getattr(answer, "key", "").startswith(LARGE)


def ask(function: Callable, *args: Any, wait_s: float = 0.0, payload: tuple = ()) -> Any | None:
    """What `function(*args, *payload)` gives on the worker, or None as long as it has not answered.

    If the function raises, that is kept in place of the answer (see `failure`), and not asked again; a question whose
    worker is lost is. Never waits, unless told to for up to `wait_s` seconds: for answers that usually come within a
    blink. `args` tell one question from another; the `payload` belongs to them, and may be large.
    """
    answers = _answers()
    key = _key((function, *args))
    if key not in answers and runs().cluster.ready:
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
    try:
        answers[key] = future.result(timeout=ANSWER_TIMEOUT_S)
        return answers[key]
    except Exception as error:
        logger.warning("No answer from %s: %s: %s", key[1], type(error).__name__, error)
        if runs().cluster.condemned(future):  # worker after worker died of it
            answers[key] = Failed(GIVEN_UP)
        elif future.status == "error" and type(error).__name__ != "KilledWorker":
            answers[key] = Failed(_sentence(error))
        else:  # its worker is gone, or has trouble: the next poll asks again
            answers.pop(key, None)
        return None


def failure(question: Question | tuple) -> str | None:
    """Why there is no answer to this question, in a sentence; None if there is one, or may still be."""
    found = _answers().get(_key(question))
    return found.sentence if isinstance(found, Failed) else None


def _sentence(error: Exception) -> str:
    told = isinstance(error, VisitorError)
    return str(error) if told else f"The worker could not compute this ({type(error).__name__})."
