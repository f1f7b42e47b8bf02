"""What stands beside the lifelines: calls, states of the connection's two sockets, the accept queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from harness.report.ladder_calls import FILTER_OFF, calls_by_connection, listener_calls, listener_of, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.evidence.connections import Connection
    from harness.evidence.evidence import Evidence
    from harness.runtime.events import Address, Socket

__all__ = ["SAMPLED", "Note", "Noted", "Side", "before_it", "notes_of"]

Side = Literal["left", "right"]
Kind = Literal["call", "state", "queue"]

SAMPLED = 25_000_000
"""Nanoseconds: states and queue are seen some time after what made them change, and stand beside that."""
_SOON = 100_000_000
"""Nanoseconds within which a queue that others are filling is seen again."""
_UNREAD = {"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2"}
"""States in which Recv-Q counts data alone: once the peer's FIN is in, it counts that too (tcp_diag.c)."""


@dataclass(frozen=True, slots=True)
class Note:
    """A few words: of a ``call`` that began or ended, a socket's ``state``, or the accept ``queue``."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A note, where it belongs, and when: nanoseconds on the client's CLOCK_MONOTONIC."""

    at: int
    side: Side
    note: Note


def notes_of(
    evidence: Evidence, connection: Connection, server: str, shift: int, span: tuple[int, int]
) -> list[Noted]:
    """All notes of a connection.

    Args:
        evidence: the run's.
        connection: the one meant.
        server: the server's host.
        shift: what to add to the server's CLOCK_MONOTONIC.
        span: first and last moment of its packets and its connect().
    """
    call = connection.call
    begin, end = span[0], _next_use(evidence, connection)
    found = [*_calls(evidence, connection, shift)]
    found += _states(evidence, call.host, (connection.client, connection.server), ("left", 0), (begin, end))
    found += _states(evidence, server, (connection.server, connection.client), ("right", shift), (begin, end))
    last = max([span[1], *(each.at for each in found)])
    found += _listener(evidence, connection, server, shift, (begin, last))
    found += _queued(evidence, connection, server, shift, (begin, _left_queue(found, last)))
    return found


def _next_use(evidence: Evidence, connection: Connection) -> int:
    """When the same two addresses were used for the next connection."""
    ends, began = (connection.client, connection.server), connection.call.began
    return min(
        (
            call.began
            for _, call in evidence.calls
            if call.verb == "connect" and call.began > began and (call.local, call.remote) == ends
        ),
        default=1 << 63,
    )


def _calls(evidence: Evidence, connection: Connection, shift: int) -> Iterator[Noted]:
    steps = {step.number: step for step in evidence.plan.steps}
    call = connection.call
    for each in calls_by_connection(evidence).get((call.label, call.index), ()):
        side: Side = "left" if each.host == call.host and each.verb != "accept" else "right"
        for at, text in told(each, steps.get(each.step)):
            yield Noted(at + (shift if side == "right" else 0), side, Note("call", text))


def _states(
    evidence: Evidence, host: str, ends: tuple[Address, Address], place: tuple[Side, int], span: tuple[int, int]
) -> Iterator[Noted]:
    """Changes of a socket's state, and data that begins to wait in it."""
    side, shift = place
    state, unread = None, 0
    for _, row in evidence.sockets.get(host, ()):
        at = row.mono + shift
        if (row.local, row.remote) != ends or not span[0] <= at < span[1]:
            continue
        if row.state != state:
            yield Noted(at, side, Note("state", "gone" if row.state == "GONE" else row.state))
        state = row.state
        waiting = row.recv_q if state in _UNREAD else 0
        if waiting > unread:
            yield Noted(at, side, Note("state", f"{waiting} bytes unread"))
        unread = waiting


def _left_queue(notes: Iterable[Noted], last: int) -> int:
    """When the connection left the accept queue, whose length says nothing of it any more."""
    ends = ("accept()", "gone")
    return min(
        (each.at for each in notes if each.side == "right" and each.note.text.startswith(ends)), default=last
    )


