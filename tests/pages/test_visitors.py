"""Several visitors at one server: whose run it is, how many one may have, who waits, and what a restart leaves."""

import secrets
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from aecore.runs.registry import Runs
from aecore.runs.run import Run
from pages.shared.app import server as shared_server
from tests.conftest import until
from tests.pages.helpers import TIMEOUT_S, link, open_app, open_section, press, run_to_the_end, settle, texts, widget

QUICK = {"n_train": "1000", "epochs": "2", "code_dim": "16"}
LONG = QUICK | {"epochs": "200"}


@pytest.fixture
def server(servers, monkeypatch) -> Callable[[], Runs]:
    """A server of one's own for the pages, started anew each time it is asked for, on the same disk."""

    def start() -> Runs:
        runs = servers()
        monkeypatch.setattr(shared_server, "runs", lambda: runs)
        return runs

    return start


def visit(page: str = "basic", owner: str | None = None, **query: str) -> AppTest:
    """A visitor opens a page; the same `owner` is the same browser."""
    app = open_app(page)
    app.session_state["visitor.owner"] = owner or secrets.token_urlsafe(24)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def run_of(runs: Runs, app: AppTest) -> Run:
    return runs.get(link(app, "run"))


def waiting_line(app: AppTest) -> str:
    return next(p.text for p in app.get("progress"))


OWNERS_BUTTONS = {"Pause", "Step one epoch", "Stop"}


def test_another_visitor_sees_a_run_and_has_nothing_to_steer_it_with(server):
    runs = server()
    mine = visit(**LONG)
    press(mine, "Train")
    mine.run()
    run = run_of(runs, mine)
    yours = visit(run=run.run_id)
    assert labels(mine) >= OWNERS_BUTTONS
    assert not labels(yours) & (OWNERS_BUTTONS | {"Continue"})
    assert "You are watching somebody else's run" in texts(yours)
    press(yours, "Train")  # a run of their own
    assert run_of(runs, yours) is not run
    assert run.status == "training"


@pytest.mark.parametrize("action", ["stop", "pause", "start", "step"])
def test_what_would_steer_a_run_refuses_other_visitors(server, action):
    def script(run_id: str, action: str) -> None:
        from pages.shared.app import problems, runs, server

        runs.control("basic", server.runs().get(run_id), action)
        problems.show("basic")

    runs = server()
    mine = visit(**LONG)
    press(mine, "Train")
    run = run_of(runs, mine)
    yours = AppTest.from_function(script, args=(run.run_id, action), default_timeout=TIMEOUT_S).run()
    assert not yours.exception
    assert "Only the visitor who started a run can control it." in texts(yours)
    assert (run.status, run.snapshot().epochs) == ("training", 200)


@pytest.mark.slow
def test_who_trains_too_many_is_told_so_on_the_page_and_nothing_breaks(server):
    runs = server()
    runs.limits = replace(runs.limits, runs_at_once=2)
    app = visit("convolutional", widths="2-2", **LONG | {"code_dim": "98"})
    open_section(app, "race")
    press(app, "Train all three")
    app.run()
    assert "You can train 2 networks at a time" in texts(app)
    assert sum(run.status == "training" for run in runs.all()) == 2
    other = visit("basic", owner=app.session_state["visitor.owner"], **QUICK)  # in another tab
    press(other, "Train")
    assert "Pause or stop one of them first." in texts(other)
    assert "Nothing is trained yet" in texts(other)
    press(app, "Stop")
    press(other, "Train")
    run_to_the_end(other)
    assert "Pause or stop" not in texts(other)


def test_who_has_to_wait_sees_their_place(server):
    runs = server()
    runs.admission.limits = replace(runs.limits, training_runs=1)
    first, second, third = (visit(**LONG) for _ in range(3))
    for app in (first, second, third):
        press(app, "Train")
        app.run()
    assert waiting_line(second) == "Waiting: yours is next; training begins when one ends"
    assert waiting_line(third) == "Waiting: 1 run before yours; training begins when one ends"
    press(first, "Stop")
    until(lambda: run_of(runs, second).snapshot().progress is not None)
    second.run()
    assert waiting_line(second).startswith(("Preparing", "Training"))
    third.run()
    assert "yours is next" in waiting_line(third)


def test_after_a_restart_a_link_shows_the_finished_run_and_its_owner_trains_it_further(server):
    runs, owner = server(), secrets.token_urlsafe(24)
    mine = visit(owner=owner, **QUICK)
    press(mine, "Train")
    run_to_the_end(mine)
    loss = mine.metric[0].value
    assert runs.storage.flush()
    run_id = link(mine, "run")
    server()
    yours = visit(run=run_id)
    assert "Finished at epoch 2 of 2" in waiting_line(yours)
    assert yours.metric[0].value == loss
    assert "Continue, 10 epochs" not in labels(yours)
    mine = visit(owner=owner, run=run_id)
    press(mine, "Continue, 10 epochs")
    run_to_the_end(mine)
    assert "Finished at epoch 12 of 12" in waiting_line(mine)


def test_after_a_restart_a_run_that_was_training_says_where_it_goes_on(server, monkeypatch):
    monkeypatch.setattr("aecore.runs.storage.KEEP_S", 0.0)
    runs, owner = server(), secrets.token_urlsafe(24)
    mine = visit(owner=owner, **LONG)
    press(mine, "Train")
    run = run_of(runs, mine)
    until(lambda: run.snapshot().progress is not None and run.snapshot().progress.epoch >= 2)
    until(lambda: runs.storage.load(run.run_id) is not None)
    server()
    mine = visit(owner=owner, run=run.run_id)
    assert "The server was started again; **Continue** goes on from epoch" in texts(mine)
    assert waiting_line(mine).startswith("Stopped")
    press(mine, "Continue")
    settle(mine, "Images per second")
    assert waiting_line(mine).startswith(("Training", "Preparing"))
    assert "started again" not in texts(mine)


def test_a_question_that_the_worker_dies_of_is_asked_once_and_given_up(monkeypatch):
    class Cluster:
        ready, asked = True, 0

        def submit(self, *_):
            self.asked += 1
            future = Future()
            future.status = "cancelled"
            future.cancel()
            return future

        def condemned(self, future):
            return True

    def script() -> None:
        from pages.shared.app import worker

        worker.answered(print, (max, "what takes all memory"))

    server = SimpleNamespace(cluster=Cluster())
    monkeypatch.setattr(shared_server, "runs", lambda: server)
    app = AppTest.from_function(script, default_timeout=TIMEOUT_S)
    for _ in range(3):
        app.run()
        assert not app.exception
    assert "so it was given up" in app.warning[0].value
    assert server.cluster.asked == 1


@pytest.mark.slow
def test_a_disk_that_fails_is_told_beside_the_run(server, monkeypatch):
    runs = server()
    (runs.storage.folder / "file").write_text("in the way")
    monkeypatch.setattr(runs.storage, "folder", runs.storage.folder / "file")
    app = visit(**QUICK)
    press(app, "Train")
    run_to_the_end(app)
    settle(app, "Runs can't be kept on this server's disk at the moment")
    assert "they are lost when it restarts" in texts(app)
    assert widget(app, "button", "Continue, 10 epochs")
