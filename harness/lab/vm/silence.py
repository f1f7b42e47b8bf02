"""When a guest that says nothing has hung: told by what its QEMU does meanwhile, not by the time that passes here.

In virtual time nobody waits: a guest either works, and says something now and then (its samplers look at least
each time that 2 % more time has passed), or its clock jumps. The longest silence measured, with 10,000 clients, is
2.6 s of QEMU's processor time. A machine that is busy, stopped or asleep makes no guest silent: QEMU does
not run then.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

__all__ = ["BUSY_SECONDS", "IDLE_SECONDS", "Silence"]

BUSY_SECONDS = 60.0
"""Processor time that QEMU may use while its guest says nothing."""

IDLE_SECONDS = 10.0
"""Time in which QEMU may do nothing at all: its guest waits for what never comes."""

_TICK = os.sysconf("SC_CLK_TCK")
_LITTLE = 0.02
"""The share of one processor that a QEMU uses whose guest stands still."""


class Silence:
    """A machine's silence, looked at once in a while.

    Args:
        pid: QEMU's process id.
    """

    def __init__(self, pid: int) -> None:
        self._process = Path(f"/proc/{pid}")
        self.heard()

    def heard(self) -> None:
        """It said something."""
        self._began = self._busy = self._used()
        self._at = time.monotonic()
        self._idle = 0.0

    def too_long(self) -> str | None:
        """What speaks for a guest that hung; None while nothing does."""
        now, busy = time.monotonic(), self._used()
        if self._asleep() and busy - self._busy <= _LITTLE * (now - self._at):
            self._idle += now - self._at
        self._at, self._busy = now, busy
        if busy - self._began > BUSY_SECONDS:
            return f"it worked for {BUSY_SECONDS:.0f} s and said nothing"
        if self._idle > IDLE_SECONDS:
            return f"it stood still for {IDLE_SECONDS:.0f} s"
        return None

    def _used(self) -> float:
        """Processor time used so far, of all threads (man 5 proc: utime, stime)."""
        words = self._stat(self._process / "stat")
        return (int(words[11]) + int(words[12])) / _TICK if words else 0.0

    def _asleep(self) -> bool:
        """Whether no thread wants to run."""
        states = [self._stat(task)[:1] for task in self._process.glob("task/*/stat")]
        return all(state in ([], ["S"]) for state in states)

    def _stat(self, path: Path) -> list[str]:
        """The words after the process's name; none where it has ended."""
        try:
            return path.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            return []
