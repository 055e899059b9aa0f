"""A whole class trains, and something dies, freezes or eats all memory: every run ends where it would have ended.

`-m slow` meets each fault once. `-m exhaustive` meets them twenty times, at other moments each time, and wants all
runs to go on within 20 s: of a machine with nothing else to do, and of others as much longer as they are busy.
"""

import functools
import os
import random
import signal
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from aecore import training
from aecore.compute import worker_monitor
from aecore.compute.cluster import Cluster
from aecore.compute.task_keys import SUSPECTED
from aecore.compute.worker_monitor import DEATHS, DEATHS_OF_QUESTION, Watch
from aecore.runs import worker
from aecore.runs.registry import Runs
from aecore.runs.run import Run
from aecore.specs import ModelSpec, TrainSpec
from tests.aecore.compute.test_faults import family, gone, workers
from tests.conftest import until

MODEL = ModelSpec(code_dim=4)
TRAIN = TrainSpec(n_train=1_000, batch_size=128, epochs=12)
N_RUNS = 10
VICTIMS = ("worker", "nanny and scheduler", "all at once")


def a_class(cluster: Cluster, n_runs: int = N_RUNS, train: TrainSpec = TRAIN) -> list[Run]:
    """Runs of as many visitors, all under way."""
    runs = Runs(cluster)
    begun = [runs.begin(MODEL, replace(train, seed=seed), f"visitor {seed}") for seed in range(n_runs)]
    until(lambda: all(step(run) > 0 for run in begun))
    return begun


def step(run: Run) -> int:
    progress = run.snapshot().progress
    return progress.step if progress else -1


def epochs_done(runs: list[Run]) -> float:
    return sum(run.snapshot().progress.epoch for run in runs) / len(runs)


def kill(cluster: Cluster, victim: str) -> list[psutil.Process]:
    """SIGKILL; what has to be gone then. The nanny and the scheduler share a process, which is the cluster's."""
    everything = {
        "worker": workers(cluster),
        "nanny and scheduler": [psutil.Process(cluster.pid)],
        "all at once": [psutil.Process(cluster.pid), *family(cluster.pid)],
    }
    dependent = everything["worker" if victim == "worker" else "all at once"]
    for process in everything[victim]:
        process.kill()
    return dependent


def meet(cluster: Cluster, victim: str, runs: list[Run], seconds: float = 120) -> None:
    """Kill, and see that every run goes on from where it was, that visitors are told, and that nothing is left."""
    before = [step(run) for run in runs]
    losses = cluster.losses
    killed = kill(cluster, victim)
    until(lambda: cluster.losses > losses and went_on(before, runs), seconds)
    assert all("The training worker stopped" in (run.snapshot().notice or "") for run in runs)
    until(lambda: all(gone(process) for process in killed))


def went_on(before: list[int], runs: list[Run]) -> bool:
    """Whether all runs have got farther than these steps, or to their end. None may be set back."""
    now = [step(run) for run in runs]
    assert all(b <= n for b, n in zip(before, now, strict=True)), "A run was set back."
    return all(b < n or run.status == "finished" for b, n, run in zip(before, now, runs, strict=True))


def finish(runs: list[Run]) -> None:
    until(lambda: all(run.status != "training" for run in runs))
    assert [run.snapshot().error for run in runs] == [None] * len(runs)
    for run in runs:
        assert [frame.epoch for frame in run.snapshot().frames] == list(range(run.train_spec.epochs + 1))
    assert [val_losses(run) for run in runs] == [expected(run.train_spec) for run in runs]


def val_losses(run: Run) -> tuple[float, ...]:
    return tuple(record.val_loss for record in run.snapshot().progress.history)


@functools.cache
def expected(train: TrainSpec) -> tuple[float, ...]:
    """The losses without any fault."""
    *_, progress = training.train(MODEL, train)
    return tuple(record.val_loss for record in progress.history)


@pytest.mark.slow
def test_a_class_survives_kills_at_random_moments(mortal):
    chance = random.Random(1)
    runs = a_class(mortal)
    for victim in VICTIMS:
        moment = epochs_done(runs) + chance.uniform(0.5, 2)
        until(lambda moment=moment: epochs_done(runs) >= moment)
        meet(mortal, victim, runs)
    assert any(run.status == "training" for run in runs)
    finish(runs)


@pytest.mark.exhaustive
@pytest.mark.timeout(1_500)
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_class_survives_twenty_kills(mortal, victim):
    chance = random.Random(victim)
    for _ in range(20):
        runs = a_class(mortal)
        time.sleep(chance.uniform(0, 3))
        meet(mortal, victim, runs, seconds=20 * max(1.0, os.getloadavg()[0] / os.cpu_count()))
        finish(runs)


# A worker that is frozen.


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0, 10])
def test_a_frozen_worker_is_told_and_nothing_is_lost(mortal, seconds):
    """`seconds`: how long it is frozen, at least; in any case until the page has said so."""
    runs = a_class(mortal)
    frozen = workers(mortal)[0]
    frozen.send_signal(signal.SIGSTOP)
    try:
        until(lambda: "does not answer at the moment" in (runs[3].snapshot().notice or ""))
        time.sleep(seconds)
        before = [step(run) for run in runs]
        losses = mortal.losses
    finally:
        frozen.send_signal(signal.SIGCONT)
    until(lambda: went_on(before, runs))
    until(lambda: not mortal.silent)
    assert runs[3].snapshot().notice is None
    finish(runs)
    assert mortal.losses == losses, "It was the same worker all the time."


