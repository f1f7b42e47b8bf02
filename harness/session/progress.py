"""What a session tells while it works; the command line shows it, tests collect it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.result import Verdict
    from harness.runtime.events import Event
    from harness.runtime.plan import Plan

__all__ = ["Progress", "Several", "Silent", "SilentSeveral"]


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


class Several(Protocol):
    """Hears of several runs at once, from several threads."""

    def say(self, text: str) -> None:
        """Something worth a line."""

    def expect(self, names: Sequence[str]) -> None:
        """The runs there will be."""

    def of(self, name: str) -> Progress:
        """What hears of one run."""

    def ended(self, name: str, verdict: Verdict, reason: str | None) -> None:
        """A run has its outcome."""


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


class SilentSeveral:
    """Tells nobody."""

    def say(self, text: str) -> None:
        """Nothing."""

    def expect(self, names: Sequence[str]) -> None:
        """Nothing."""

    def of(self, name: str) -> Silent:  # noqa: ARG002 (the protocol's)
        """Tells nobody."""
        return Silent()

    def ended(self, name: str, verdict: Verdict, reason: str | None) -> None:
        """Nothing."""
