"""All runs of a server: who may control them, who waits, and what there is again after the server was started anew."""

import os
from dataclasses import replace
from errno import EROFS

import pytest

from aecore import training
from aecore.networks import memory_estimate
from aecore.runs.registry import Runs
from aecore.runs.run import Run
from aecore.specs import ModelSpec, TrainSpec
from aecore.specs.limits import LIMITS, LimitError
from tests.conftest import HandCranked, until

MODEL = ModelSpec(code_dim=16)
TRAIN = TrainSpec(n_train=1_000, batch_size=64, epochs=3)
MINE, YOURS = "the secret of one visitor", "the secret of another"


@pytest.fixture
def runs(hand_cranked) -> Runs:
    """All runs of a server on which two may train at once."""
    return Runs(hand_cranked, limits=replace(LIMITS, training_runs=2))


def begin(runs: Runs, owner: str = MINE, **settings) -> Run:
    return runs.begin(MODEL, replace(TRAIN, **settings), owner)


def answer(hand_cranked: HandCranked, number: int) -> None:
    hand_cranked.task(number).end()


def losses(run: Run) -> list[tuple]:
    return [(e.epoch, e.loss, e.val_loss) for e in run.snapshot().progress.history]


def expected(train: TrainSpec) -> list[tuple]:
    *_, progress = training.train(MODEL, train)
    return [(e.epoch, e.loss, e.val_loss) for e in progress.history]


# Waiting for a place.


def test_runs_beyond_the_limit_wait_in_order_and_take_no_time_of_the_worker(runs, hand_cranked):
    queue = [begin(runs, f"visitor {i}") for i in range(4)]
    answer(hand_cranked, 1)
    hand_cranked.task(2)
    assert [runs.snapshot(run).ahead for run in queue] == [None, None, 0, 1]
    assert all(run.snapshot().active for run in queue)
    assert len(hand_cranked.tasks) == 3, "Two have begun, one of them again; the others have not."
    queue[0].pause()
    hand_cranked.task(3)
    assert [runs.snapshot(run).ahead for run in queue] == [None, None, None, 0]
    queue[0].start()
    assert [runs.snapshot(run).ahead for run in queue] == [1, None, None, 0], "Whoever comes back stands at the end."
    queue[3].stop()
    assert [runs.snapshot(run).ahead for run in queue] == [0, None, None, None]


def test_a_paused_run_that_waits_again_does_not_train_on_when_its_slice_comes_back(runs, hand_cranked):
    first, _, third = (begin(runs, f"visitor {i}") for i in range(3))
    hand_cranked.task(1)
    first.pause()
    hand_cranked.task(2)  # the third's
    first.start()
    answer(hand_cranked, 0)
    assert (first.snapshot().progress.epoch, first.snapshot().ahead) == (0, 0)
    third.stop()
    hand_cranked.task(3)  # the first's again
    assert first.snapshot().ahead is None


def test_bytes_count_as_well(hand_cranked):
    room = int(2.5 * memory_estimate.state_bytes(MODEL, TRAIN))
    runs = Runs(hand_cranked, limits=replace(LIMITS, training_bytes=room))
    begun = [begin(runs, f"visitor {i}") for i in range(3)]
    assert [run.snapshot().ahead for run in begun] == [None, None, 0]


# What a visitor may have.


def test_a_visitor_who_trains_too_many_gets_a_sentence_and_nothing_breaks(hand_cranked):
    runs = Runs(hand_cranked)
    mine = [begin(runs) for _ in range(LIMITS.runs_at_once)]
    with pytest.raises(LimitError, match="You can train 4 networks at a time"):
        begin(runs)
    begin(runs, YOURS)
    runs.control(mine[0], MINE, "pause")
    mine.append(begin(runs))
    for action in (("start",), ("step",), ("proceed", 10)):
        with pytest.raises(LimitError, match="Pause or stop one of them first"):
            runs.control(mine[0], MINE, *action)
    assert [run.status for run in mine] == ["paused", *4 * ["training"]]
    runs.control(mine[1], MINE, "stop")
    runs.control(mine[0], MINE, "start")
    assert [run.status for run in mine] == ["training", "stopped", *3 * ["training"]]


def test_a_network_too_large_for_the_server_gets_a_sentence(runs):
    with pytest.raises(LimitError, match="take up to 120 MB while it is trained, but this one would take 4"):
        runs.begin(ModelSpec("conv", 1_500, (64,)), TRAIN, MINE)
    assert not runs.all()


def test_batches_too_large_for_the_worker_get_a_sentence(runs):
    wide = ModelSpec("unet", widths=(64, 64))
    with pytest.raises(LimitError, match="take 800 MB of memory, but this network with batches of 1,024"):
        runs.begin(wide, replace(TRAIN, batch_size=1_024), MINE)
    assert not runs.all()
    runs.begin(wide, replace(TRAIN, batch_size=256), MINE)


