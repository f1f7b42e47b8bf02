"""What a lab is: something that performs a plan and hands out events."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.events import Event
    from harness.runtime.plan import Plan

__all__ = ["Lab", "Need", "Order", "Probe", "Stop"]


class Stop:
    """A wish that runs end early. It can be waited for with ``select``, beside a lab's own descriptors."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self.asked = False

    def fileno(self) -> int:
        """A descriptor that is readable from the moment the wish is made."""
        return self._read

    def ask(self) -> None:
        """Make the wish; once is enough."""
        if not self.asked:
            self.asked = True
            os.close(self._write)

    def close(self) -> None:
        """Let go of the descriptors, when no lab waits for it any more."""
        self.ask()
        os.close(self._read)


@dataclass(frozen=True, slots=True)
class Order:
    """One performance: the run's id, the plan, and whether to leave the lab up afterwards.

    ``references`` maps a host's image name to the engine's reference for it (docker only). ``stop``: somebody
    who may want it to end early, from another thread.
    """

    run: str
    plan: Plan
    references: dict[str, str]
    keep: bool = False
    stop: Stop | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a lab needs, for `harness doctor`: there or missing, and the command that mends it.

    ``way``: for a lab that can be made in several ways, the one that needs it; one whole way is enough.
    """

    name: str
    there: bool
    detail: str
    mend: str | None = None
    way: str | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a lab can work here: cheap to ask (milliseconds), decided before anything starts."""

    usable: bool
    reason: str
    mend: str | None = None


class Lab(Protocol):
    """A kind of lab. Implementations: ``docker``, ``netns``, ``vm``.

    ``default_mode``: ``quick``, or ``full`` where waiting costs nothing.
    ``shortens``: whether its hosts take the sysctls that the quick mode shortens waits with.
    ``paced``: it performs no faster than its events are taken, so that whoever takes them can hold it.
    """

    name: str
    default_image: str
    default_mode: Literal["quick", "full"]
    shortens: bool
    paced: bool

    def probe(self) -> Probe:
        """Whether this machine can make such a lab."""

    def needs(self) -> list[Need]:
        """What the lab needs, and what is there."""

    def warm_up(self) -> None:
        """Start what needs no plan, to run beside the reading of the experiment. ``close`` ends it."""

    def close(self) -> None:
        """End what ``warm_up`` started, where ``perform`` has not used it."""

    def perform(self, order: Order) -> Iterator[Event]:
        """Make the lab, perform the plan, hand out every event as it comes, take the lab down.

        The iterator is a generator: closing it, an exception in it, or its end all take the lab down.

        Raises:
            LabMissing: this machine cannot make such a lab.
            SettingAbsent: the kernel has no such sysctl.
            SettingRefused: the kernel refused a sysctl's value.
            LabError: the lab could not be made, or died.
            KeyboardInterrupt: the order's ``stop`` was asked for. A lab may leave noticing that to whoever takes
                its events; they come once a second at least.
        """

    def entry(self, order: Order) -> list[str]:
        """With ``keep``: the commands that enter the hosts, one a line."""

    def clean(self) -> list[str]:
        """Remove what dead runs and kept labs left, and say what was removed. Live runs are not touched."""
