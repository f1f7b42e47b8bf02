"""Evidence: a run's events put in order, so that findings can be taken from them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from harness.evidence.clocks import ClockMap
from harness.evidence.doubts import Doubt, find_doubts
from harness.evidence.flows import Flows, group
from harness.evidence.packets import Capture, read_capture
from harness.evidence.stacks import facts_of, on_one_clock, telling
from harness.result import HostFacts
from harness.runtime.events import (
    Call,
    Cannot,
    Clock,
    Counters,
    Ended,
    Event,
    Lost,
    Queue,
    Setting,
    Socket,
    Started,
    Stepped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.runtime.plan import Plan

__all__ = ["Evidence", "Seen", "gather"]

_Event = TypeVar("_Event", bound=Event)
Seen = tuple[int, _Event]
"""An event with its number: its line in events.jsonl, from 1."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a run showed.

    Attributes:
        plan: what was to be done.
        facts: what each host of the plan was.
        settings: each host's sysctls as read before the first step; None where its kernel lacks it.
        lab: the facts of the lab (``lab``, ``via``, ``clock``, ``digests`` ...).
        calls: every call, in order.
        sockets: each host's changes of the socket table.
        queues: each listener's accept queue as its own TCP_INFO showed it, by label.
        counters: each host's counters, ``before`` and ``after`` the steps.
        captures, flows, clocks: each host's packets, connections, and pairs of clock readings.
        cannots: what hosts could not do or show.
        ends: how processes ended.
        lost: packets lost on each observed host; None where nobody can tell.
        stepped: whether the first step was ever begun.
        seconds: ``wall`` (all that was observed) and ``experiment`` (first step to last).
        doubts: what is missing or cannot be trusted.
    """

    plan: Plan
    facts: Mapping[str, HostFacts]
    settings: Mapping[str, Mapping[str, str | None]]
    lab: Mapping[str, Any]
    calls: tuple[Seen[Call], ...]
    sockets: Mapping[str, tuple[Seen[Socket], ...]]
    queues: Mapping[str, tuple[Seen[Queue], ...]]
    counters: Mapping[str, Mapping[str, Mapping[str, int]]]
    captures: Mapping[str, Capture]
    flows: Mapping[str, Flows]
    clocks: Mapping[str, ClockMap]
    cannots: tuple[Cannot, ...]
    ends: tuple[Ended, ...]
    lost: Mapping[str, int | None]
    stepped: bool
    seconds: Mapping[str, float]
    doubts: tuple[Doubt, ...]

    def cannot(self, host: str, need: str) -> str | None:
        """Why a host cannot show something (``socket table``, ``counters``, ``packets``), or None."""
        for event in self.cannots:
            if event.host == host and event.need == need:
                return event.reason
        return None

    def grown(self, host: str, counter: str) -> int | None:
        """By how much a counter grew from before the first step until after the last; None: nobody can tell."""
        readings = self.counters.get(host, {})
        before, after = (readings.get(when, {}).get(counter) for when in ("before", "after"))
        return None if before is None or after is None else after - before


def gather(plan: Plan, events: Sequence[Event], captures: Mapping[str, bytes]) -> Evidence:
    """Put a run's events and its hosts' pcap files in order. Pure, and never fails for incomplete evidence."""
    events = on_one_clock(events)
    kinds: dict[type[Event], list[Seen[Any]]] = defaultdict(list)
    for number, event in enumerate(telling(events), 1):
        if event is not None:
            kinds[type(event)].append((number, event))
    read = {host: read_capture(data) for host, data in captures.items()}
    clocks = {host: ClockMap.of(clock for _, clock in seen) for host, seen in _by_host(kinds[Clock]).items()}
    lab = _lab_facts(kinds[Started])
    return Evidence(
        plan=plan,
        facts=_host_facts(plan, facts_of(events), lab),
        settings=_settings(kinds[Setting]),
        lab=lab,
        calls=tuple(kinds[Call]),
        sockets=_by_host(kinds[Socket]),
        queues=_queues(kinds[Queue]),
        counters=_counters(kinds[Counters]),
        captures=read,
        flows={host: group(capture.packets) for host, capture in read.items()},
        clocks=clocks,
        cannots=tuple(event for _, event in kinds[Cannot]),
        ends=tuple(event for _, event in kinds[Ended]),
        lost=_lost(kinds[Started], kinds[Lost]),
        stepped=bool(kinds[Stepped]),
        seconds=_seconds(events, kinds[Call]),
        doubts=find_doubts(plan, events, read, clocks),
    )


def _by_host(seen: Iterable[Seen[_Event]]) -> dict[str, tuple[Seen[_Event], ...]]:
    found: dict[str, list[Seen[_Event]]] = defaultdict(list)
    for number, event in seen:
        found[event.host].append((number, event))
    return {host: tuple(items) for host, items in found.items()}


def _queues(seen: Iterable[Seen[Queue]]) -> dict[str, tuple[Seen[Queue], ...]]:
    found: dict[str, list[Seen[Queue]]] = defaultdict(list)
    for number, event in seen:
        found[event.label].append((number, event))
    return {label: tuple(items) for label, items in found.items()}


def _lab_facts(seen: Iterable[Seen[Started]]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for _, event in seen:
        if event.process == "lab":
            facts.update(event.facts)
    return facts


def _host_facts(
    plan: Plan, observed: Mapping[str, Mapping[str, Any]], lab: Mapping[str, Any]
) -> dict[str, HostFacts]:
    digests = lab.get("digests") or {}
    return {
        host.name: HostFacts(
            image=host.image,
            stack=observed.get(host.name, {}).get("stack", "linux"),
            kernel=observed.get(host.name, {}).get("kernel", ""),
            hz=observed.get(host.name, {}).get("hz"),
            digest=digests.get(host.name),
        )
        for host in plan.hosts
    }


def _settings(seen: Iterable[Seen[Setting]]) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = defaultdict(dict)
    for _, event in seen:
        found[event.host][event.name] = event.value
    return dict(found)


def _counters(seen: Iterable[Seen[Counters]]) -> dict[str, dict[str, Mapping[str, int]]]:
    found: dict[str, dict[str, Mapping[str, int]]] = defaultdict(dict)
    for _, event in seen:
        found[event.host][event.when] = event.values
    return dict(found)


def _lost(started: Iterable[Seen[Started]], seen: Iterable[Seen[Lost]]) -> dict[str, int | None]:
    found: dict[str, int | None] = {event.host: None for _, event in started if event.process == "observer"}
    told: dict[str, list[int | None]] = defaultdict(list)
    for _, event in seen:
        if event.source == "packets":
            told[event.host].append(event.count)
    for host, counts in told.items():
        found[host] = None if None in counts else sum(count for count in counts if count is not None)
    return found


def _seconds(events: Sequence[Event], calls: Iterable[Seen[Call]]) -> dict[str, float]:
    """The longest span that any one host saw: two hosts' clocks are never subtracted from each other."""
    seen: dict[str, list[int]] = defaultdict(list)
    for event in events:
        seen[event.host].append(event.mono)
    made: dict[str, list[int]] = defaultdict(list)
    for _, call in calls:
        made[call.host] += (call.began, call.mono)
    for event in events:
        if isinstance(event, Stepped):
            made[event.host].append(event.mono)
    return {"wall": _span(seen), "experiment": _span(made)}


def _span(moments: Mapping[str, list[int]]) -> float:
    return round(max((max(each) - min(each) for each in moments.values()), default=0) / 1e9, 3)
