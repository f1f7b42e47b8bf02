"""Which connection to draw: the one named, else the one that matters; and how many went like it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.evidence.connections import Connection, all_connections, connect_step, flow_of, server_host
from harness.report.ladder_calls import calls_by_connection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.evidence.evidence import Evidence
    from harness.runtime.events import Call

__all__ = ["Course", "alike", "courses", "named", "that_matters"]


@dataclass(frozen=True, slots=True)
class Course:
    """What a connection went through, and how many of its group went like it, itself included."""

    connection: Connection
    count: int


def that_matters(evidence: Evidence) -> Connection | None:
    """The first connection whose connect() failed, else the first of those that show the most; None for none.

    A non-blocking connect()'s EINPROGRESS is no failure.
    """
    connections = all_connections(evidence)
    for each in connections:
        if each.call.result == "failed" and each.call.errno != "EINPROGRESS":
            return each
    shown = _shown(evidence, connections)
    return max(connections, key=lambda each: shown[each.call.label, each.call.index], default=None)


def _shown(evidence: Evidence, connections: Sequence[Connection]) -> Counter[tuple[str, int]]:
    """How many packets and changes of state each connection shows, at both its ends."""
    rows: Counter[frozenset[tuple[str, int]]] = Counter()
    for sockets in evidence.sockets.values():
        rows.update(frozenset((row.local, row.remote)) for _, row in sockets)
    shown: Counter[tuple[str, int]] = Counter()
    for each in connections:
        key = (each.call.label, each.call.index)
        shown[key] = rows[frozenset((each.client, each.server))]
        for host in _hosts(evidence, each):
            flow = flow_of(evidence, host, each)
            shown[key] += len(flow.packets) if flow is not None else 0
    return shown


def _hosts(evidence: Evidence, connection: Connection) -> tuple[str, ...]:
    """The captured hosts of its two ends, each once."""
    step = connect_step(evidence.plan, connection.call.label)
    ends = (connection.call.host, server_host(evidence.plan, step) if step is not None else None)
    return tuple(host for host in dict.fromkeys(ends) if host is not None and host in evidence.flows)


def named(evidence: Evidence, label: str | None, index: int | None) -> Connection:
    """The connection of that label and index; where only one is given, what matters of the rest.

    Raises:
        UsageError: there is none of that name, with those that there are.
    """
    connections = all_connections(evidence)
    labels = Counter(each.call.label for each in connections)
    matters = that_matters(evidence)
    if matters is None:
        raise UsageError("this run made no connection that can be told from others")
    if label is None and index is None:
        return matters
    if label is None:
        label = matters.call.label
    if label not in labels:
        known = ", ".join(f"{name} ({count})" for name, count in labels.items())
        raise UsageError(f"--of {label}: no connections of that label", f"there are: {known}")
    members = [each for each in connections if each.call.label == label]
    if index is None:
        failed = [each for each in members if each.call.result == "failed"]
        return (failed or members)[0]
    for each in members:
        if each.call.index == index:
            return each
    indices = [each.call.index for each in members]
    raise UsageError(f"--index {index}: {label} has no such member", f"it has {min(indices)} to {max(indices)}")


def alike(evidence: Evidence, connection: Connection) -> int:
    """How many members of its group went like a connection, itself included.

    They made the same calls with the same results, and both captures show the same packets in the same order.
    States do not count: which ones the sampler meets is chance.
    """
    calls = calls_by_connection(evidence)
    mine = _course(evidence, connection, calls[connection.call.label, connection.call.index])
    return sum(
        _course(evidence, each, calls[each.call.label, each.call.index]) == mine
        for each in all_connections(evidence)
        if each.call.label == connection.call.label
    )


def courses(evidence: Evidence) -> list[Course]:
    """One connection of each course that connections took: the one that matters first, then the most frequent."""
    calls = calls_by_connection(evidence)
    first: dict[tuple[object, ...], Connection] = {}
    counts: Counter[tuple[object, ...]] = Counter()
    matters = that_matters(evidence)
    for each in all_connections(evidence):
        label, index = each.call.label, each.call.index
        course = (label, *_course(evidence, each, calls[label, index]))
        counts[course] += 1
        if course not in first or each == matters:
            first[course] = each
    found = [Course(each, counts[course]) for course, each in first.items()]
    return sorted(found, key=lambda each: (each.connection != matters, -each.count))


def _course(evidence: Evidence, connection: Connection, calls: Sequence[Call]) -> tuple[object, ...]:
    did = tuple((call.verb, call.result, call.errno, call.value) for call in calls)
    sent = []
    for host in _hosts(evidence, connection):
        flow = flow_of(evidence, host, connection)
        sent.append(
            flow and tuple((flow.of_client(packet), packet.flags, packet.length) for packet in flow.packets)
        )
    return (did, *sent)