def _listener(
    evidence: Evidence, connection: Connection, server: str, shift: int, span: tuple[int, int]
) -> Iterator[Noted]:
    """Calls on the listener while the connection lasted."""
    steps = {step.number: step for step in evidence.plan.steps}
    for each in listener_calls(evidence, listener_of(evidence, connection, server)):
        for at, text in told(each, steps.get(each.step)):
            if span[0] < at + shift <= span[1]:
                yield Noted(at + shift, "right", Note("call", text))


def _queued(
    evidence: Evidence, connection: Connection, server: str, shift: int, span: tuple[int, int]
) -> Iterator[Noted]:
    """The accept queue's changes while the connection waited for it or in it, and how it shrank as it left."""
    begin, left = span
    last: _Length | None = None
    for each in _queue(evidence, connection, server, listener_of(evidence, connection, server)):
        at = each.at + shift
        shrank = last is not None and each.length < last.length and at <= left + SAMPLED
        if begin < at and (at <= left or shrank) and (last is None or each.text != last.text):
            yield Noted(at, "right", Note("queue", each.text))
        last = each
        if at > left:
            return


class _Length(NamedTuple):
    """An accept queue at a moment of its host's clock, also in words."""

    at: int
    length: int
    text: str


def _queue(evidence: Evidence, connection: Connection, server: str, label: str | None) -> list[_Length]:
    """The accept queue over time: from the socket table, else from the listener's TCP_INFO."""
    rows = [row for row in _listening(evidence, connection, server) if row.state == "LISTEN"]
    if rows:
        return [_Length(row.mono, row.recv_q, _words(row.recv_q, row.send_q)) for row in rows]
    seen = evidence.queues.get(label or "", ())
    return [_Length(each.mono, each.length, _words(each.length, each.limit)) for _, each in seen]


def _words(length: int, limit: int | None) -> str:
    """The queue as ``ss`` shows it; Linux takes no more once it is longer than its limit (sk_acceptq_is_full)."""
    if limit is None:
        return f"queue {length}"
    return f"queue {length}/{limit}" + (", full" if length > limit else "")


def _listening(evidence: Evidence, connection: Connection, server: str) -> Iterable[Socket]:
    """The rows of the socket that holds the connection's port itself, and not of a connection."""
    address, port = connection.server
    for _, row in evidence.sockets.get(server, ()):
        if row.local[1] == port and row.remote[1] == 0 and row.local[0] in (address, "0.0.0.0", "::"):  # noqa: S104 (as the kernel shows it)
            yield row


def before_it(evidence: Evidence, connection: Connection, server: str, moment: int) -> tuple[Note, ...]:
    """What stood on the server's port as the connection began, at ``moment`` of the server's clock."""
    label = listener_of(evidence, connection, server)
    state = _port(evidence, connection, server, moment)
    steps = {step.number: step for step in evidence.plan.steps}
    filters = [
        text
        for call in listener_calls(evidence, label)
        if call.verb == "filter" and call.result == "ok" and call.mono <= moment
        for _, text in told(call, steps.get(call.step))
    ]
    return (
        *([Note("state", state)] if state else ()),
        *(Note("queue", each.text) for each in _met(evidence, connection, server, moment)),
        *(Note("call", text) for text in filters[-1:] if text != FILTER_OFF),
    )


def _met(evidence: Evidence, connection: Connection, server: str, moment: int) -> Iterator[_Length]:
    """The queue that a connection met; none where others had come since it was seen, and it changed soon after."""
    rows = _queue(evidence, connection, server, listener_of(evidence, connection, server))
    before = [each for each in rows if each.at <= moment]
    after = [each for each in rows if moment < each.at < moment + _SOON]
    for last in before[-1:]:
        others = any(
            call.verb == "connect" and call.remote == connection.server and last.at <= call.began < moment
            for _, call in evidence.calls
            if call is not connection.call
        )
        if not (others and after):
            yield last


def _port(evidence: Evidence, connection: Connection, server: str, moment: int) -> str:
    rows = [row for row in _listening(evidence, connection, server) if row.mono <= moment]
    if rows and rows[-1].state != "GONE":
        return "bound, not listening" if rows[-1].state == "CLOSE" else rows[-1].state
    looked = server in evidence.lost and evidence.cannot(server, "socket table") is None
    return f"no socket on :{connection.server[1]}" if looked else ""
