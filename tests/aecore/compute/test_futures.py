"""Jobs are done in order, none holds up the others, and one that fails does not end the rest."""

import threading

from aecore.compute.futures import Dispatcher, run_later


def test_jobs_are_done_one_at_a_time_in_order_on_another_thread():
    dispatcher, done, all_done = Dispatcher(), [], threading.Event()
    for number in range(20):
        dispatcher.put(lambda number=number: done.append((number, threading.current_thread())))
    dispatcher.put(all_done.set)
    assert all_done.wait(10)
    assert [number for number, _ in done] == list(range(20))
    assert {thread for _, thread in done} != {threading.current_thread()}
    assert len({thread for _, thread in done}) == 1


def test_a_job_with_a_delay_holds_up_no_others():
    dispatcher, order, all_done = Dispatcher(), [], threading.Event()
    dispatcher.put(lambda: (order.append("later"), all_done.set()), delay_s=0.3)
    dispatcher.put(lambda: order.append("now"))
    assert all_done.wait(10)
    assert order == ["now", "later"]


def test_a_job_that_fails_is_logged_and_the_next_one_done(caplog):
    dispatcher, done = Dispatcher(), threading.Event()
    dispatcher.put(lambda: 1 / 0)
    dispatcher.put(done.set)
    assert done.wait(10)
    assert "ZeroDivisionError" in caplog.text


def test_run_later_waits_for_nobody():
    held, done = threading.Event(), threading.Event()
    run_later(lambda: held.wait(10) and done.set())
    assert not done.is_set()
    held.set()
    assert done.wait(10)
