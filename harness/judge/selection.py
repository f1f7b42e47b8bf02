"""Selectors: which calls and connections a finding speaks of (``of that on from after before``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.connections import Connection, connect_step, host_of, port_of, server_host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.criteria import FindingSpec
    from harness.evidence.evidence import Evidence, Seen
    from harness.runtime.events import Call
    from harness.runtime.plan import Plan

__all__ = [
    "Connection",
    "Window",
    "calls_of",
    "connect_step",
    "connections_of",
    "host_of",
    "listener_hosts",
    "port_of",
    "ranges",
    "server_host",
    "window_of",
]


@dataclass(frozen=True, slots=True)
class Window:
    """The time that ``after`` and ``before`` leave, on CLOCK_MONOTONIC; None is open."""

    after: int | None = None
    before: int | None = None

    def holds(self, moment: int | None) -> bool:
        """Whether a moment lies within; a moment nobody can place lies only in a window open on both sides."""
        if moment is None:
            return self.after is None and self.before is None
        return (self.after is None or moment >= self.after) and (self.before is None or moment < self.before)

    def holds_all(self, began: int, ended: int) -> bool:
        """Whether something lies wholly within: begun after, and ended before."""
        return (self.after is None or began >= self.after) and (self.before is None or ended < self.before)


def calls_of(evidence: Evidence, spec: FindingSpec, verb: str | None = None) -> list[Seen[Call]]:
    """The calls a finding selects, ordered by member.

    ``of`` names the group that made the calls, or the sockets they were made on.
    """
    verb = verb or spec.what
    window = window_of(evidence, spec)
    steps = _steps_of(evidence.plan, spec.of)
    found = [
        (number, call)
        for number, call in evidence.calls
        if call.verb == verb
        and (steps is None or call.step in steps)
        and spec.that in (None, call.result)
        and (verb == "connect" or spec.on in (None, call.host))
        and window.holds_all(call.began, call.mono)
    ]
    return sorted(found, key=lambda seen: (seen[1].step, seen[1].index))


def _steps_of(plan: Plan, label: str | None) -> set[int] | None:
    if label is None:
        return None
    return {step.number for step in plan.steps if label in (step.label, step.arguments.get("on"))}


def window_of(evidence: Evidence, spec: FindingSpec) -> Window:
    """The time between the moments at which the groups ``after`` and ``before`` began."""
    return Window(_began(evidence, spec.after), _began(evidence, spec.before))


def _began(evidence: Evidence, label: str | None) -> int | None:
    if label is None:
        return None
    steps = _steps_of(evidence.plan, label) or set()
    # A group that never began: nothing is after it, everything is before it.
    never = 1 << 63
    return min((call.began for _, call in evidence.calls if call.step in steps), default=never)


def connections_of(evidence: Evidence, spec: FindingSpec) -> tuple[list[Connection], int]:
    """The selected members of a connect group, and how many more have no address that tells them apart."""
    found, nameless = [], 0
    for number, call in calls_of(evidence, _of_all_times(spec), "connect"):
        if call.local is None or call.remote is None:
            nameless += 1
        else:
            found.append(Connection(call, number, call.local, call.remote))
    return found, nameless


def _of_all_times(spec: FindingSpec) -> FindingSpec:
    # after and before choose packets and states here, not the connects they belong to.
    return type(spec)(
        name=spec.name, source=spec.source, what=spec.what, take=spec.take, of=spec.of, that=spec.that
    )


def listener_hosts(plan: Plan) -> set[str]:
    """The hosts that listen."""
    return {step.host for step in plan.steps if step.verb == "listen" and step.host}


def ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers as [first, last] pairs of unbroken runs."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
