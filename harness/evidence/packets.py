"""Reads pcap files, with ``struct`` alone: a run's captures are small, and hundreds of thousands a second suffice.

Understands classic pcap in both byte orders with micro- or nanoseconds, over Ethernet (also with VLAN tags),
raw IP, and both Linux "cooked" kinds; IPv4 and IPv6. Any bytes at all give a Capture: what cannot be read is
counted as a frame, or named as the capture's fault.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ACK",
    "CWR",
    "ECE",
    "FIN",
    "PSH",
    "RST",
    "SYN",
    "URG",
    "Capture",
    "Packet",
    "flag_names",
    "read_capture",
]

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128
"""TCP's flags (RFC 9293, section 3.1)."""
_FLAG_NAMES = (
    (SYN, "SYN"),
    (FIN, "FIN"),
    (RST, "RST"),
    (PSH, "PSH"),
    (ACK, "ACK"),
    (URG, "URG"),
    (ECE, "ECE"),
    (CWR, "CWR"),
)

_FILE_HEADER = 24
_RECORD_HEADER = 16
_LONGEST = 1 << 20
"""No capture's snap length is longer; a record that says so is damaged."""

_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_ETHERNET, _RAW, _SLL, _SLL2 = 1, 101, 113, 276
_IPV4, _IPV6 = 0x0800, 0x86DD
_VLAN = (0x8100, 0x88A8, 0x9100)
_TCP, _ICMP, _ICMPV6 = 6, 1, 58
_FRAGMENT, _AUTHENTICATION = 44, 51
_EXTENSIONS = (0, 43, _FRAGMENT, _AUTHENTICATION, 60, 135)
"""IPv6 headers that may stand before TCP: hop-by-hop, routing, destination options, mobility (RFC 8200)."""

_ETHERNET_TCP = struct.Struct(">12xHBxH2xHxB2x4s4sHHIIBBH")
_IPV4_HEADER = struct.Struct(">BxH2xHxB2x4s4s")
_IPV6_HEADER = struct.Struct(">4xHBx16s16s")
_TCP_HEADER = struct.Struct(">HHIIBBH")


class Packet(NamedTuple):
    """A TCP or ICMP packet as a capture shows it.

    ``frame`` counts all the capture's frames from 1, as Wireshark does; ``wall`` is CLOCK_REALTIME in
    nanoseconds; ``length`` is the payload in bytes as the IP header says, however short the capture cut the
    frame. Of an ICMP packet (``kind`` "icmp") the ports hold its type and code.
    """

    frame: int
    wall: int
    kind: str
    source: str
    source_port: int
    target: str
    target_port: int
    flags: int
    sequence: int
    acknowledgement: int
    window: int
    length: int


@dataclass(frozen=True, slots=True)
class Capture:
    """What a pcap file holds: how many frames, those that are TCP or ICMP, and why it is not whole (or None)."""

    frames: int
    packets: tuple[Packet, ...]
    fault: str | None = None


def flag_names(flags: int) -> str:
    """A packet's flags as experiment files write them: ``SYN``, ``SYN,ACK``, ``RST,ACK`` ..."""
    return ",".join(name for flag, name in _FLAG_NAMES if flags & flag)


def read_capture(data: bytes) -> Capture:
    """All of a pcap file that can be read. Never raises, whatever the bytes."""
    if not data:
        return Capture(0, ())
    if len(data) < _FILE_HEADER or data[:4] not in _MAGICS:
        return Capture(0, (), "it does not begin as a pcap file does")
    order, factor = _MAGICS[data[:4]]
    link = struct.unpack_from(order + "I", data, 20)[0] & 0x0FFFFFFF
    if link not in _NETWORK:
        return Capture(0, (), f"its link type {link} is not known")
    return _Reader(data, link).read(struct.Struct(order + "IIII"), factor)


class _Record(NamedTuple):
    """One frame: its number, its moment, where it stands in the file, and how long it was on the wire."""

    frame: int
    wall: int
    at: int
    end: int
    original: int


