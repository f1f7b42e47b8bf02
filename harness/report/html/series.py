"""What a run shows over time: accept queues, connections by state, SYNs that came."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from harness.evidence.connections import label_at, port_of
from harness.report.ladder_packets import base_shift

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.evidence.evidence import Evidence
    from harness.runtime.events import Address, Socket

__all__ = ["AcceptQueue", "Clock", "Point", "accept_queues", "span", "states", "syns", "thinned"]

Point = tuple[float, int]
"""A moment in seconds, and a number that holds from then on."""

_ORDER = (
    "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSING", "TIME_WAIT", "CLOSE_WAIT",
    "LAST_ACK", "CLOSE",
)  # fmt: skip
"""States in the order a connection goes through them."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Moments of every host in seconds after the run's first call, on that call's clock."""

    zero: int
    shifts: Mapping[str, int]

    @classmethod
    def of(cls, evidence: Evidence) -> Clock | None:
        """The run's clock; None where no call was made."""
        first = min((call for _, call in evidence.calls), key=lambda call: call.began, default=None)
        if first is None:
            return None
        shifts = {host.name: base_shift(evidence, first.host, host.name) for host in evidence.plan.hosts}
        return cls(first.began, shifts)

    def seconds(self, host: str, mono: int) -> float:
        """A moment of that host's CLOCK_MONOTONIC."""
        return (mono + self.shifts.get(host, 0) - self.zero) / 1e9


@dataclass(frozen=True, slots=True)
class AcceptQueue:
    """A listener's accept queue over time.

    ``points`` from the socket table, else from the listener's own TCP_INFO; ``seen`` are TCP_INFO's readings.
    """

    host: str
    label: str
    address: Address
    points: tuple[Point, ...]
    limits: tuple[Point, ...]
    seen: tuple[Point, ...]

    @property
    def peak(self) -> int:
        """The most that it held."""
        return max((length for _, length in (*self.points, *self.seen)), default=0)


def accept_queues(evidence: Evidence, clock: Clock) -> list[AcceptQueue]:
    """Every listener's queue, the longest first."""
    found = []
    for host, address, rows in _listeners(evidence):
        label = label_at(evidence, host, address[1]) or ""
        seen = [(clock.seconds(each.host, each.mono), each.length) for _, each in evidence.queues.get(label, ())]
        points = [(clock.seconds(host, row.mono), row.recv_q) for row in rows]
        limits = [(clock.seconds(host, row.mono), row.send_q) for row in rows if row.send_q is not None]
        found.append(AcceptQueue(host, label, address, tuple(points), _changes(limits), tuple(seen)))
    told = {each.label for each in found}
    for label, readings in evidence.queues.items():
        if label not in told and readings:
            host = readings[0][1].host
            points = [(clock.seconds(host, each.mono), each.length) for _, each in readings]
            limits = [(clock.seconds(host, each.mono), each.limit) for _, each in readings]
            address = ("", port_of(evidence, label) or 0)
            found.append(AcceptQueue(host, label, address, tuple(points), _changes(limits), tuple(points)))
    return sorted(found, key=lambda each: -each.peak)


def _listeners(evidence: Evidence) -> Iterator[tuple[str, Address, list[Socket]]]:
    for host, seen in evidence.sockets.items():
        by_address: dict[Address, list[Socket]] = defaultdict(list)
        for _, row in seen:
            closed = row.state == "GONE" and not row.remote[1] and row.local in by_address
            if row.state == "LISTEN" or closed:
                by_address[row.local].append(row)
        for address, rows in by_address.items():
            yield host, address, rows


def _changes(points: Iterable[Point]) -> tuple[Point, ...]:
    """The points at which the number changes."""
    return tuple(next(same) for _, same in groupby(points, key=lambda point: point[1]))


def states(evidence: Evidence, host: str, clock: Clock) -> dict[str, tuple[Point, ...]]:
    """How many connections of a host were in each state, at each change; in the order of a connection's life."""
    now: dict[tuple[Address, Address], str] = {}
    counts: Counter[str] = Counter()
    found: dict[str, list[Point]] = defaultdict(list)
    rows = (row for _, row in evidence.sockets.get(host, ()) if row.state != "LISTEN" and row.remote[1])
    for mono, together in groupby(rows, key=lambda row: row.mono):
        touched = set()
        for row in together:
            before = now.pop((row.local, row.remote), None)
            touched |= {before, row.state}
            counts[before or ""] -= 1
            counts[row.state] += 1
            if row.state != "GONE":
                now[row.local, row.remote] = row.state
        at = clock.seconds(host, mono)
        for state in touched - {None, "GONE"}:
            if state and (not found[state] or found[state][-1][1] != counts[state]):
                found[state].append((at, counts[state]))
    return {state: tuple(found[state]) for state in sorted(found, key=_rank)}


def _rank(state: str) -> tuple[int, str]:
    return (_ORDER.index(state) if state in _ORDER else len(_ORDER), state)


def syns(evidence: Evidence, host: str, port: int, clock: Clock) -> list[tuple[float, bool]]:
    """Each SYN that came for a host's port, and whether a SYN,ACK answered it before the next."""
    times = evidence.clocks.get(host)
    found: list[tuple[float, bool]] = []
    if times is None or host not in evidence.flows:
        return found
    for flow in evidence.flows[host].flows:
        for packet, answered in flow.syn_answers if flow.server[1] == port else ():
            moment = times.mono(packet.wall)
            if moment is not None:
                found.append((clock.seconds(host, moment), answered))
    return found


def span(evidence: Evidence, clock: Clock) -> tuple[float, float]:
    """From the first call to a little after the last moment that anything is known to have changed."""
    moments = [clock.seconds(call.host, call.mono) for _, call in evidence.calls]
    for host, rows in evidence.sockets.items():
        moments += [clock.seconds(host, row.mono) for _, row in rows[-1:]]
    return 0.0, max(moments, default=0.0) * 1.02


def thinned(points: Sequence[Point], columns: int, until: float) -> list[Point]:
    """The points, of those in one of so many columns only the first, the least, the greatest and the last."""
    if len(points) <= 4 * columns:
        return list(points)
    width = until / columns or 1.0
    kept: list[Point] = []
    for _, together in groupby(points, key=lambda point: int(point[0] / width)):
        column = list(together)
        chosen = {0, len(column) - 1}
        chosen |= {pick(range(len(column)), key=lambda at: column[at][1]) for pick in (min, max)}
        kept += [column[at] for at in sorted(chosen)]
    return kept
