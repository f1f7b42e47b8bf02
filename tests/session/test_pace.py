from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from harness.session.pace import Pace


def test_held_runs_begin_only_when_all_stand():
    pace = Pace(3, None, paced=True)
    order = []
    passed = threading.Semaphore(0)

    def stands(number):
        pace.admit()
        order.append(("stands", number))
        pace.stands()
        order.append(("begins", number))
        passed.release()

    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(stands, number) for number in range(2)]
        assert not passed.acquire(timeout=0.2)
        waiting.append(pool.submit(stands, 2))
        for each in waiting:
            each.result(timeout=5)
    assert [what for what, _ in order] == ["stands"] * 3 + ["begins"] * 3


def test_one_that_dies_early_holds_nobody():
    pace = Pace(2, None, paced=True)
    with ThreadPoolExecutor(1) as pool:
        pace.admit()
        held = pool.submit(pace.stands)
        pace.admit()
        pace.left(stood=False, performed=False)
        held.result(timeout=5)
        pool.submit(pace.performed).result(timeout=5)


def test_boxes_are_not_held():
    pace = Pace(2, None, paced=False)
    with ThreadPoolExecutor(1) as pool:
        pace.admit()
        pool.submit(pace.stands).result(timeout=5)
        pool.submit(pace.performed).result(timeout=5)


def test_boxes_come_up_one_after_another():
    pace = Pace(2, None, paced=False)
    pace.admit()
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(pace.admit)
        assert not second.done()
        pace.stands()
        second.result(timeout=5)


def test_fewer_workers_than_runs_are_not_held():
    pace = Pace(3, 2, paced=True)
    with ThreadPoolExecutor(1) as pool:
        pace.admit()
        pool.submit(pace.stands).result(timeout=5)
        pace.admit()
        pool.submit(pace.stands).result(timeout=5)
        third = pool.submit(pace.admit)
        assert not third.done()
        pace.left(stood=True, performed=True)
        third.result(timeout=5)


def test_in_a_hurry_nobody_is_held():
    pace = Pace(2, None, paced=True)
    with ThreadPoolExecutor(1) as pool:
        pace.admit()
        held = pool.submit(pace.stands)
        pace.hurry()
        held.result(timeout=5)
        pool.submit(pace.performed).result(timeout=5)
