"""One run among several, in a thread of its own."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from harness.errors import HarnessError, LabError
from harness.runtime.events import Ended, Started
from harness.session.outcome import Outcome
from harness.session.pace import LOOK
from harness.session.run import perform

if TYPE_CHECKING:
    from harness.lab.interface import Stop
    from harness.runtime.events import Event
    from harness.runtime.plan import Plan
    from harness.session.pace import Pace
    from harness.session.prepare import Prepared
    from harness.session.progress import Progress, Several
    from harness.session.run import Chosen

__all__ = ["Kind", "Ready", "Work"]


class Kind(Enum):
    """Kinds of labs that go together, in the order in which they are performed."""

    REAL = "real time, up in a moment"
    PACED = "real time, held until all stand"
    VIRTUAL = "virtual time"


@dataclass(frozen=True, slots=True)
class Ready:
    """A run that can be started: its name in the progress, what was prepared, its lab and image."""

    name: str
    prepared: Prepared
    chosen: Chosen

    @property
    def kind(self) -> Kind:
        """What it can be performed together with."""
        lab = self.chosen.lab
        if lab.default_mode == "full":
            return Kind.VIRTUAL
        return Kind.PACED if lab.paced else Kind.REAL


class Work:
    """A run that is performed and judged in its thread.

    Attributes:
        ready: what is performed.
        outcome: what became of it, once ``wait`` has returned without ``stop`` having been asked for.
    """

    def __init__(self, ready: Ready, progress: Several, pace: Pace, stop: Stop) -> None:
        self.ready = ready
        self.outcome: Outcome
        self._progress = progress
        self._pace = pace
        self._stop = stop
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start its thread, once ``Pace.admit`` has let it."""
        self._thread = threading.Thread(target=self._work, name=self.ready.name)
        self._thread.start()

    def wait(self) -> None:
        """Wait for its end; at once where it never began. An interrupt comes through."""
        if self._thread is not None and self._thread.ident is not None:
            while not self._ended.wait(LOOK):
                pass
            self._thread.join()

    def _work(self) -> None:
        heard = _Heard(self._progress.of(self.ready.name), self._pace)
        try:
            outcome = self._perform(heard)
            if outcome is not None:
                self.outcome = outcome
                self._progress.ended(self.ready.name, outcome.result.verdict, outcome.result.reason)
        finally:
            self._pace.left(stood=heard.stood, performed=heard.performed)
            self._ended.set()

    def _perform(self, heard: _Heard) -> Outcome | None:
        """What became of it; None where it was stopped."""
        request = self.ready.prepared.request
        try:
            ran = perform(self.ready.prepared, self.ready.chosen, heard, self._stop)
        except KeyboardInterrupt:
            return None  # whoever asked for that tells the user
        except HarnessError as error:
            return Outcome.failed(request, error)
        except Exception as error:  # noqa: BLE001 (an engine that dies under one run must not take the others along)
            return Outcome.failed(request, LabError(f"{type(error).__name__}: {error}"))
        return Outcome(request, ran.result, entry=ran.entry)


class _Heard:
    """Passes a run's progress on, and keeps its pace: an event that is not taken holds a lab that is paced."""

    def __init__(self, progress: Progress, pace: Pace) -> None:
        self.stood = False
        self.performed = False
        self._progress = progress
        self._pace = pace
        self._starting = 0
        self._observing = 0

    def say(self, text: str) -> None:
        self._progress.say(text)

    def begin(self, plan: Plan, lab: str) -> None:
        self._starting = 2 * len(plan.hosts)  # an agent and an observer each
        self._observing = len(plan.hosts)
        self._progress.begin(plan, lab)

    def event(self, event: Event) -> None:
        self._progress.event(event)
        if isinstance(event, Started) and event.process in {"agent", "observer"}:
            self._starting -= 1
            if self._starting == 0:
                self.stood = True
                self._pace.stands()
        elif isinstance(event, Ended) and event.process == "observer":
            self._observing -= 1
            if self._observing == 0 and self.stood:
                self.performed = True
                self._pace.performed()

    def end(self) -> None:
        self._progress.end()
