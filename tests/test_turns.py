"""Computing in turns: the same thing once, and few things at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from cadran.turns import AT_WORK, Turns


def test_two_compute_and_the_third_waits() -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    def compute() -> None:
        with AT_WORK:
            inside.release()
            leave.wait()

    with ThreadPoolExecutor(3) as people:
        asked = [people.submit(compute) for _ in range(3)]
        assert inside.acquire(timeout=10)
        assert inside.acquire(timeout=10)
        assert not inside.acquire(timeout=0.2)
        leave.set()
        assert inside.acquire(timeout=10)
        assert [each.result(timeout=10) for each in asked] == [None] * 3


def test_one_at_a_time_for_the_same_thing_and_others_go_on() -> None:
    turns, inside, leave = Turns(), threading.Semaphore(0), threading.Event()

    def work(thing: str) -> None:
        with turns.of(thing):
            inside.release()
            leave.wait()

    with ThreadPoolExecutor(3) as people:
        asked = [people.submit(work, thing) for thing in ("one", "other", "one")]
        assert inside.acquire(timeout=10)
        assert inside.acquire(timeout=10)
        assert not inside.acquire(timeout=0.2)
        leave.set()
        assert [each.result(timeout=10) for each in asked] == [None] * 3
