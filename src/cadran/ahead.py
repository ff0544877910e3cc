"""What is asked for again and again, made ready before somebody asks: in a program that answers many people, a thread
looks whether something has landed, or an evening is over, and brings the answers at hand up to date.

It comes after everybody else: it begins an answer only while nobody waits for one.
"""

from __future__ import annotations

import logging
import threading

from cadran.errors import CadranError
from cadran.served import Served
from cadran.turns import AT_WORK, give_way

_PAUSE = 0.5  # seconds between two looks, which read nothing while nothing lands
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
        asked. Raises what asking raises."""
        if self._served.workspace.settings.engine.is_warehouse:
            return
        self._served.known()
        while self._may_begin() and self._served.answers.make_one_ready():
            pass

    def _run(self) -> None:
        give_way()
        pause = _PAUSE
        while not self._stopped.wait(pause) and _goes_on():
            pause = _AFTER_TROUBLE
            try:
                self.work()
                pause = _PAUSE
            except CadranError as error:  # whoever asks is told the same
                _logger.warning("Nothing could be made ready ahead: %s", error)
            except Exception:
                _logger.exception("Nothing could be made ready ahead.")

    def _may_begin(self) -> bool:
        return AT_WORK.is_idle and not self._stopped.is_set() and _goes_on()


def _goes_on() -> bool:
    """A program whose main thread has ended waits for the others to end."""
    return threading.main_thread().is_alive()
