"""What is asked for again and again, made ready before somebody asks: in a program that answers many people, a thread
looks whether something has landed, or an evening is over, and brings the answers at hand up to date.

It comes after everybody else: it begins an answer only while nobody waits for one, and nobody writes.
"""

from __future__ import annotations

import logging
import threading
import time

from cadran.errors import CadranError
from cadran.served import Served
from cadran.store.lock import WRITERS, is_held
from cadran.turns import AT_WORK, give_way

_PAUSE = 0.5  # seconds between two looks, which read little while nothing lands
_AFTER_TROUBLE = 10.0
_logger = logging.getLogger("cadran")


class Ahead:
    """Works for one company that is kept open, from `start` until `stop`, or until the program ends."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ahead")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns once what it was at is done."""
        self._stopped.set()
        self._thread.join()

    def work(self) -> None:
        """Make ready what can be, as long as nobody asks for anything. Of a warehouse nothing is at hand: it is not
        asked. Raises trouble with the company, its store and the engine."""
        if self._served.workspace.settings.engine.is_warehouse:
            return
        self._served.known()
        if threading.current_thread() is self._thread:
            give_way()  # once the store is open: the engine's threads are as polite as whoever opens it
        while self._may_begin() and self._served.answers.make_one_ready():
            pass

    def _run(self) -> None:
        begins = time.monotonic()
        while not self._stopped.wait(_PAUSE) and _goes_on():
            if time.monotonic() < begins:
                continue
            try:
                self.work()
            except CadranError as error:  # whoever asks is told the same
                begins = time.monotonic() + _AFTER_TROUBLE
                _logger.warning("Nothing could be made ready ahead: %s", error)
            except Exception:
                begins = time.monotonic() + _AFTER_TROUBLE
                _logger.exception("Nothing could be made ready ahead.")

    def _may_begin(self) -> bool:
        if self._stopped.is_set() or not _goes_on() or not AT_WORK.is_idle:
            return False
        return not is_held(self._served.workspace.store / WRITERS)


def _goes_on() -> bool:
    """A program whose main thread has ended waits for the others to end."""
    return threading.main_thread().is_alive()
