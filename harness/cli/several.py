"""Progress of several runs at once, on stderr: one live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

from harness.cli.progress import live_line
from harness.report.text import printable
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.runtime.events import Event
    from harness.runtime.plan import Plan

__all__ = ["ShownSeveral"]

_LEAST_PAUSE = 0.1


class ShownSeveral:
    """Shows what several runs tell, from any thread."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._lock = threading.RLock()
        self._expected = 0
        self._done = 0
        self._running: list[str] = []
        self._shown = 0.0
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        """Something worth a line."""
        with self._lock:
            self._clear()
            print(printable(text), file=sys.stderr, flush=True)
            self._show()

    def expect(self, names: Sequence[str]) -> None:
        """The runs there will be."""
        with self._lock:
            self._expected += len(names)

    def of(self, name: str) -> _One:
        """What hears of one run."""
        return _One(self, name)

    def ended(self, name: str, verdict: Verdict, reason: str | None) -> None:
        """A run has its outcome."""
        with self._lock:
            self._done += 1
            if name in self._running:
                self._running.remove(name)
            why = f": {reason}" if reason and verdict is not Verdict.PASS else ""
            if not self._live or why:
                self.say(f"{name}: {verdict.value}{why}")
            elif self._done == self._expected:
                self._clear()
            else:
                self._show()

    def began(self, name: str, lab: str, limit: float) -> None:
        """A run begins."""
        with self._lock:
            self._running.append(name)
            if not self._live:
                self.say(f"{name}: making the {lab} lab (at most {limit:g} s of experiment)")

    def tick(self) -> None:
        """Something happened: time goes on."""
        if self._live and time.monotonic() - self._shown > _LEAST_PAUSE:
            with self._lock:
                self._show()

    def close(self) -> None:
        """Nothing is shown any more."""
        with self._lock:
            self._clear()
            self._live = False

    def _show(self) -> None:
        if not self._live or not self._running:
            return
        self._shown = time.monotonic()
        seconds = self._shown - self._began
        text = f"{seconds:5.1f} s  {self._done} of {self._expected} done, running: {', '.join(self._running)}"
        live_line(text)

    def _clear(self) -> None:
        if self._live:
            live_line("")


class _One:
    """Hears of one run and passes on what is worth showing."""

    def __init__(self, shown: ShownSeveral, name: str) -> None:
        self._shown = shown
        self._name = name

    def say(self, text: str) -> None:
        self._shown.say(f"{self._name}: {text}")

    def begin(self, plan: Plan, lab: str) -> None:
        self._shown.began(self._name, lab, plan.limit)

    def event(self, _event: Event) -> None:
        self._shown.tick()

    def end(self) -> None:
        self._shown.tick()
