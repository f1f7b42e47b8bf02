"""Flows: a capture's TCP packets by connection, told from the side that sent the SYN."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from harness.evidence.packets import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, Packet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.runtime.events import Address

__all__ = ["Flow", "Flows", "group", "is_flags"]

_NAMES = {"FIN": FIN, "SYN": SYN, "RST": RST, "PSH": PSH, "ACK": ACK, "URG": URG, "ECE": ECE, "CWR": CWR}
_ALWAYS = FIN | SYN | RST | ACK
_NO_FLAG = 1 << 8


def is_flags(packet: Packet, wanted: str) -> bool:
    """Whether a packet carries exactly the named flags (``SYN``, ``SYN,ACK``); ``any`` is every packet.

    PSH, URG, ECE and CWR count only where they are named: an ordinary SYN may negotiate ECN (RFC 3168).
    """
    if wanted == "any":
        return True
    mask = _mask(wanted)
    return packet.flags & (_ALWAYS | mask) == mask


@cache
def _mask(wanted: str) -> int:
    mask = 0
    for name in wanted.split(","):
        mask |= _NAMES.get(name.strip().upper(), _NO_FLAG)
    return mask


@dataclass(frozen=True)
class Flow:
    """One connection, or one attempt at it: ``client`` sent the SYN. At least one packet, in capture order."""

    client: Address
    server: Address
    packets: tuple[Packet, ...]

    def of_client(self, packet: Packet) -> bool:
        """Whether the client sent it."""
        return (packet.source, packet.source_port) == self.client

    @cached_property
    def syns(self) -> tuple[Packet, ...]:
        """The client's SYNs, retransmissions included."""
        return tuple(each for each in self.packets if is_flags(each, "SYN") and self.of_client(each))

    @cached_property
    def answers(self) -> tuple[Packet, ...]:
        """Everything the server sent."""
        return tuple(each for each in self.packets if not self.of_client(each))

    @cached_property
    def syn_acks(self) -> tuple[Packet, ...]:
        """The server's SYN,ACKs, retransmissions included."""
        return tuple(each for each in self.answers if is_flags(each, "SYN,ACK"))

    @cached_property
    def established(self) -> bool:
        """Whether the handshake was completed: SYN, SYN,ACK, and an ACK of the client after it."""
        if not self.syns or not self.syn_acks:
            return False
        answered = self.syn_acks[0].frame
        return any(
            each.frame > answered and each.flags & ACK and not each.flags & (SYN | RST) and self.of_client(each)
            for each in self.packets
        )

    @cached_property
    def refused(self) -> bool:
        """Whether a SYN was answered by a RST."""
        return not self.syn_acks and any(each.flags & RST for each in self.answers)

    @cached_property
    def syn_answers(self) -> tuple[tuple[Packet, bool], ...]:
        """The client's SYNs, each with whether a SYN,ACK came before the next one."""
        found: list[tuple[Packet, bool]] = []
        for each in self.packets:
            if is_flags(each, "SYN") and self.of_client(each):
                found.append((each, False))
            elif found and is_flags(each, "SYN,ACK"):
                found[-1] = (found[-1][0], True)
        return tuple(found)

    @cached_property
    def unanswered_syns(self) -> int:
        """How many SYNs got no SYN,ACK before the next SYN (or at all)."""
        return sum(not answered for _, answered in self.syn_answers)


@dataclass(frozen=True)
class Flows:
    """All flows of a capture, in the order of their first packets."""

    flows: tuple[Flow, ...]

    @cached_property
    def by_client(self) -> dict[tuple[Address, Address], tuple[Flow, ...]]:
        """The flows by (client, server): more than one where a port was used again."""
        found: dict[tuple[Address, Address], tuple[Flow, ...]] = {}
        for flow in self.flows:
            key = (flow.client, flow.server)
            found[key] = (*found.get(key, ()), flow)
        return found


def group(packets: Iterable[Packet]) -> Flows:
    """The TCP packets by connection.

    A SYN with another sequence number than the connection's first begins a new flow: the port was used again.
    """
    current: dict[tuple[str, int, str, int], list[Packet]] = {}
    ordered: list[list[Packet]] = []
    for packet in packets:
        if packet.kind != "tcp":
            continue
        key = (packet.source, packet.source_port, packet.target, packet.target_port)
        back = (packet.target, packet.target_port, packet.source, packet.source_port)
        found = current.get(key) or current.get(back)
        if found is None or _anew(packet, found):
            found = []
            ordered.append(found)
            current.pop(back, None)
            current[key] = found
        found.append(packet)
    return Flows(tuple(_flow(each) for each in ordered))


def _anew(packet: Packet, found: list[Packet]) -> bool:
    first = found[0]
    return packet.flags & (SYN | ACK) == SYN and (
        not first.flags & SYN or (packet.source_port == first.source_port and packet.sequence != first.sequence)
    )


def _flow(packets: list[Packet]) -> Flow:
    first = packets[0]
    ends = ((first.source, first.source_port), (first.target, first.target_port))
    # Where the capture begins at the SYN,ACK, its sender is the server.
    client, server = reversed(ends) if first.flags & (SYN | ACK) == SYN | ACK else ends
    return Flow(client, server, tuple(packets))
