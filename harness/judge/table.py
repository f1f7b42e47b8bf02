"""Findings from the socket table: states, and the accept queue."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from harness.evidence.doubts import CALLS, SOCKET_TABLE, TIME
from harness.judge.finding import Finding
from harness.judge.selection import (
    Window,
    connect_step,
    connections_of,
    host_of,
    port_of,
    window_of,
)
from harness.result import EvidenceItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from harness.criteria import FindingSpec
    from harness.evidence.evidence import Evidence, Seen
    from harness.runtime.events import Address, Queue, Socket

__all__ = ["from_queue", "from_states", "listener_rows", "queue_value", "timelines"]

Ends = tuple["Address", "Address"]


def timelines(evidence: Evidence, host: str, wanted: set[Ends] | None) -> dict[Ends, list[Seen[Socket]]]:
    """Each socket's rows in order, by (local, remote); of all sockets where ``wanted`` is None."""
    found: dict[Ends, list[Seen[Socket]]] = defaultdict(list)
    for number, row in evidence.sockets.get(host, ()):
        ends = (row.local, row.remote)
        if wanted is None or ends in wanted:
            found[ends].append((number, row))
    return dict(found)


def from_states(evidence: Evidence, spec: FindingSpec) -> Finding:
    """``count``: sockets that were in the state; ``peak``: how many at one moment; ``value``: at the end; of each
    socket ``sequence`` (its states in order), ``seconds`` (how long it was in the state) and ``times`` (when it
    entered it, after its first row).
    """  # noqa: D205 (one sentence)
    host = spec.on or host_of(evidence.plan, spec.of) or ""
    lines = _of_group(evidence, spec, host)
    window = window_of(evidence, spec)
    kept = {
        ends: [(number, row) for number, row in rows if window.holds(row.mono)] for ends, rows in lines.items()
    }
    rests = {(host, SOCKET_TABLE)}
    owner = host_of(evidence.plan, spec.of)
    if owner:
        rests.add((owner, CALLS))
    if spec.take != "count":
        rests.add((host, TIME))
    numbers = [number for rows in kept.values() for number, row in rows if _is(row.state, spec.what)]
    return Finding(
        name=spec.name,
        unit={"count": "sockets", "peak": "sockets", "value": "sockets", "seconds": "s", "times": "s"}.get(
            spec.take, ""
        ),
        values=_STATES[spec.take](kept, spec.what),
        source="socket table",
        grouped=spec.take in ("sequence", "seconds", "times"),
        rests=frozenset(rests),
        evidence=(EvidenceItem("socket table", host, sorted(numbers)),) if numbers else (),
        cannot=evidence.cannot(host, "socket table"),
    )


def _of_group(evidence: Evidence, spec: FindingSpec, host: str) -> dict[Ends, list[Seen[Socket]]]:
    step = connect_step(evidence.plan, spec.of)
    if step is not None:
        connections, _ = connections_of(evidence, spec)
        here = host == step.host
        pairs = ((each.client, each.server) for each in connections)
        return timelines(evidence, host, {pair if here else (pair[1], pair[0]) for pair in pairs})
    everything = timelines(evidence, host, None)
    if spec.of is None:
        return everything
    port = port_of(evidence, spec.of)
    return {ends: rows for ends, rows in everything.items() if ends[0][1] == port}


def _is(state: str, wanted: str) -> bool:
    return state != "GONE" if wanted == "any" else state == wanted


def _count(lines: Mapping[Ends, Sequence[Seen[Socket]]], wanted: str) -> tuple[Any, ...]:
    return (sum(any(_is(row.state, wanted) for _, row in rows) for rows in lines.values()),)


def _peak(lines: Mapping[Ends, Sequence[Seen[Socket]]], wanted: str) -> tuple[Any, ...]:
    """All rows of one look carry one moment; the peak is taken between looks."""
    rows = sorted((row.mono, ends, row.state) for ends, seen in lines.items() for _, row in seen)
    inside: set[Ends] = set()
    peak = 0
    for at, (moment, ends, state) in enumerate(rows):
        if _is(state, wanted):
            inside.add(ends)
        else:
            inside.discard(ends)
        if at + 1 == len(rows) or rows[at + 1][0] != moment:
            peak = max(peak, len(inside))
    return (peak,)


