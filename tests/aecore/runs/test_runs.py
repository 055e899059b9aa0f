"""A run does what its buttons say, waits its turn among the others, and is kept while there is room."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from aecore import training
from aecore.compute.local_cluster import TRAINING_PLACES
from aecore.runs.pacing import SHARED_SLICE_S
from aecore.runs.registry import Runs
from aecore.runs.run import Run
from aecore.specs import ModelSpec, TrainSpec
from tests.conftest import until

MODEL = ModelSpec(code_dim=16)
TRAIN = TrainSpec(n_train=1_000, batch_size=64, epochs=3)
LONG = replace(TRAIN, epochs=200)


@pytest.fixture
def runs(cluster) -> Iterator[Runs]:
    """All runs of a server that has just started."""
    runs = Runs(cluster)
    yield runs
    for run in runs.all():
        run.stop()


@pytest.fixture
def one(hand_cranked) -> Run:
    """A run of a single epoch that has begun, on a hand-cranked cluster."""
    run = Runs(hand_cranked).create(MODEL, replace(TRAIN, epochs=1), "owner")
    run.start()
    return run


def begin(runs: Runs, train: TrainSpec = TRAIN, model: ModelSpec = MODEL) -> Run:
    run = runs.create(model, train, "owner")
    run.start()
    return run


def finish(*runs: Run) -> None:
    until(lambda: all(run.status != "training" for run in runs))
    assert [run.snapshot().error for run in runs] == [None] * len(runs)


def epoch(run: Run) -> float:
    progress = run.snapshot().progress
    return progress.epoch if progress else -1


def val_losses(run: Run) -> list[float]:
    return [record.val_loss for record in run.snapshot().progress.history]


def expected_losses(train: TrainSpec = TRAIN) -> list[float]:
    *_, progress = training.train(MODEL, train)
    return [record.val_loss for record in progress.history]


def test_a_run_ends_where_training_in_a_script_ends(runs):
    run = begin(runs)
    finish(run)
    snapshot = run.snapshot()
    assert (snapshot.status, snapshot.at_end, snapshot.active) == ("finished", True, False)
    assert val_losses(run) == expected_losses()
    assert snapshot.notice is None


def test_the_way_back_has_a_picture_of_every_epoch_from_before_training_on(runs):
    run = begin(runs)
    finish(run)
    snapshot = run.snapshot()
    assert [frame.epoch for frame in snapshot.frames] == [0, 1, 2, 3]
    assert np.array_equal(snapshot.frames[-1].x_hat, snapshot.progress.x_hat)
    assert not np.array_equal(snapshot.frames[0].x_hat, snapshot.frames[1].x_hat)


def test_runs_side_by_side_all_end_where_they_would_alone(runs):
    specs = [replace(TRAIN, seed=seed) for seed in range(5)]
    together = [begin(runs, spec) for spec in specs]
    finish(*together)
    assert [val_losses(run) for run in together] == [expected_losses(spec) for spec in specs]


def test_pause_holds_and_start_goes_on(runs):
    run = begin(runs, LONG)
    until(lambda: epoch(run) >= 1)
    run.pause()
    until(lambda: run.waiting_since is None)
    held = epoch(run)
    assert run.snapshot().status == "paused"
    assert held < LONG.epochs
    # Another run trains from beginning to end meanwhile: the worker was free, and the paused run did not use it.
    other = begin(runs)
    finish(other)
    assert epoch(run) == held
    run.start()
    until(lambda: epoch(run) > held)
    assert run.snapshot().frames[0].epoch == 0


def test_step_trains_to_the_end_of_exactly_the_epoch_under_way(runs):
    run = runs.create(MODEL, replace(TRAIN, epochs=2), "owner")
    for after in (1, 2, 3):  # the third goes one beyond the end that was set
        run.step()
        finish(run)
        assert epoch(run) == after
    assert [run.snapshot().status, run.snapshot().epochs] == ["finished", 3]
    assert val_losses(run) == expected_losses()


def test_a_step_from_the_middle_of_an_epoch_ends_that_epoch(runs):
    large = TrainSpec(batch_size=32, epochs=3)  # an epoch of many slices
    run = begin(runs, large)
    until(lambda: epoch(run) > 0)
    run.pause()
    until(lambda: run.waiting_since is None)
    assert 0 < epoch(run) < 1
    run.step()
    finish(run)
    assert (epoch(run), run.status) == (1, "paused")


def test_proceed_goes_on_beyond_the_end(runs):
    run = begin(runs, replace(TRAIN, epochs=1))
    finish(run)
    run.proceed(2)
    finish(run)
    assert (epoch(run), run.snapshot().epochs, run.status) == (3, 3, "finished")
    assert val_losses(run) == expected_losses()


def test_stop_gives_up_the_place_and_keeps_what_was_learned(runs):
    run = begin(runs, LONG)
    until(lambda: epoch(run) >= 1)
    run.stop()
    snapshot = runs.snapshot(run)
    assert (snapshot.status, snapshot.position, run.waiting_since) == ("stopped", 0, None)
    learned = snapshot.progress.step
    finish(begin(runs))
    assert run.snapshot().progress.step == learned
    assert run.weights is not None


def test_a_failing_slice_is_told_in_one_sentence(runs):
    broken = replace(TRAIN)
    object.__setattr__(broken, "optimizer", "newton")  # past the validation, as a bug would be
    run = begin(runs, broken)
    until(lambda: run.status == "failed")
    assert run.snapshot().error == "Training this network failed on the worker (KeyError)."
    run.start()
    run.step()
    run.proceed(1)
    assert run.status == "failed"
    finish(begin(runs))  # the worker goes on for the others


def test_memory_is_bounded_by_the_runs_that_rest_and_were_seen_longest_ago_leaving_for_the_disk(runs):
    ended = [begin(runs, replace(TRAIN, epochs=1, seed=seed)) for seed in range(4)]
    finish(*ended)
    active = begin(runs, LONG)
    until(lambda: active.nbytes)
    for run in (ended[2], ended[0], ended[3], ended[1]):
        run.snapshot()
    until(lambda: all(run.on_disk for run in ended))
    runs.limits = replace(runs.limits, memory_bytes=active.nbytes + int(2.5 * ended[0].nbytes))
    waiting = runs.create(MODEL, TRAIN, "owner")
    assert [run in runs.all() for run in ended] == [False, True, False, True]
    runs.limits = replace(runs.limits, memory_bytes=0)
    runs.create(MODEL, TRAIN, "owner")
    assert not any(run in runs.all() for run in ended)
    assert runs.get(active.run_id) is active
    assert runs.get(waiting.run_id) is waiting, "A run that has not begun frees nothing."
    back = runs.get(ended[0].run_id)
    assert back is not ended[0]
    assert val_losses(back) == val_losses(ended[0])


# What is too short a moment, or too exact an order, to be met on a real cluster.


def test_positions_count_the_runs_that_have_their_turn_before(hand_cranked):
    runs = Runs(hand_cranked)
    queue = [begin(runs, replace(TRAIN, seed=seed)) for seed in range(4)]
    assert [runs.snapshot(run).position for run in queue] == [0, 1, 2, 3]
    hand_cranked.task(0).end()  # its next slice goes to the back
    assert [runs.snapshot(run).position for run in queue] == [3, 0, 1, 2]
    queue[2].stop()
    assert [runs.snapshot(run).position for run in queue] == [2, 0, 0, 1]
    until(lambda: runs.turn_s == pytest.approx(3 * SHARED_SLICE_S / TRAINING_PLACES))


def test_a_paused_run_changes_until_the_slice_under_way_has_come_back(hand_cranked, one):
    task = hand_cranked.task(0)
    one.pause()
    assert one.snapshot().changing
    task.end()
    until(lambda: one.snapshot().progress is not None)
    assert one.status == "paused"
    assert not one.snapshot().changing


def test_a_stopped_runs_slice_is_cancelled_and_comes_to_nothing(hand_cranked, one):
    task = hand_cranked.task(0)
    one.stop()
    until(lambda: task.status == "cancelled")
    task.end()
    assert one.snapshot().progress is None


def test_a_run_stopped_while_a_slice_is_being_submitted_gives_up_its_place(hand_cranked):
    run = Runs(hand_cranked).create(MODEL, TRAIN, "owner")
    submit = hand_cranked.submit

    def submit_and_stop(*args, **kwargs):
        task = submit(*args, **kwargs)
        run.stop()
        return task

    hand_cranked.submit = submit_and_stop
    run.start()
    until(lambda: hand_cranked.tasks and hand_cranked.tasks[0].status == "cancelled")


def test_a_run_paused_in_its_last_slice_has_finished(hand_cranked, one):
    for number in range(3):  # epoch 0, the first 8 steps, and the 8 that are left
        task = hand_cranked.task(number)
        if number == 2:
            one.pause()
        task.end()
    assert (one.snapshot().at_end, one.status) == (True, "finished")


def test_starting_again_within_the_slice_under_way_submits_no_second_one(hand_cranked, one):
    task = hand_cranked.task(0)
    one.pause()
    one.start()
    task.end()
    assert one.snapshot().progress.epoch == 0  # it counted
    hand_cranked.task(1)
    assert len(hand_cranked.tasks) == 2


def test_a_run_whose_visitor_has_left_is_stopped_unless_they_come_back(hand_cranked):
    runs = Runs(hand_cranked, grace_s=0.2)
    reloaded, left = begin(runs), begin(runs)
    for run in (reloaded, left):  # in this order, so that the one left is the last to be looked at
        runs.adopt(run, "tab")
    runs.leave("tab")
    runs.adopt(reloaded, "the same tab after its reload")
    until(lambda: left.status == "stopped")
    assert reloaded.status == "training"
