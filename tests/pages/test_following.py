"""A page whose run rests sees when the run goes on elsewhere, and leaves everything alone until then."""

import pytest
from streamlit.testing.v1 import AppTest

from aecore.records.training_state import TrainState
from aecore.runs.registry import Runs
from aecore.specs import ModelSpec, TrainSpec
from pages.shared.app import following, server

MINE = "the secret of a visitor"


@pytest.fixture
def runs(hand_cranked, tmp_path, monkeypatch) -> Runs:
    runs = Runs(hand_cranked, tmp_path)
    monkeypatch.setattr(server, "runs", lambda: runs)
    return runs


@pytest.fixture
def drawn_anew(monkeypatch) -> list:
    """Each time that a page is drawn anew."""
    times = []
    monkeypatch.setattr(following.st, "rerun", lambda: times.append(1))
    return times


def test_a_look_without_news_draws_nothing_and_one_with_news_everything(runs, drawn_anew):
    run = runs.begin(ModelSpec(), TrainSpec(epochs=3), MINE)
    run.pause()
    marks = following.marks_of([run.run_id])
    for _ in range(3):
        following.rerun_at_news(marks)
    assert not drawn_anew
    runs.control(run, MINE, "start")
    following.rerun_at_news(marks)
    assert drawn_anew


def test_that_a_run_trains_is_news_once_and_its_end_is_news_again(runs):
    run = runs.begin(ModelSpec(), TrainSpec(epochs=3), MINE)
    marks = following.marks_of([run.run_id])
    assert not following.is_news(marks)
    run._keep = lambda run: None
    run._state = TrainState(8, (), ())  # what comes back while it trains changes nothing
    assert not following.is_news(marks)
    run.stop()
    assert following.is_news(marks)


def test_what_is_shown_and_trains_is_left_to_those_who_look_more_often(runs, monkeypatch):
    resting, training = (runs.begin(ModelSpec(), TrainSpec(seed=seed), MINE) for seed in (1, 2))
    resting.pause()
    state = {"basic.run": resting.run_id, "latent.run": training.run_id, "codes.run": None}
    monkeypatch.setattr(following.st, "session_state", state)
    assert set(following.resting("basic", "latent", "codes", "home")) == {resting.run_id}


def test_a_look_neither_keeps_a_run_in_memory_nor_fetches_one_from_disk(runs, monkeypatch):
    run = runs.begin(ModelSpec(), TrainSpec(), MINE)
    run.pause()
    marks, seen_at = following.marks_of([run.run_id]), run.seen_at
    assert not following.is_news(marks)
    assert run.seen_at == seen_at
    del runs._runs[run.run_id]
    monkeypatch.setattr(runs.storage, "load", lambda run_id: pytest.fail("It was fetched."))
    assert not following.is_news(marks)


def test_only_a_run_that_is_shown_is_followed(runs, monkeypatch):
    def page():
        import streamlit as st

        from pages.shared.app import following

        st.session_state["drawn"] = st.session_state.get("drawn", 0) + 1
        following.follow(following.resting("basic"))

    asked = []
    fragment = following.st.fragment
    monkeypatch.setattr(following.st, "fragment", lambda *a, **k: asked.append(k["run_every"]) or fragment(*a, **k))
    app = AppTest.from_function(page).run()
    assert not asked
    run = runs.begin(ModelSpec(), TrainSpec(), MINE)
    run.pause()
    app.session_state["basic.run"] = run.run_id
    app.run()
    assert asked == [following.REST_POLL_S]
    assert app.session_state["drawn"] == 2  # drawn as often as it was asked to, and not once more
    assert not app.exception
