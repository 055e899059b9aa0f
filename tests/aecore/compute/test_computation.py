"""A computation does its steps in order, can be stopped and go on, survives its cluster, and says what went wrong."""

import threading
from concurrent.futures import Future

import pytest

from aecore.compute.computation import PATIENCE, Computation
from aecore.compute.task_sequence import Task
from aecore.specs import SpecError
from tests.conftest import until


class Cluster:
    """A cluster whose answers the test gives, or which fails to take anything."""

    ready = True
    losses = 0

    def __init__(self, failures: int = 0):
        self.on_connect = set()
        self.futures = []
        self.failures = failures
        self.came = threading.Condition()

    def when_done(self, future, function):
        future.add_done_callback(function)

    def submit(self, function, *args, **_):
        with self.came:
            if self.failures:
                self.failures -= 1
                raise OSError("gone")
            future = Future()
            future.status = "pending"
            future.value = function(*args)
            future.cancel = lambda: None  # what a worker has begun it may finish all the same
            self.futures.append(future)
            self.came.notify_all()
            return future

    def condemned(self, future) -> bool:
        return False

    def suspected(self, future) -> bool:
        return False

    def wait_for(self, count: int) -> None:
        with self.came:
            assert self.came.wait_for(lambda: len(self.futures) >= count, timeout=90)

    def answer(self, index: int) -> None:
        self.wait_for(index + 1)
        future = self.futures[index]
        future.status = "finished"
        future.set_result(future.value)


@pytest.fixture
def taken():
    return []


def square(x):
    return x * x


def squares(cluster, taken, total=3) -> Computation:
    return Computation(cluster, total, lambda i: Task(square, (i,)), lambda i, result: taken.append((i, result)))


def test_steps_come_one_after_the_other_and_end(taken):
    cluster = Cluster()
    job = squares(cluster, taken)
    job.start()
    for i in range(3):
        cluster.wait_for(i + 1)
        assert len(cluster.futures) == i + 1  # never two at a time
        cluster.answer(i)
    until(lambda: job.snapshot().status == "finished")
    assert taken == [(0, 0), (1, 1), (2, 4)]
    assert not cluster.on_connect  # nobody keeps what has ended


def test_a_stop_keeps_what_is_done_and_a_start_goes_on_there(taken):
    cluster = Cluster()
    job = squares(cluster, taken)
    job.start()
    cluster.answer(0)
    cluster.wait_for(2)
    job.stop()
    assert (job.snapshot().status, job.snapshot().done) == ("stopped", 1)
    seconds = job.snapshot().seconds
    cluster.answer(1)  # too late: it was given up
    assert taken == [(0, 0)]
    assert job.snapshot().seconds == seconds
    job.start()
    cluster.answer(2)
    cluster.answer(3)
    until(lambda: job.snapshot().status == "finished")
    assert taken == [(0, 0), (1, 1), (2, 4)]


def test_a_cluster_that_comes_back_gets_the_step_again(taken):
    cluster = Cluster()
    job = squares(cluster, taken, total=1)
    job.start()
    cluster.wait_for(1)
    for function in list(cluster.on_connect):
        function()
    cluster.answer(1)
    cluster.answer(0)  # what the one before had done comes too late
    until(lambda: job.snapshot().status == "finished")
    assert taken == [(0, 0)]


def test_a_moment_without_a_cluster_is_no_failure(taken):
    cluster = Cluster(failures=1)
    job = squares(cluster, taken, total=1)
    job.start()
    cluster.answer(0)
    until(lambda: job.snapshot().status == "finished")


def test_an_error_on_the_worker_ends_it_with_a_sentence(taken):
    cluster = Cluster()
    job = squares(cluster, taken)
    job.start()
    cluster.wait_for(1)
    cluster.futures[0].status = "error"
    cluster.futures[0].set_exception(ValueError("no"))
    until(lambda: job.snapshot().status == "failed")
    assert job.snapshot().error == "This failed on the worker (ValueError)."
    assert not taken


def test_no_cluster_at_all_is_given_up(taken):
    job = squares(Cluster(failures=PATIENCE + 1), taken)
    job.start()
    until(lambda: job.snapshot().status == "failed")
    assert job.snapshot().error == "This failed on the worker (OSError)."


def test_a_computation_that_nobody_looks_at_stops_and_goes_on_when_somebody_does(taken, monkeypatch):
    cluster = Cluster()
    job = squares(cluster, taken)
    job.start()
    cluster.wait_for(1)
    monkeypatch.setattr("aecore.compute.computation.UNSEEN_S", -1)
    cluster.answer(0)
    until(lambda: taken == [(0, 0)])
    assert job.snapshot().status == "stopped"
    monkeypatch.undo()
    job.start()
    cluster.answer(1)
    cluster.answer(2)
    until(lambda: job.snapshot().status == "finished")


@pytest.mark.parametrize("end", ["finished", "stopped"])
def test_a_stop_after_the_end_changes_nothing(taken, end):
    cluster = Cluster()
    job = squares(cluster, taken, total=1)
    job.start()
    cluster.wait_for(1)
    if end == "finished":
        cluster.answer(0)
        until(lambda: job.snapshot().status == "finished")
    else:
        job.stop()
    job.stop()
    assert job.snapshot().status == end


def test_a_computation_goes_some_steps_and_holds(taken):
    cluster = Cluster()
    steps = squares(cluster, taken, total=4)
    steps.start(steps=2)
    for i in range(2):
        cluster.answer(i)
    until(lambda: steps.snapshot().status == "stopped")
    assert [i for i, _ in taken] == [0, 1]
    steps.start()
    for i in range(2, 4):
        cluster.answer(i)
    until(lambda: steps.snapshot().status == "finished")
    assert taken == [(i, i * i) for i in range(4)]


def test_a_paused_computation_takes_the_step_under_way_and_holds(taken):
    cluster = Cluster()
    steps = squares(cluster, taken)
    steps.start()
    cluster.wait_for(1)
    steps.pause()
    assert steps.snapshot().active
    cluster.answer(0)
    until(lambda: steps.snapshot().status == "stopped")
    assert taken == [(0, 0)]
    assert len(cluster.futures) == 1


def test_going_on_while_a_step_is_under_way_takes_the_pause_back(taken):
    cluster = Cluster()
    steps = squares(cluster, taken)
    steps.start()
    cluster.wait_for(1)
    steps.pause()
    steps.start()
    for i in range(3):
        cluster.answer(i)
    until(lambda: steps.snapshot().status == "finished")


def test_a_sentence_for_the_visitor_is_passed_on(taken):
    class Refusing(Cluster):
        def submit(self, function, *args, **_):
            with self.came:
                future = Future()
                future.status = "error"
                future.set_exception(SpecError("Expected codes that differ, but all are the same."))
                return future

    steps = squares(Refusing(), taken, 2)
    steps.start()
    until(lambda: steps.snapshot().status == "failed")
    assert steps.snapshot().error == "Expected codes that differ, but all are the same."
