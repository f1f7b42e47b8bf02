"""Findings from calls: how many, with which errno, how long, how many bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.evidence.doubts import CALLS, TIME
from harness.judge.finding import Finding
from harness.judge.selection import calls_of, host_of, ranges
from harness.result import EvidenceItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.criteria import FindingSpec
    from harness.evidence.evidence import Evidence, Seen
    from harness.runtime.events import Address, Call

__all__ = ["from_calls"]


def from_calls(evidence: Evidence, spec: FindingSpec) -> Finding:
    """``count``; per member ``errno``, ``seconds``, ``times`` (begun, after the first), ``bytes``, ``value``
    (what was received), ``port`` (its own); in order of their ends: ``sequence`` of the outcomes, ``order`` of
    the clients' indices.
    """  # noqa: D205 (one sentence)
    seen = calls_of(evidence, spec)
    rests = {(host, CALLS) for host in _hosts(evidence, spec, seen)}
    if spec.take in ("seconds", "times"):
        rests |= {(host, TIME) for host, _ in tuple(rests)}
    values, grouped = _values(evidence, spec, [call for _, call in seen])
    return Finding(
        name=spec.name,
        unit=_unit(spec),
        values=values,
        source="calls",
        grouped=grouped,
        rests=frozenset(rests),
        evidence=_evidence(seen),
    )


def _hosts(evidence: Evidence, spec: FindingSpec, seen: Iterable[Seen[Call]]) -> set[str]:
    hosts = {call.host for _, call in seen}
    owner = host_of(evidence.plan, spec.of)
    return hosts | ({owner} if owner else set())


def _values(evidence: Evidence, spec: FindingSpec, calls: Sequence[Call]) -> tuple[tuple[Any, ...], bool]:
    if spec.take == "count":
        return (len(calls),), False
    if not calls:
        return (), True
    if spec.take == "times":
        first = min(call.began for call in calls)
        return ([round((call.began - first) / 1e9, 6) for call in calls],), False
    if spec.take in ("sequence", "order"):
        in_time = sorted(calls, key=lambda call: (call.mono, call.step, call.index))
        if spec.take == "order":
            return (_client_indices(evidence, in_time),), False
        return ([call.errno or call.result for call in in_time],), False
    return tuple(_TAKES[spec.take](call) for call in calls), True


_TAKES: dict[str, Callable[[Call], Any]] = {
    "errno": lambda call: call.errno,
    "seconds": lambda call: round((call.mono - call.began) / 1e9, 6),
    "bytes": lambda call: call.value,
    "value": lambda call: call.data,
    "port": lambda call: call.local[1] if call.local else None,
}


def _client_indices(evidence: Evidence, calls: Iterable[Call]) -> list[int]:
    """Which client of its group each call was made for: of an accept() the one at the connection's other end."""
    clients: dict[Address | None, int] = {}
    for _, call in evidence.calls:
        if call.verb == "connect":
            clients.setdefault(call.local, call.index)
    return [clients.get(call.remote, call.index) if call.verb == "accept" else call.index for call in calls]


def _unit(spec: FindingSpec) -> str:
    if spec.take == "count":
        return "connections" if spec.what == "connect" and spec.that == "ok" else "calls"
    return {"errno": "errno", "seconds": "s", "times": "s", "bytes": "bytes"}.get(spec.take, "")


def _evidence(seen: Iterable[Seen[Call]]) -> tuple[EvidenceItem, ...]:
    numbers: dict[str, list[int]] = {}
    for number, call in seen:
        numbers.setdefault(call.host, []).append(number)
    return tuple(EvidenceItem("calls", host, ranges(found)) for host, found in numbers.items())