def test_a_u_shaped_network_of_more_scales_than_an_image_has_gets_a_sentence(runs):
    with pytest.raises(LimitError, match=r"goes evenly for 3 scales .* this network has 4"):
        runs.begin(ModelSpec("unet", widths=(4, 4, 4, 4)), TRAIN, MINE)
    assert not runs.all()


def test_a_run_that_takes_much_of_the_worker_has_it_to_itself(runs, hand_cranked):
    runs.begin(MODEL, TRAIN, MINE)
    runs.begin(ModelSpec("unet", widths=(16, 32)), replace(TRAIN, batch_size=256), MINE)
    assert [hand_cranked.task(i).alone for i in range(2)] == [False, True]


@pytest.mark.parametrize("action", [("start",), ("pause",), ("step",), ("proceed", 10), ("stop",)])
def test_only_the_visitor_who_started_a_run_controls_it(runs, action):
    run = begin(runs)
    for status, secret in (
        ("training", YOURS),
        ("training", ""),
        ("training", run.owner_hash),
        ("training", run.run_id),
    ):
        with pytest.raises(LimitError, match="Only the visitor who started a run"):
            runs.control(run, secret, *action)
        assert (run.status, run.snapshot().epochs) == (status, TRAIN.epochs)


# The server is stopped, and started again.


def test_a_finished_run_is_there_again_and_is_still_its_owners(servers):
    runs = servers()
    run = begin(runs)
    until(lambda: run.status == "finished")
    assert runs.storage.flush()
    again = servers()
    back = again.get(run.run_id)
    assert (back.status, losses(back)) == ("finished", expected(TRAIN))
    assert [frame.epoch for frame in back.snapshot().frames] == [0, 1, 2, 3]
    assert back.snapshot().notice is None
    with pytest.raises(LimitError):
        again.control(back, YOURS, "proceed", 2)
    again.control(back, MINE, "proceed", 2)
    until(lambda: back.status == "finished")
    assert losses(back) == expected(replace(TRAIN, epochs=5)), "As if it had never been away."


@pytest.mark.slow
def test_a_run_that_was_training_is_stopped_says_so_and_goes_on_from_there(servers, monkeypatch):
    monkeypatch.setattr("aecore.runs.storage.KEEP_S", 0.0)
    settings = replace(
        TRAIN, n_train=60_000, batch_size=32, epochs=2
    )  # long enough to be met in the middle of an epoch
    runs = servers()
    run = runs.begin(MODEL, settings, MINE)
    until(lambda: run.on_disk and run.snapshot().progress is not None and 0 < run.snapshot().progress.epoch < 1.9)
    again = servers()
    back = again.get(run.run_id)
    snapshot = again.snapshot(back)
    assert (snapshot.status, snapshot.active) == ("stopped", False)
    assert 0 < snapshot.progress.epoch < 2
    assert snapshot.notice == (
        f"The server was started again; **Continue** goes on from epoch {snapshot.progress.epoch:.1f}."
    )
    again.control(back, MINE, "start")
    until(lambda: back.status == "finished")
    assert losses(back) == expected(settings)


def test_a_paused_run_is_paused_again(servers):
    runs = servers()
    run = begin(runs, epochs=200)
    until(lambda: run.snapshot().progress is not None)
    runs.control(run, MINE, "pause")
    until(lambda: run.resting)
    assert runs.storage.flush()
    assert servers().get(run.run_id).status == "paused"


def test_an_unknown_run_is_none(servers):
    runs = servers()
    assert [runs.get(name) for name in ("", "../../etc/passwd", "aaaaaaaaaaaaaaaa")] == [None] * 3


# The disk.


def test_a_disk_that_is_read_only_is_told_beside_the_run_which_goes_on_in_memory(servers, monkeypatch):
    runs = servers()

    def fail(*_):
        raise OSError(EROFS, os.strerror(EROFS))

    monkeypatch.setattr(os, "replace", fail)
    run = begin(runs)
    until(lambda: run.status == "finished")
    until(lambda: runs.storage.problem)
    snapshot = runs.snapshot(run)
    assert snapshot.notice.startswith("Runs can't be kept on this server's disk at the moment (Read-only file system)")
    assert losses(run) == expected(TRAIN)
    runs.limits = replace(LIMITS, memory_bytes=0)
    other = begin(runs, YOURS)
    assert runs.get(run.run_id) is None, "Memory is bounded all the same."
    until(lambda: other.status == "finished")


def test_runs_that_came_to_nothing_are_bounded_too(hand_cranked):
    runs = Runs(hand_cranked, limits=replace(LIMITS, memory_runs=5))
    for _ in range(20):
        begin(runs).stop()
    assert len(runs.all()) <= 5
