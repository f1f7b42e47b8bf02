"""A connection's packets at both ends: which of the one capture is which of the other, and what became of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from harness.evidence.clocks import one_clock
from harness.evidence.connections import flow_of
from harness.evidence.packets import FIN, RST, SYN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.evidence.connections import Connection
    from harness.evidence.evidence import Evidence
    from harness.evidence.packets import Packet

__all__ = ["Crossing", "Fate", "base_shift", "causal", "crossings"]

_ROUNDING = 1_000_000
"""Nanoseconds by which a packet may seem to arrive before it left, the hosts' clocks being what they are."""


class Fate(StrEnum):
    """What became of a packet, as far as the captures tell."""

    ARRIVED = "arrived"
    LOST = "lost"
    """The receiver's capture is whole, and never shows it."""
    UNKNOWN = "unknown"
    """Nobody watched the receiver, or its capture is not whole."""
    UNSENT = "unsent"
    """Only the receiver's capture shows it."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One packet on its way: when it left and when it came, nanoseconds on the client's CLOCK_MONOTONIC.

    ``nth`` counts its transmissions from 1; ``frames`` are its numbers in the client's and server's captures.
    """

    packet: Packet
    from_client: bool
    sent: int | None
    received: int | None
    fate: Fate
    frames: tuple[int | None, int | None]
    nth: int = 1

    @property
    def at(self) -> int:
        """When it left, or where only the receiver saw it, when it came."""
        moment = self.sent if self.sent is not None else self.received
        return moment or 0


class _Sight(NamedTuple):
    at: int
    packet: Packet


def base_shift(evidence: Evidence, client: str, server: str) -> int:
    """What to add to the server's CLOCK_MONOTONIC to get the client's, by both hosts' wall clocks."""
    clocks = [evidence.clocks[host] for host in (client, server) if host in evidence.clocks]
    ours, theirs = (clock.distance for clock in clocks) if len(clocks) == 2 else (None, None)
    if ours is None or theirs is None or one_clock(clocks):
        return 0
    return theirs - ours


def crossings(
    evidence: Evidence, connection: Connection, client: str, server: str, shift: int
) -> tuple[Crossing, ...]:
    """The connection's packets in the order they left."""
    there = _sights(evidence, client, connection, 0)
    here = there if client == server else _sights(evidence, server, connection, shift)
    whole = {host: _whole(evidence, host) for host in (client, server)}
    found: list[Crossing] = []
    for from_client in (True, False):
        sender, receiver = (there, here) if from_client else (here, there)
        watched = whole[server if from_client else client]
        sent = _of(sender, connection, from_client)
        pairs = _pair(sent, sent if client == server else _of(receiver, connection, from_client))
        found += (_crossing(*pair, from_client, watched=watched) for pair in pairs)
    return tuple(_count(sorted(found, key=lambda each: (each.at, each.packet.frame))))


def causal(found: Sequence[Crossing]) -> int:
    """What more to add to the server's times, so that nothing comes before it left: 0 where that is so already."""
    both = [
        (each.from_client, each.received - each.sent)
        for each in found
        if each.sent is not None and each.received is not None
    ]
    most = min((took for from_client, took in both if from_client), default=None)
    least = max((-took for from_client, took in both if not from_client), default=None)
    ahead = 0 if most is None else min(0, most)
    behind = 0 if least is None else max(0, least)
    if ahead and behind:
        return -(ahead + behind) // 2
    return -(ahead or behind)


def _sights(evidence: Evidence, host: str, connection: Connection, shift: int) -> list[_Sight]:
    """What a host's capture shows of the connection, in its order."""
    clock = evidence.clocks.get(host)
    flow = flow_of(evidence, host, connection) if host in evidence.flows else None
    if flow is None or clock is None:
        return []
    moments = ((clock.mono(packet.wall), packet) for packet in flow.packets)
    return [_Sight(moment + shift, packet) for moment, packet in moments if moment is not None]


def _of(sights: Iterable[_Sight], connection: Connection, from_client: bool) -> list[_Sight]:  # noqa: FBT001 (a direction)
    client = connection.client
    return [each for each in sights if ((each.packet.source, each.packet.source_port) == client) is from_client]


def _whole(evidence: Evidence, host: str) -> bool:
    """Whether a host's capture shows everything that came: readable to its end, and its kernel lost nothing."""
    capture = evidence.captures.get(host)
    return capture is not None and capture.fault is None and evidence.lost.get(host) == 0


def _same(packet: Packet) -> tuple[int, ...]:
    """What transmissions of one segment have in common."""
    consumes = packet.flags & (SYN | FIN) or packet.length
    kind = packet.flags & (SYN | FIN | RST) if consumes else packet.flags
    return (kind, packet.sequence, packet.length, 0 if consumes else packet.acknowledgement)


def _pair(sent: list[_Sight], received: list[_Sight]) -> list[tuple[_Sight | None, _Sight | None]]:
    """Each packet sent with the one received; None where the other capture does not show it."""
    if sent is received:
        return [(each, each) for each in sent]
    groups: dict[tuple[int, ...], tuple[list[_Sight], list[_Sight]]] = defaultdict(lambda: ([], []))
    for each in sent:
        groups[_same(each.packet)][0].append(each)
    for each in received:
        groups[_same(each.packet)][1].append(each)
    return [pair for left, right in groups.values() for pair in _pair_same(left, right)]


def _pair_same(sent: list[_Sight], received: list[_Sight]) -> list[tuple[_Sight | None, _Sight | None]]:
    """Transmissions of one segment: in order where both ends saw as many, else by the nearest one before."""
    if len(sent) == len(received):
        return list(zip(sent, received, strict=True))
    moments = [each.at for each in sent]
    came: list[_Sight | None] = [None] * len(sent)
    pairs: list[tuple[_Sight | None, _Sight | None]] = []
    for each in received:
        at = bisect_right(moments, each.at + _ROUNDING) - 1
        while at >= 0 and came[at] is not None:
            at -= 1
        if at < 0:
            pairs.append((None, each))
        else:
            came[at] = each
    return [*zip(sent, came, strict=True), *pairs]


def _crossing(sent: _Sight | None, received: _Sight | None, from_client: bool, *, watched: bool) -> Crossing:  # noqa: FBT001 (a direction)
    seen = sent or received
    assert seen is not None  # noqa: S101 (each pair has at least one)
    if received is None:
        fate = Fate.LOST if watched else Fate.UNKNOWN
    else:
        fate = Fate.UNSENT if sent is None else Fate.ARRIVED
    left, right = (sent, received) if from_client else (received, sent)
    return Crossing(
        packet=seen.packet,
        from_client=from_client,
        sent=sent.at if sent is not None else None,
        received=received.at if received is not None else None,
        fate=fate,
        frames=(
            left.packet.frame if left is not None else None,
            right.packet.frame if right is not None else None,
        ),
    )


def _count(found: Iterable[Crossing]) -> Iterable[Crossing]:
    """Tie retransmissions to the first."""
    times: Counter[tuple[bool, tuple[int, ...]]] = Counter()
    for each in found:
        key = (each.from_client, _same(each.packet))
        times[key] += 1
        yield replace(each, nth=times[key])
