"""Pace: when runs that go on at once may come up, begin and go down, so that none makes another's timers late."""

from __future__ import annotations

import os
import threading

__all__ = ["LOOK", "Pace", "processors"]

LOOK = 0.2
"""Seconds after which a wait begins anew: of a signal that comes just as the wait for a lock begins, Python takes
note, and goes on waiting."""

_APART = 0.05
"""Seconds between two runs that begin after having waited for each other."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


class Pace:
    """Lets runs through, called from the runs' threads.

    Coming up and going down is what costs processors. A box of namespaces comes up in a tenth of a second, so
    boxes do it one after another and go on. Containers take seconds of the engine's work, enough to make every
    sampler late: where all runs go on at once, they begin when all labs stand, and go down when all have ended.

    Args:
        runs: how many there will be.
        workers: how many may be under way at a time; None: all.
        paced: whether the labs perform no faster than their events are taken, so that they can be held.
        timed: whether timers go by this machine's clock, so that a lab that comes up makes another's late.
    """

    def __init__(self, runs: int, workers: int | None, *, paced: bool, timed: bool = True) -> None:
        at_once = workers is None or workers >= runs
        self._hold = at_once and paced
        self._under_way = threading.Semaphore(runs if at_once else max(1, workers or 1))
        coming_up = 2 * processors() if self._hold else 1
        self._coming_up = threading.Semaphore(coming_up if timed else max(1, runs))
        self._begin = _Gate(runs, _APART)
        self._end = _Gate(runs, 0)

    def admit(self) -> None:
        """Wait until another run may come up; in the thread that starts them, which an interrupt reaches."""
        for gate in (self._under_way, self._coming_up):
            while not gate.acquire(timeout=LOOK):
                pass

    def stands(self) -> None:
        """A run's lab stands; returns when its steps may begin."""
        self._coming_up.release()
        self._begin.arrive(hold=self._hold)

    def performed(self) -> None:
        """A run's steps have ended; returns when its lab may go down."""
        self._end.arrive(hold=self._hold)

    def left(self, *, stood: bool, performed: bool) -> None:
        """A run has ended, perhaps before it stood or had performed: nobody waits for it any more."""
        if not stood:
            self._coming_up.release()
            self._begin.arrive(hold=False)
        if not performed:
            self._end.arrive(hold=False)
        self._under_way.release()

    def hurry(self) -> None:
        """Hold nobody any more."""
        self._begin.open()
        self._end.open()


class _Gate:
    """Holds who arrives until all are there; then lets them through, so far apart in seconds."""

    def __init__(self, expected: int, apart: float) -> None:
        self._missing = expected
        self._apart = apart
        self._open = threading.Event()
        self._hurry = threading.Event()
        self._counting = threading.Lock()
        self._passing = threading.Lock()

    def arrive(self, *, hold: bool) -> None:
        with self._counting:
            self._missing -= 1
            if self._missing <= 0:
                self._open.set()
        if hold:
            self._open.wait()
            with self._passing:
                self._hurry.wait(self._apart)

    def open(self) -> None:
        self._open.set()
        self._hurry.set()
