"""Pauses between steps that the plan does not have: the conductor's machine was too busy to go on at once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from harness.evidence.clocks import one_clock
from harness.runtime.events import Call, Stepped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.evidence.clocks import ClockMap
    from harness.runtime.events import Event
    from harness.runtime.plan import Plan, Step

__all__ = ["pauses"]


def pauses(
    plan: Plan, events: Sequence[Event], clocks: Mapping[str, ClockMap]
) -> Iterator[tuple[Step, Step, int]]:
    """Each step, the one after it, and the nanoseconds that passed between them beyond what the plan says.

    Only around waits for a time, since without one the plan says nothing of moments: the wait follows the step
    before it at once, and the step after it follows its end. Nothing where the hosts and the conductor (host "")
    do not read one clock, since nobody can tell then.
    """
    if "" not in clocks or not one_clock(clocks.values()):
        return
    begun, ended = _moments(plan, events)
    for step, following in pairwise(plan.steps):
        if not (_timed(step) or _timed(following)):
            continue
        left, came = ended.get(step.number), begun.get(following.number)
        if left is not None and came is not None:
            late = came - left
            if _timed(following) and following.number in ended:
                length = int(float(following.arguments["for"]) * 1e9)
                late += max(0, ended[following.number] - came - length)
            yield step, following, late


def _timed(step: Step) -> bool:
    return step.verb == "wait" and "for" in step.arguments


def _moments(plan: Plan, events: Iterable[Event]) -> tuple[dict[int, int], dict[int, int]]:
    """When each step began, and when the conductor could go on to the next one."""
    waits = {step.number for step in plan.steps if step.verb == "wait"}
    begun: dict[int, int] = {}
    ended: dict[int, int] = {}
    for event in events:
        if isinstance(event, Call):
            begun[event.step] = min(event.began, begun.get(event.step, event.began))
        elif isinstance(event, Stepped):
            if event.phase == "begun":
                begun.setdefault(event.step, event.mono)
            if (event.phase == "done") if event.step in waits else (event.phase == "begun"):
                ended[event.step] = event.mono
    return begun, ended