def _last(lines: Mapping[Ends, Sequence[Seen[Socket]]], wanted: str) -> tuple[Any, ...]:
    return (sum(bool(rows) and _is(rows[-1][1].state, wanted) for rows in lines.values()),)


def _sequence(lines: Mapping[Ends, Sequence[Seen[Socket]]], wanted: str) -> tuple[Any, ...]:
    found = []
    for rows in lines.values():
        states: list[str] = []
        for _, row in rows:
            if _is(row.state, wanted) and states[-1:] != [row.state]:
                states.append(row.state)
        found.append(states)
    return tuple(found)


def _seconds(lines: Mapping[Ends, Sequence[Seen[Socket]]], wanted: str) -> tuple[Any, ...]:
    found = []
    for rows in lines.values():
        inside, total = None, 0
        for _, row in rows:
            if _is(row.state, wanted):
                inside = row.mono if inside is None else inside
            elif inside is not None:
                total, inside = total + row.mono - inside, None
        found.append(round(total / 1e9, 6))
    return tuple(found)


def _times(lines: Mapping[Ends, Sequence[Seen[Socket]]], wanted: str) -> tuple[Any, ...]:
    found = []
    for rows in lines.values():
        moments, inside = [], False
        for _, row in rows:
            if _is(row.state, wanted) and not inside:
                moments.append(round((row.mono - rows[0][1].mono) / 1e9, 6))
            inside = _is(row.state, wanted)
        found.append(moments)
    return tuple(found)


_STATES: dict[str, Callable[[Mapping[Ends, Sequence[Seen[Socket]]], str], tuple[Any, ...]]] = {
    "count": _count,
    "peak": _peak,
    "value": _last,
    "sequence": _sequence,
    "seconds": _seconds,
    "times": _times,
}


def listener_rows(evidence: Evidence, label: str) -> list[Seen[Socket]]:
    """The socket table's rows of a listener."""
    host, port = host_of(evidence.plan, label), port_of(evidence, label)
    rows = evidence.sockets.get(host or "", ())
    return [(number, row) for number, row in rows if row.state == "LISTEN" and row.local[1] == port]


def queue_value(take: str, lengths: Sequence[int], limits: Sequence[int | None]) -> Any:
    """``limit``: the last one shown; ``peak``: the longest; ``value``: the last length; ``sequence``: all."""
    if take == "limit":
        return next((limit for limit in reversed(limits) if limit is not None), None)
    if take == "peak":
        return max(lengths, default=None)
    if take == "sequence":
        return list(lengths) or None
    return lengths[-1] if lengths else None


def from_queue(evidence: Evidence, spec: FindingSpec) -> Finding:
    """An accept queue: from the observer's socket table, or where that cannot show it, the listener's TCP_INFO."""
    label = spec.what
    host = spec.on or host_of(evidence.plan, label) or ""
    window = window_of(evidence, spec)
    rows = _within(listener_rows(evidence, label), window)
    value = queue_value(spec.take, [row.recv_q for _, row in rows], [row.send_q for _, row in rows])
    source, kind, numbers = "socket table", SOCKET_TABLE, [number for number, _ in rows]
    if value is None:
        seen: Sequence[Seen[Queue]] = _within(evidence.queues.get(label, ()), window)
        value = queue_value(spec.take, [each.length for _, each in seen], [each.limit for _, each in seen])
        if value is not None:
            source, kind, numbers = "TCP_INFO", CALLS, [number for number, _ in seen]
    rests = {(host, kind)} | (set() if spec.take == "limit" else {(host, TIME)})
    cannot = evidence.cannot(host, "socket table") or f"{host} shows no accept queue of {label}"
    return Finding(
        name=spec.name,
        unit="connections",
        values=() if value is None else (value,),
        source=source,
        rests=frozenset(rests),
        evidence=(EvidenceItem(source, host, numbers),) if numbers else (),
        cannot=cannot if value is None else None,
    )


def _within(seen: Iterable[Any], window: Window) -> list[Any]:
    return [(number, event) for number, event in seen if window.holds(event.mono)]
