"""A task is seen through: lost ones are submitted again, suspects by themselves, and condemned ones are given up."""

import threading
from concurrent.futures import Future

import pytest

from aecore.compute.task_keys import SLICE, SUSPECTED
from aecore.compute.task_sequence import CondemnedError, Task, TaskSequence


class ScriptedFuture(Future):
    """A task's future, which the test ends."""

    status = "pending"

    def cancel(self) -> bool:
        self.end("cancelled")
        return True

    def end(self, status: str, result: object = None, error: Exception | None = None) -> None:
        self.status = status
        if error:
            self.set_exception(error)
        else:
            self.set_result(result)


class ScriptedCluster:
    """Notes what is submitted; how each task ends is the test's affair."""

    def __init__(self):
        self.ready, self.losses, self.on_connect = True, 0, set()
        self.futures: list[ScriptedFuture] = []
        self.asked: list[dict] = []
        self.refusals = 0
        self.condemned_futures, self.suspected_futures = [], []

    def submit(self, function, *args, **settings) -> ScriptedFuture:
        if self.refusals:
            self.refusals -= 1
            raise OSError("gone")
        self.asked.append({"args": args} | settings)
        self.futures.append(ScriptedFuture())
        return self.futures[-1]

    def when_done(self, future, function) -> None:
        future.add_done_callback(function)

    def condemned(self, future) -> bool:
        return future in self.condemned_futures

    def suspected(self, future) -> bool:
        return future in self.suspected_futures


@pytest.fixture
def cluster() -> ScriptedCluster:
    return ScriptedCluster()


@pytest.fixture
def delays() -> list[float]:
    """The delay of every job that was dispatched."""
    return []


@pytest.fixture
def came() -> list:
    """What the sequence has passed on: results and errors."""
    return []


@pytest.fixture
def sequence(cluster, delays, came) -> TaskSequence:
    """A sequence that does at once, in this thread, what it would do soon in another."""

    def dispatch(job, delay_s=0.0):
        delays.append(delay_s)
        job()

    return TaskSequence(
        cluster,
        lambda: Task(abs, (len(came),), alone=False, key_prefix=SLICE),
        came.append,
        came.append,
        lock=threading.RLock(),
        dispatch=dispatch,
        patience=3,
    )


def test_a_task_is_pending_until_its_result_has_come(cluster, sequence, came):
    assert (sequence.pending, sequence.waiting_since) == (False, None)
    sequence.submit()
    assert sequence.pending
    assert sequence.waiting_since is not None
    assert (cluster.asked[0]["args"], cluster.asked[0]["train"], cluster.asked[0]["alone"]) == ((0,), True, False)
    assert cluster.asked[0]["key"].startswith(SLICE)
    cluster.futures[0].end("finished", "result")
    assert came == ["result"]
    assert (sequence.pending, sequence.waiting_since) == (False, None)
    assert not cluster.on_connect


def test_a_cancelled_task_is_given_up_and_what_it_came_to_ignored(cluster, sequence, came):
    sequence.submit()
    sequence.cancel()
    assert cluster.futures[0].status == "cancelled"
    assert (sequence.pending, came, len(cluster.futures)) == (False, [], 1)
    sequence.cancel()  # once more changes nothing


def test_without_a_connection_nothing_is_sent_until_there_is_one(cluster, sequence):
    cluster.ready = False
    sequence.submit()
    assert sequence.pending
    assert not cluster.futures
    cluster.ready = True
    for function in list(cluster.on_connect):
        function()
    assert len(cluster.futures) == 1


def test_a_new_connection_gets_the_task_again_and_the_old_ones_answer_is_ignored(cluster, sequence, came):
    sequence.submit()
    cluster.losses += 1
    for function in list(cluster.on_connect):
        function()
    assert sequence.interrupted
    cluster.futures[0].end("finished", "old")
    cluster.futures[1].end("finished", "new")
    assert came == ["new"]
    sequence.submit()
    assert not sequence.interrupted


def test_a_lost_task_is_tried_again_at_once_and_then_after_a_moment_without_holding_up_others(
    cluster, sequence, delays
):
    cluster.refusals = 2
    sequence.submit()
    assert len(cluster.futures) == 1
    assert delays[:2] == [0.0, 0.0]
    assert delays[2] > 0


@pytest.mark.parametrize("loss", ["a result that is gone", "a death that Dask blames on it", "taken back"])
def test_what_was_lost_with_a_worker_is_computed_again(cluster, sequence, came, loss):
    class KilledWorker(Exception):  # noqa: N818  (as Dask calls it)
        pass

    sequence.submit()
    if loss == "a result that is gone":
        cluster.futures[0].end("lost", error=TimeoutError())
    elif loss == "taken back":
        cluster.futures[0].cancel()
    else:
        cluster.futures[0].end("error", error=KilledWorker())
    cluster.futures[1].end("finished", "result")
    assert came == ["result"]


def test_patience_ends_and_begins_anew_with_every_result(cluster, sequence, came):
    for _ in range(2):
        cluster.refusals = 3
        sequence.submit()
        cluster.futures[-1].end("finished", "result")
    cluster.refusals = 4
    sequence.submit()
    assert came[:2] == ["result", "result"]
    assert isinstance(came[2], OSError)
    assert not sequence.pending


def test_a_suspect_gets_a_worker_to_itself_until_it_has_come_back(cluster, sequence):
    sequence.submit()
    cluster.suspected_futures.append(cluster.futures[0])
    cluster.futures[0].cancel()
    cluster.futures[1].cancel()  # for another reason
    for asked in cluster.asked[1:]:
        assert asked["alone"]
        assert asked["key"].startswith(SUSPECTED)
    cluster.futures[2].end("finished")
    sequence.submit()
    assert not cluster.asked[3]["alone"]


def test_what_worker_after_worker_died_of_is_given_up(cluster, sequence, came):
    sequence.submit()
    cluster.condemned_futures.append(cluster.futures[0])
    cluster.futures[0].cancel()
    assert isinstance(came[0], CondemnedError)
    assert (sequence.pending, len(cluster.futures)) == (False, 1)


def test_an_error_on_the_worker_is_passed_on_at_once(cluster, sequence, came):
    sequence.submit()
    cluster.futures[0].end("error", error=ValueError("no"))
    assert isinstance(came[0], ValueError)
    assert len(cluster.futures) == 1


def test_a_task_cancelled_while_it_is_being_submitted_is_given_up(cluster, sequence):
    submit = cluster.submit

    def submit_and_cancel(*args, **settings):
        future = submit(*args, **settings)
        sequence.cancel()
        return future

    cluster.submit = submit_and_cancel
    sequence.submit()
    assert cluster.futures[0].status == "cancelled"
    assert not sequence.pending
