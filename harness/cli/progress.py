"""Progress on stderr: one live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING

from harness.report.text import printable
from harness.runtime.events import Call, Stepped

if TYPE_CHECKING:
    from harness.runtime.events import Event
    from harness.runtime.plan import Plan

__all__ = ["Shown", "live_line"]

_LEAST_PAUSE = 0.1
_REPORTS = ("terminal", "ladder", "ladder_choice", "ladder_text")


def _load() -> None:
    """Import what shows the run's end: 80 ms, spent while the lab comes up."""
    for name in _REPORTS:
        import_module(f"harness.report.{name}")


def live_line(text: str) -> None:
    """Put a text in place of the terminal's last line, cut to its width; "" clears the line."""
    columns = shutil.get_terminal_size().columns
    sys.stderr.write("\r\x1b[K" + printable(text)[: columns - 1])
    sys.stderr.flush()


class Shown:
    """Shows what a session tells."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._plan: Plan | None = None
        self._began = 0.0
        self._shown = 0.0
        self._calls: Counter[str] = Counter()
        self._step = ""

    def say(self, text: str) -> None:
        """Something worth a line."""
        self._clear()
        print(printable(text), file=sys.stderr, flush=True)

    def begin(self, plan: Plan, lab: str) -> None:
        """A run begins."""
        threading.Thread(target=_load, name="imports").start()
        self._plan = plan
        self._began = time.monotonic()
        self._calls.clear()
        self._step = "making the lab"
        if self._live:
            self._show()
        else:
            self.say(f"{plan.experiment}: making the {lab} lab (at most {plan.limit:g} s of experiment)")

    def event(self, event: Event) -> None:
        """A run's event."""
        if isinstance(event, Call):
            self._calls[event.result] += 1
        elif isinstance(event, Stepped) and event.phase == "begun":
            self._note(event.step)
        if self._live and time.monotonic() - self._shown > _LEAST_PAUSE:
            self._show()

    def _note(self, number: int) -> None:
        assert self._plan is not None  # noqa: S101 (steps come after begin)
        step = self._plan.steps[number - 1]
        words = [step.host or "", step.verb, step.label or str(step.arguments.get("of", ""))]
        what = " ".join(word for word in words if word)
        self._step = f"step {number} of {len(self._plan.steps)}: {what}"
        if not self._live:
            self.say(f"{self._plan.experiment}: {self._step}")

    def end(self) -> None:
        """The run has ended."""
        self._clear()

    def _show(self) -> None:
        assert self._plan is not None  # noqa: S101 (shown only between begin and end)
        self._shown = time.monotonic()
        seconds = self._shown - self._began
        calls = ", ".join(f"{number} {result}" for result, number in sorted(self._calls.items()))
        text = f"{self._plan.experiment}  {seconds:5.1f} s  {self._step}" + (f"  calls: {calls}" if calls else "")
        live_line(text)

    def _clear(self) -> None:
        if self._live:
            live_line("")