class _Reader:
    """One pass over a capture; addresses repeat, so their texts are kept."""

    def __init__(self, data: bytes, link: int) -> None:
        self._data = data
        self._link = link
        self._texts: dict[bytes, str] = {}
        self._packets: list[Packet] = []

    def read(self, record: struct.Struct, factor: int) -> Capture:
        data, end, at, frame = self._data, len(self._data), _FILE_HEADER, 0
        add, quick, header = self._packets.append, self._quick, record.unpack_from
        ethernet = self._link == _ETHERNET
        while at < end:
            if at + _RECORD_HEADER > end:
                return Capture(frame, tuple(self._packets), "its last record is cut off")
            seconds, fraction, kept, original = header(data, at)
            at += _RECORD_HEADER
            if kept > _LONGEST or at + kept > end:
                return Capture(frame, tuple(self._packets), "its last record is cut off")
            frame += 1
            wall = seconds * 1_000_000_000 + fraction * factor
            packet = quick(frame, wall, at, original) if ethernet and kept >= _ETHERNET_TCP.size else None
            packet = packet or self._slow(_Record(frame, wall, at, at + kept, original))
            if packet is not None:
                add(packet)
            at += kept
        return Capture(frame, tuple(self._packets))

    def _quick(self, frame: int, wall: int, at: int, original: int) -> Packet | None:
        """Nearly every frame: Ethernet, IPv4 without options or fragments, TCP. One unpack for all of it."""
        (kind, version, total, fragment, protocol, source, target,
         source_port, target_port, sequence, acknowledgement, offset, flags, window,
         ) = _ETHERNET_TCP.unpack_from(self._data, at)  # fmt: skip
        if kind != _IPV4 or version != 0x45 or protocol != _TCP or fragment & 0x1FFF:
            return None
        texts = self._texts
        # total is 0 where segmentation was left to the card and the packet is longer than 64 KiB.
        length = (total or original - 14) - 20 - (offset >> 4) * 4
        return Packet(
            frame, wall, "tcp", texts.get(source) or self._text(source), source_port,
            texts.get(target) or self._text(target), target_port,
            flags, sequence, acknowledgement, window, max(length, 0),
        )  # fmt: skip

    def _slow(self, record: _Record) -> Packet | None:
        """Everything else, one header after another."""
        network = _NETWORK[self._link](self._data, record.at, record.end)
        if network is None:
            return None
        kind, start = network
        whole = record.original - (start - record.at)
        if kind == _IPV4:
            return self._ipv4(record, start, whole)
        if kind == _IPV6:
            return self._ipv6(record, start, whole)
        return None

    def _ipv4(self, record: _Record, at: int, whole: int) -> Packet | None:
        if record.end - at < _IPV4_HEADER.size:
            return None
        version, total, fragment, protocol, source, target = _IPV4_HEADER.unpack_from(self._data, at)
        header = (version & 15) * 4
        if version >> 4 != 4 or header < 20 or fragment & 0x1FFF:
            return None
        ends = (self._text(source), self._text(target))
        return self._transport(record, protocol, ends, (at + header, (total or whole) - header))

    def _ipv6(self, record: _Record, at: int, whole: int) -> Packet | None:
        if record.end - at < _IPV6_HEADER.size or self._data[at] >> 4 != 6:
            return None
        payload, protocol, source, target = _IPV6_HEADER.unpack_from(self._data, at)
        start, left = at + 40, payload or whole - 40
        while protocol in _EXTENSIONS:
            if start + 8 > record.end:
                return None
            if protocol == _FRAGMENT and int.from_bytes(self._data[start + 2 : start + 4], "big") >> 3:
                return None
            size = _extension_size(protocol, self._data[start + 1])
            protocol, start, left = self._data[start], start + size, left - size
        return self._transport(record, protocol, (self._text(source), self._text(target)), (start, left))

    def _transport(
        self, record: _Record, protocol: int, ends: tuple[str, str], place: tuple[int, int]
    ) -> Packet | None:
        """TCP or ICMP at ``place``: where it starts, and how long the IP header says it is."""
        source, target = ends
        at, left = place
        if protocol in (_ICMP, _ICMPV6) and at + 2 <= record.end:
            kind, code = self._data[at], self._data[at + 1]
            left = max(left - 8, 0)
            return Packet(record.frame, record.wall, "icmp", source, kind, target, code, 0, 0, 0, 0, left)
        if protocol != _TCP or at + _TCP_HEADER.size > record.end:
            return None
        fields = _TCP_HEADER.unpack_from(self._data, at)
        source_port, target_port, sequence, acknowledgement, offset, flags, window = fields
        return Packet(
            record.frame, record.wall, "tcp", source, source_port, target, target_port,
            flags, sequence, acknowledgement, window, max(left - (offset >> 4) * 4, 0),
        )  # fmt: skip

    def _text(self, raw: bytes) -> str:
        text = self._texts.get(raw)
        if text is None:
            text = self._texts[raw] = socket.inet_ntop(socket.AF_INET6 if len(raw) == 16 else socket.AF_INET, raw)
        return text


def _extension_size(protocol: int, length: int) -> int:
    """The bytes of an IPv6 extension header: each kind counts them in its own way."""
    if protocol == _FRAGMENT:
        return 8
    return (length + 2) * 4 if protocol == _AUTHENTICATION else (length + 1) * 8


def _after_ethernet(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    return _after_tags(data, at + 12, end)


def _after_tags(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    """The network protocol and where it starts, behind any VLAN tags."""
    while at + 2 <= end:
        kind = data[at] << 8 | data[at + 1]
        if kind not in _VLAN:
            return kind, at + 2
        at += 4
    return None


def _after_nothing(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    if at >= end:
        return None
    return {4: _IPV4, 6: _IPV6}.get(data[at] >> 4, 0), at


def _after_sll(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    return _after_tags(data, at + 14, end)


def _after_sll2(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    if at + 20 > end:
        return None
    return data[at] << 8 | data[at + 1], at + 20


_NETWORK: dict[int, Callable[[bytes, int, int], tuple[int, int] | None]] = {
    _ETHERNET: _after_ethernet,
    _RAW: _after_nothing,
    _SLL: _after_sll,
    _SLL2: _after_sll2,
}
"""Where the network header starts, by link type (tcpdump.org/linktypes.html)."""
