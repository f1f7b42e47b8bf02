"""What a session tells while it works; the command line shows it, tests collect it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from harness.runtime.events import Event
    from harness.runtime.plan import Plan

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Hears of everything as it happens."""

    def say(self, text: str) -> None:
        """Something worth a line: a build's progress, a lab left out."""

    def begin(self, plan: Plan, lab: str) -> None:
        """A run begins."""

    def event(self, event: Event) -> None:
        """A run's event."""

    def end(self) -> None:
        """The run has ended."""


class Silent:
    """Tells nobody."""

    def say(self, text: str) -> None:
        """Nothing."""

    def begin(self, plan: Plan, lab: str) -> None:
        """Nothing."""

    def event(self, event: Event) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""
