"""The ladder: one connection as a drawing, before anybody draws it.

Two lifelines, the client's left and the server's right; beside each its calls and the states of its socket,
between them the packets, all in the order of time. ``ladder`` makes it from evidence, purely; a terminal or
an SVG draws it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.evidence.connections import connect_step, server_host
from harness.evidence.packets import flag_names
from harness.report.ladder_calls import outcome
from harness.report.ladder_notes import SAMPLED, Note, Noted, Side, before_it, notes_of
from harness.report.ladder_packets import Crossing, Fate, base_shift, causal, crossings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.evidence.connections import Connection
    from harness.evidence.evidence import Evidence
    from harness.runtime.events import Address

__all__ = ["Arrow", "End", "Fate", "Ladder", "Note", "Row", "fold", "ladder"]

_TOGETHER = 5_000_000
"""Nanoseconds: what happened within so short a time may stand in one row, in its order."""
_MOST_NOTES = 2


@dataclass(frozen=True, slots=True)
class End:
    """One end of the connection."""

    host: str
    address: Address

    @property
    def place(self) -> str:
        """Its address and port, as ``ss`` writes them."""
        address, port = self.address
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


@dataclass(frozen=True, slots=True)
class Arrow:
    """A packet between the lifelines.

    Attributes:
        from_client: its direction.
        flags: as the field writes them, ``SYN,ACK``.
        length: payload in bytes.
        left, right: when the client's and the server's capture show it, seconds; None where that does not.
        fate: what became of it.
        frames: its numbers in both captures.
        nth: which transmission of the segment this is, from 1.
        repeats: of an arrow that stands for several transmissions, when the further ones left.
    """

    from_client: bool
    flags: str
    length: int
    left: float | None
    right: float | None
    fate: Fate
    frames: tuple[int | None, int | None]
    nth: int = 1
    repeats: tuple[float, ...] = ()

    @property
    def under_way(self) -> float:
        """Seconds from one end to the other; 0 where they are not both known."""
        return 0.0 if self.left is None or self.right is None else abs(self.right - self.left)


@dataclass(frozen=True, slots=True)
class Row:
    """What happened together: notes beside the lifelines, and at most one packet, which left at ``at``.

    ``caused``: the sender's first note is the call that sent the packet; all else came after it.
    """

    at: float
    left: tuple[Note, ...] = ()
    right: tuple[Note, ...] = ()
    packet: Arrow | None = None
    caused: bool = False

    @property
    def until(self) -> float:
        """When the last of it happened."""
        return self.packet.repeats[-1] if self.packet and self.packet.repeats else self.at


@dataclass(frozen=True, slots=True)
class Ladder:
    """One connection; all times in seconds after its first call or packet, on the client's clock.

    Attributes:
        label, index, members: which member of which group, and how many that has.
        alike: how many members went like this one, itself included.
        outcome: how connect() ended.
        client, server: the two ends.
        before: what the server showed as the connection began: its listener's state, queue, filter.
        rows: everything, in order.
        answered: False where the client sent packets and the server's host none at all.
        seen: whether there is any capture of it.
    """

    label: str
    index: int
    members: int
    alike: int
    outcome: str
    client: End
    server: End
    before: tuple[Note, ...]
    rows: tuple[Row, ...]
    answered: bool
    seen: bool


def ladder(evidence: Evidence, connection: Connection, *, alike: int = 1) -> Ladder:
    """The ladder of one connection; pure, and whatever of the evidence is missing, it draws the rest."""
    call = connection.call
    step = connect_step(evidence.plan, call.label)
    client = call.host
    server = (server_host(evidence.plan, step) if step is not None else None) or ""
    shift = base_shift(evidence, client, server)
    packets = crossings(evidence, connection, client, server, shift)
    late = causal(packets)
    if late:
        shift += late
        packets = crossings(evidence, connection, client, server, shift)
    zero = min([call.began, *(each.at for each in packets)])
    last = max([call.mono, *(each.at for each in packets)])
    notes = notes_of(evidence, connection, server, shift, (zero, last))
    return Ladder(
        label=call.label,
        index=call.index,
        members=int(step.arguments.get("count", 1)) if step is not None else 1,
        alike=alike,
        outcome=outcome(call),
        client=End(client, connection.client),
        server=End(server, connection.server),
        before=before_it(evidence, connection, server, zero - shift),
        rows=tuple(_rows(notes, packets, zero)),
        answered=not packets or any(not each.from_client for each in packets),
        seen=bool({client, server} & set(evidence.captures)),
    )


@dataclass
class _Draft:
    """A row that may still take something in."""

    began: int
    left: list[Note]
    right: list[Note]
    packet: Crossing | None = None
    caused: bool = False

    def takes(self, item: Noted | Crossing) -> bool:
        """Whether it can stand in this row, and everything still be read in its order."""
        late = item.at - self.began
        if isinstance(item, Crossing):
            return late < _TOGETHER and self._causes(item)
        side = self.side(item.side)
        if item.note.kind == "call":
            return late < _TOGETHER and len(side) < _MOST_NOTES
        again = item.note.kind == "queue" and any(note.kind == "queue" for note in side)
        return late < SAMPLED and (again or len(side) < _MOST_NOTES)

    def _causes(self, packet: Crossing) -> bool:
        """Whether the row holds nothing but the call that sends the packet."""
        cause, other = (self.left, self.right) if packet.from_client else (self.right, self.left)
        return self.packet is None and not other and [note.kind for note in cause] == ["call"]

    def side(self, side: Side) -> list[Note]:
        return self.left if side == "left" else self.right

    def add(self, item: Noted | Crossing) -> None:
        if isinstance(item, Crossing):
            self.began, self.packet, self.caused = item.at, item, bool(self.left or self.right)
            return
        side = self.side(item.side)
        if item.note.kind == "queue":
            side[:] = [note for note in side if note.kind != "queue"]
        side.append(item.note)


def _rows(notes: Iterable[Noted], packets: Iterable[Crossing], zero: int) -> Iterable[Row]:
    """Everything in order of time, in as few rows as can be read."""
    drafts: list[_Draft] = []
    items: list[Noted | Crossing] = [*notes, *packets]
    items.sort(key=lambda each: each.at)
    for item, following in zip(items, [*items[1:], None], strict=True):
        if not drafts or _sends(item, following) or not drafts[-1].takes(item):
            drafts.append(_Draft(item.at, [], []))
        drafts[-1].add(item)
    for draft in drafts:
        arrow = None if draft.packet is None else _arrow(draft.packet, zero)
        yield Row((draft.began - zero) / 1e9, tuple(draft.left), tuple(draft.right), arrow, draft.caused)


def _sends(item: Noted | Crossing, following: Noted | Crossing | None) -> bool:
    """Whether an item is a call and the next the packet it sends: they begin a row of their own."""
    return (
        isinstance(item, Noted)
        and item.note.kind == "call"
        and isinstance(following, Crossing)
        and (item.side == "left") is following.from_client
        and following.at - item.at < _TOGETHER
    )


def _arrow(crossing: Crossing, zero: int) -> Arrow:
    sent, received = (
        None if moment is None else (moment - zero) / 1e9 for moment in (crossing.sent, crossing.received)
    )
    left, right = (sent, received) if crossing.from_client else (received, sent)
    return Arrow(
        from_client=crossing.from_client,
        flags=flag_names(crossing.packet.flags),
        length=crossing.packet.length,
        left=left,
        right=right,
        fate=crossing.fate,
        frames=crossing.frames,
        nth=crossing.nth,
    )


def fold(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows in short: without those of the queue alone, each run of one segment's retransmissions in one."""
    found: list[Row] = []
    for row in rows:
        if row.packet is None and all(note.kind == "queue" for note in (*row.left, *row.right)):
            continue
        last = found[-1] if found else None
        if last is not None and last.packet is not None and row.packet is not None and _repeats(last, row):
            packet = replace(last.packet, repeats=(*last.packet.repeats, row.at))
            found[-1] = replace(last, packet=packet)
        else:
            found.append(row)
    return tuple(found)


def _repeats(last: Row, row: Row) -> bool:
    """Whether a row shows nothing but the next transmission of what the one before shows."""
    one, other = last.packet, row.packet
    if one is None or other is None or row.left or row.right or last.left or last.right or one.nth == 1:
        return False
    same = (one.from_client, one.flags, one.length, one.fate) == (
        other.from_client,
        other.flags,
        other.length,
        other.fate,
    )
    return same and other.nth == one.nth + len(one.repeats) + 1
