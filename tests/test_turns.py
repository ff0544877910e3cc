"""Computing in turns: the same thing once, and few things at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cadran.turns import AT_WORK, Places, Turns


def test_two_compute_and_the_third_waits() -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    def compute() -> None:
        with AT_WORK.taken():
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


def test_who_has_a_place_takes_no_other_and_gives_it_back_once() -> None:
    places, inside = Places(1, light=1), threading.Event()

    def compute() -> None:
        with places.taken():
            inside.set()

    with ThreadPoolExecutor(1) as people:
        with places.taken():
            with places.taken():
                pass
            asked = people.submit(compute)
            assert not inside.wait(0.2)  # the outer one still holds it
        assert inside.wait(10)
        asked.result(timeout=10)


def test_a_place_is_given_back_where_the_work_fails() -> None:
    places = Places(1, light=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), places.taken():
            raise ZeroDivisionError


def test_it_is_idle_while_nobody_has_a_place() -> None:
    places = Places(2, light=1)
    assert places.is_idle
    with places.taken(), places.taken():
        assert not places.is_idle
    assert places.is_idle
    with places.lightly(), places.taken():
        assert not places.is_idle
    with pytest.raises(ZeroDivisionError), places.taken():
        raise ZeroDivisionError
    assert places.is_idle


def test_what_is_light_does_not_wait_for_what_is_heavy() -> None:
    places, inside = Places(1, light=1), threading.Event()

    def compute() -> None:
        with places.lightly(), places.taken(), places.taken():
            inside.set()

    with ThreadPoolExecutor(1) as people:
        with places.taken():
            asked = people.submit(compute)
            assert inside.wait(10)
            asked.result(timeout=10)
            with places.lightly(), places.taken():  # who has a place already takes no other, a light one neither
                assert people.submit(compute).result(timeout=10) is None
        with places.taken():  # and what is asked for after it is heavy again
            inside.clear()
            people.submit(compute).result(timeout=10)
            assert inside.is_set()


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
