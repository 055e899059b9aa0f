"""Who may train: first come, first served, by number and by bytes, and nobody is forgotten."""

from dataclasses import replace

import pytest

from aecore.runs.admission import Places
from aecore.specs.limits import LIMITS


@pytest.fixture
def told() -> list[str]:
    """Runs that have been told to begin."""
    return []


@pytest.fixture
def places() -> Places:
    return Places(lambda job: job(), replace(LIMITS, training_runs=2, training_bytes=100))


def ask(places: Places, told: list[str], name: str, n_bytes: int = 1) -> None:
    places.ask(name, n_bytes, lambda: told.append(name))


def test_those_beyond_the_number_wait_in_order(places, told):
    for name in "abcde":
        ask(places, told, name)
    assert [places.has(name) for name in "abcde"] == [True, True, False, False, False]
    assert [places.ahead(name) for name in "abcde"] == [None, None, 0, 1, 2]
    assert not told, "who has a place at once need not be told"
    places.leave("a")
    assert (told, places.n_training) == (["c"], 2)
    places.leave("d")  # gives up waiting
    places.leave("b")
    assert told == ["c", "e"]
    assert [places.ahead(name) for name in "ce"] == [None, None]


def test_a_large_one_is_not_overtaken_by_small_ones(places, told):
    ask(places, told, "a", 60)
    ask(places, told, "large", 90)
    ask(places, told, "small", 1)
    assert (places.has("small"), places.ahead("small")) == (False, 1)
    places.leave("a")
    assert told == ["large", "small"]


def test_one_that_is_alone_may_be_of_any_size(places, told):
    ask(places, told, "huge", 1_000)
    assert places.has("huge")
    ask(places, told, "small", 1)
    assert not places.has("small")
    places.leave("huge")
    assert told == ["small"]


def test_asking_twice_and_leaving_twice_is_as_good_as_once(places, told):
    for _ in range(2):
        for name in "abc":
            ask(places, told, name)
    assert (places.n_training, places.ahead("c")) == (2, 0)
    for _ in range(2):
        places.leave("a")
    assert (told, places.n_training) == (["c"], 2)
