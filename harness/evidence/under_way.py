"""Packets that one host's capture shows leaving, and the other's never shows arriving: lost on the way.

The links of a lab lose nothing by themselves, but a burst can be more than a kernel takes from a device at once
(net.core.netdev_max_backlog, net/core/dev.c, enqueue_to_backlog).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.evidence.clocks import one_clock
from harness.evidence.packets import ACK, SYN
from harness.runtime.events import Lost, Started

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.evidence.clocks import ClockMap
    from harness.evidence.packets import Capture, Packet
    from harness.runtime.events import Event

__all__ = ["lost_syns"]


def lost_syns(
    events: Iterable[Event], captures: Mapping[str, Capture], clocks: Mapping[str, ClockMap]
) -> Iterator[tuple[str, str, int]]:
    """Sender, receiver, and how many SYNs (and SYN,ACKs) were lost between them, where any were.

    Only SYNs, since a kernel may merge others on their way. Only hosts whose captures are whole, and only what
    left between the first and the last packet that came from there: later ones may have come too late to be seen.
    """
    addresses, whole = _observed(events)
    hosts = [host for host, capture in captures.items() if host in whole and capture.fault is None]
    if not one_clock(clocks[host] for host in hosts if host in clocks):
        return
    for sender in hosts:
        for receiver in hosts:
            ends = addresses.get(sender), addresses.get(receiver)
            came = [] if sender == receiver else _between(captures[receiver], ends)
            if not came:
                continue
            sent = (
                each for each in _between(captures[sender], ends) if came[0].wall <= each.wall <= came[-1].wall
            )
            lost = (_syns(sent) - _syns(came)).total()
            if lost:
                yield sender, receiver, lost


def _observed(events: Iterable[Event]) -> tuple[dict[str, str], set[str]]:
    """Each host's address, and the hosts of whose captures the kernel says that nothing is missing."""
    addresses: dict[str, str] = {}
    lost: dict[str, list[int | None]] = {}
    for event in events:
        if isinstance(event, Started) and event.process == "observer" and event.facts.get("address"):
            addresses[event.host] = str(event.facts["address"])
        elif isinstance(event, Lost) and event.source == "packets":
            lost.setdefault(event.host, []).append(event.count)
    return addresses, {host for host, counts in lost.items() if set(counts) == {0}}


def _between(capture: Capture, ends: tuple[str | None, str | None]) -> list[Packet]:
    return [each for each in capture.packets if each.kind == "tcp" and (each.source, each.target) == ends]


def _syns(packets: Iterable[Packet]) -> Counter[tuple[int, int, int, int]]:
    """How often each SYN or SYN,ACK was seen, its retransmissions included."""
    return Counter(
        (each.source_port, each.target_port, each.flags & (SYN | ACK), each.sequence)
        for each in packets
        if each.flags & SYN
    )
