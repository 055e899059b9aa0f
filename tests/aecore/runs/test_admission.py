"""Who may train: first come, first served, by number and by bytes, and nobody is forgotten."""

from dataclasses import replace

import pytest

from aecore.runs.admission import AdmissionQueue
from aecore.specs.limits import LIMITS


@pytest.fixture
def told() -> list[str]:
    """Runs that have been told to begin."""
    return []


@pytest.fixture
def admission() -> AdmissionQueue:
    return AdmissionQueue(lambda job: job(), replace(LIMITS, training_runs=2, training_bytes=100))


def ask(admission: AdmissionQueue, told: list[str], name: str, n_bytes: int = 1) -> None:
    admission.request(name, n_bytes, lambda: told.append(name))


def test_those_beyond_the_number_wait_in_order(admission, told):
    for name in "abcde":
        ask(admission, told, name)
    assert [admission.is_admitted(name) for name in "abcde"] == [True, True, False, False, False]
    assert [admission.n_ahead(name) for name in "abcde"] == [None, None, 0, 1, 2]
    assert not told, "who is admitted at once need not be told"
    admission.release("a")
    assert (told, admission.n_admitted) == (["c"], 2)
    admission.release("d")  # gives up waiting
    admission.release("b")
    assert told == ["c", "e"]
    assert [admission.n_ahead(name) for name in "ce"] == [None, None]


def test_a_large_one_is_not_overtaken_by_small_ones(admission, told):
    ask(admission, told, "a", 60)
    ask(admission, told, "large", 90)
    ask(admission, told, "small", 1)
    assert (admission.is_admitted("small"), admission.n_ahead("small")) == (False, 1)
    admission.release("a")
    assert told == ["large", "small"]


def test_one_that_is_alone_may_be_of_any_size(admission, told):
    ask(admission, told, "huge", 1_000)
    assert admission.is_admitted("huge")
    ask(admission, told, "small", 1)
    assert not admission.is_admitted("small")
    admission.release("huge")
    assert told == ["small"]


def test_asking_twice_and_leaving_twice_is_as_good_as_once(admission, told):
    for _ in range(2):
        for name in "abc":
            ask(admission, told, name)
    assert (admission.n_admitted, admission.n_ahead("c")) == (2, 0)
    for _ in range(2):
        admission.release("a")
    assert (told, admission.n_admitted) == (["c"], 2)
