"""Hosts whose agent runs on another stack than their observer: gVisor's, in a container beside an ordinary one.

The observer captures every packet. But its clock, its socket table, its counters and its sysctls are those of the
kernel it runs on, and that kernel is no part of the experiment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.evidence.clocks import ClockMap
from harness.runtime.events import Call, Cannot, Clock, Counters, Ended, Queue, Setting, Socket, Started, Stepped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.runtime.events import Event

__all__ = ["facts_of", "on_one_clock", "telling"]

_AGENTS = (Call, Queue, Stepped)
_SHOWS: Mapping[type[Event], str] = {
    Setting: "settings",
    Socket: "socket table",
    Counters: "counters",
    Queue: "TCP_INFO",
}
"""What an event tells of, in a Cannot's words."""


def facts_of(events: Iterable[Event]) -> dict[str, dict[str, Any]]:
    """What each host is: as its observer found it, but stack and kernel as its agent did."""
    observers, agents = _started(events)
    return {host: {**observers.get(host, {}), **_own(agents.get(host, {}))} for host in {**observers, **agents}}


def _own(facts: Mapping[str, Any]) -> dict[str, Any]:
    """An agent's facts of its stack; none where it says nothing of that."""
    names = ("stack", "kernel", "version", "machine", "hz", "clock_source", "cpus")
    return {name: facts[name] for name in names if name in facts} if "stack" in facts else {}


def _started(events: Iterable[Event]) -> tuple[dict[str, Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
    found: dict[str, dict[str, Mapping[str, Any]]] = {"observer": {}, "agent": {}}
    for event in events:
        if isinstance(event, Started) and event.process in found:
            found[event.process][event.host] = event.facts
    return found["observer"], found["agent"]


def _apart(events: Iterable[Event]) -> set[str]:
    """The hosts whose two processes run on different stacks."""
    observers, agents = _started(events)
    return {
        host
        for host, facts in agents.items()
        if "stack" in facts and host in observers and observers[host].get("stack") != facts["stack"]
    }


def telling(events: Sequence[Event]) -> list[Event | None]:
    """The events, None for each that says nothing of its host: what the host itself cannot show."""
    cannot = {(event.host, event.need) for event in events if isinstance(event, Cannot)}
    return [None if (event.host, _SHOWS.get(type(event))) in cannot else event for event in events]


def on_one_clock(events: Sequence[Event]) -> list[Event]:
    """The events, the agents' moments on their observers' CLOCK_MONOTONIC where the two have clocks of their own.

    gVisor's begins when its sandbox does; its CLOCK_REALTIME is the machine's. So the distance of both clocks,
    read by each process, tells how far apart the monotonic ones are. Without a pair from both nothing is moved.
    """
    shifts = {host: shift for host in _apart(events) if (shift := _shift(events, host)) is not None}
    return [_moved(event, shifts[event.host]) if event.host in shifts else event for event in events]


def _shift(events: Iterable[Event], host: str) -> int | None:
    clocks = [event for event in events if isinstance(event, Clock) and event.host == host]
    agent, observer = (
        ClockMap.of(clock for clock in clocks if clock.process == process).distance
        for process in ("agent", "observer")
    )
    return None if agent is None or observer is None else agent - observer


def _moved(event: Event, shift: int) -> Event:
    ours = isinstance(event, _AGENTS) or (
        isinstance(event, Clock | Cannot | Started | Ended) and event.process == "agent"
    )
    if not ours:
        return event
    if isinstance(event, Call):
        return replace(event, mono=event.mono + shift, began=event.began + shift)
    return replace(event, mono=event.mono + shift)
