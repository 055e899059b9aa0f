"""Questions to the worker: what it answers, what it fails at, and what is lost on the way."""

import logging
from types import SimpleNamespace

import pytest
from distributed.scheduler import KilledWorker
from streamlit.testing.v1 import AppTest

from aecore.specs.errors import UNSOUND, UnsoundError
from pages.shared.app import server, worker


class Future:
    """What a cluster gives for a task that has ended: with a value, or with what it raised."""

    def __init__(self, result):
        self.key = "task"
        self._result = result
        self.status = "error" if isinstance(result, Exception) else "finished"

    def result(self, timeout: float):
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


class Lost(Future):
    """A task whose worker has gone with the result."""

    def __init__(self):
        super().__init__(TimeoutError())
        self.status = "lost"


class Worker:
    """Gives these results, one after the other, to whatever it is asked, and the last one ever after."""

    ready, trouble = True, None

    def __init__(self, *results):
        self.cluster = self
        self.results = list(results)
        self.asked = 0

    def submit(self, function, *args):
        self.asked += 1
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        return result if isinstance(result, Future) else Future(result)

    def condemned(self, future) -> bool:
        return False


@pytest.fixture
def employ(monkeypatch):
    def employed(*results) -> Worker:
        fake = Worker(*results)
        monkeypatch.setattr(server, "runs", lambda: fake)
        worker.forget()
        return fake

    yield employed
    worker.forget()


def double(x: int) -> int:
    return 2 * x


QUESTION = worker.Question(double, (2,))


def page() -> None:
    """A page that asks a question, and draws the answer."""
    import streamlit as st

    from pages.shared.app import worker
    from tests.pages.test_worker import QUESTION

    worker.answered(lambda answer: st.markdown(f"It is {answer}."), QUESTION)


def test_what_the_function_raises_is_told_once_and_not_asked_again(employ, caplog):
    asked = employ(UnsoundError())
    with caplog.at_level(logging.WARNING):
        assert [QUESTION.answer() for _ in range(5)] == [None] * 5
    assert asked.asked == 1
    assert worker.failure(QUESTION) == UNSOUND
    (line,) = [record for record in caplog.records if record.name == worker.__name__]
    assert line.exc_info is None
    assert worker.failure(worker.Question(double, (3,))) is None


def test_an_error_without_words_for_visitors_gets_a_sentence_of_its_own(employ):
    employ(ZeroDivisionError("float division"))
    assert QUESTION.answer() is None
    assert worker.failure(QUESTION) == "The worker could not compute this (ZeroDivisionError)."


@pytest.mark.parametrize(
    "loss", [Lost(), KilledWorker("task", SimpleNamespace(address="tcp://worker"), 3)], ids=["lost", "killed"]
)
def test_what_a_lost_worker_had_is_asked_again(employ, loss):
    asked = employ(loss, 4)
    assert QUESTION.answer() is None
    assert worker.failure(QUESTION) is None
    assert QUESTION.answer() == 4
    assert asked.asked == 2


def test_failures_are_kept_within_the_bounds_of_answers(employ, monkeypatch):
    monkeypatch.setattr(worker, "MAX_ANSWERS", 3)
    employ(UnsoundError())
    for i in range(10):
        worker.Question(double, (i,)).answer()
    assert len(worker.answers_kept()) <= 3


def test_the_page_shows_the_sentence_and_asks_again_at_a_press(employ):
    asked = employ(UnsoundError(), 4)
    app = AppTest.from_function(page).run().run()
    assert not app.exception
    assert [warning.value for warning in app.warning] == [UNSOUND]
    app.run()
    assert asked.asked == 1
    app.button[0].click().run().run()
    assert asked.asked == 2
    assert [markdown.value for markdown in app.markdown] == ["It is 4."]
    assert not app.warning