@pytest.mark.slow
@pytest.mark.parametrize("why", ["FROZEN_S", "STUCK_S"])
def test_a_worker_that_never_comes_back_is_started_anew(mortal, monkeypatch, why):
    runs = a_class(mortal, 3)
    before = [step(run) for run in runs]
    losses = mortal.losses
    if why == "FROZEN_S":
        monkeypatch.setattr(worker_monitor, why, 5.0)
        workers(mortal)[0].send_signal(signal.SIGSTOP)
    else:
        monkeypatch.setattr(worker_monitor, why, 0.0)
    until(lambda: mortal.losses > losses)
    monkeypatch.undo()
    until(lambda: went_on(before, runs))
    finish(runs)


# A network that takes more memory than there is.

GLUTTON = 666_666  # the seed of a run that eats all memory


def slice_or_feast(model_spec, train_spec, state, n_steps):
    """The task on the worker: a slice; for one seed, more and more memory."""
    if train_spec.seed != GLUTTON:
        return worker.run_slice(model_spec, train_spec, state, n_steps)
    eaten = []
    while True:
        eaten.append(np.ones(20_000_000, np.uint8))
        time.sleep(0.01)


@pytest.mark.slow
def test_a_run_that_takes_all_memory_fails_and_the_others_go_on(monkeypatch):
    cluster = Cluster(worker_memory="1.2GB", warm_up=worker.warm_up)
    cluster.client()
    innocent = a_class(cluster, 3, replace(TRAIN, epochs=200))
    with monkeypatch.context() as patch:
        patch.setattr(worker, "run_slice", slice_or_feast)
        runs = Runs(cluster)
        glutton = runs.begin(MODEL, replace(TRAIN, seed=GLUTTON), "glutton")
        until(lambda: glutton.status == "failed")
    assert "most likely for want of memory" in glutton.snapshot().error
    assert cluster.losses == DEATHS
    before = [step(run) for run in innocent]
    until(lambda: went_on(before, innocent))
    assert [run.snapshot().error for run in innocent] == [None] * len(innocent)
    for run in innocent:
        run.stop()
        done = val_losses(run)
        assert done == expected(replace(run.train_spec, epochs=len(done) - 1))
    cluster.close()


# Who is to blame.

NOBODY = ([], [])


def test_blamed_is_who_was_at_work_and_not_who_waited_or_came_to_an_end():
    listener = Watch()
    for _ in range(DEATHS - 1):
        listener.hear({"worker": "w", "begun": "slice-innocent"})
        listener.hear({"worker": "w", "ended": "slice-innocent"})
        listener.hear({"worker": "w", "begun": "slice-guilty"})
        assert listener.died("w") == NOBODY
    listener.hear({"worker": "w", "begun": "slice-guilty"})
    assert listener.died("w") == (["slice-guilty"], [])
    assert listener.died("w") == NOBODY


def test_of_slices_side_by_side_each_is_tried_by_itself_and_one_of_them_given_up():
    listener = Watch()
    for key in ("slice-innocent", "slice-guilty"):
        listener.hear({"worker": "w", "begun": key})
    guilty, suspects = listener.died("w")
    assert not guilty
    assert sorted(suspects) == ["slice-guilty", "slice-innocent"]
    listener.hear({"worker": "w", "begun": f"{SUSPECTED}innocent"})
    listener.hear({"worker": "w", "ended": f"{SUSPECTED}innocent"})
    for _ in range(DEATHS - 2):
        listener.hear({"worker": "w", "begun": f"{SUSPECTED}guilty"})
        assert listener.died("w") == NOBODY
    listener.hear({"worker": "w", "begun": f"{SUSPECTED}guilty"})
    assert listener.died("w") == ([f"{SUSPECTED}guilty"], [])


def test_a_death_is_forgiven_when_the_task_ends_well():
    listener = Watch()
    for _ in range(3 * DEATHS):
        listener.hear({"worker": "w", "begun": "slice-unlucky"})
        assert listener.died("w") == NOBODY
        listener.hear({"worker": "w", "begun": "slice-unlucky"})
        listener.hear({"worker": "w", "ended": "slice-unlucky"})


def test_a_question_computed_beside_a_slice_is_suspected_first():
    listener = Watch()
    guilty = []
    for _ in range(DEATHS_OF_QUESTION):
        for key in ("slice-unlucky", "question"):
            listener.hear({"worker": "w", "begun": key})
        guilty.append(listener.died("w")[0])
    assert guilty == [[]] * (DEATHS_OF_QUESTION - 1) + [["question"]]


def test_stuck_is_who_says_nothing_or_is_at_one_slice_for_too_long(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("aecore.compute.worker_monitor.time.monotonic", lambda: now[0])
    listener = Watch()
    listener.hear({"worker": "frozen"})
    listener.hear({"worker": "busy", "begun": "question"})
    listener.hear({"worker": "caught", "begun": "slice-endless"})
    assert not listener.stuck()
    now[0] = worker_monitor.FROZEN_S + 1
    for name in ("busy", "caught"):
        listener.hear({"worker": name})
    assert listener.stuck() == ["frozen"]
    assert not listener.stuck()
    now[0] = worker_monitor.STUCK_S + 1
    for name in ("frozen", "busy", "caught"):
        listener.hear({"worker": name})
    assert listener.stuck() == ["caught"]


def test_only_workers_that_are_there_and_say_nothing_are_silent(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("aecore.compute.worker_monitor.time.monotonic", lambda: now[0])
    listener = Watch()
    assert not listener.silent
    listener.hear({"worker": "w"})
    now[0] = 3.9
    assert not listener.silent
    now[0] = 4.1
    assert listener.silent
    listener.died("w")
    assert not listener.silent
