"""Reads the packets of a pcap file, with ``struct`` alone: hundreds of thousands a second.

Understands Ethernet (also with VLAN tags), raw IP, and both Linux "cooked" kinds; IPv4 and IPv6. Any bytes at all
give a Capture: what cannot be read is counted as a frame, or named as the capture's fault.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from harness.evidence.links import ETHERNET, IPV4, IPV6, NETWORK
from harness.evidence.pcap import Damaged, Savefile

if TYPE_CHECKING:
    from harness.evidence.pcap import Frame

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

_TCP, _ICMP, _ICMPV6 = 6, 1, 58
_FRAGMENT, _AUTHENTICATION = 44, 51
_EXTENSIONS = (0, 43, _FRAGMENT, _AUTHENTICATION, 60, 135)
"""IPv6 headers that may stand before TCP: hop-by-hop, routing, destination options, mobility (RFC 8200)."""

_ETHERNET_TCP = struct.Struct(">12xHBxH2xHxB2x4s4sHHIIBBH")
_ETHERNET_TCP6 = struct.Struct(">12xHB3xHBx16s16sHHIIBBH")
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
    try:
        file = Savefile.of(data)
    except Damaged as error:
        return Capture(0, (), str(error))
    if file.link not in NETWORK:
        return Capture(0, (), f"its link type {file.link} is not known")
    return _Reader(file).read()


class _Reader:
    """One pass over a capture; addresses repeat, so their texts are kept."""

    def __init__(self, file: Savefile) -> None:
        self._file = file
        self._data = file.data
        self._texts: dict[bytes, str] = {}
        self._packets: list[Packet] = []

    def read(self) -> Capture:
        number, fault, add = 0, None, self._packets.append
        quick, quick6, ethernet = self._quick, self._quick6, self._file.link == ETHERNET
        short, short6 = _ETHERNET_TCP.size, _ETHERNET_TCP6.size
        try:
            for frame in self._file.frames():
                number, wall, at, end, original = frame
                packet = None
                if ethernet and end - at >= short:
                    packet = quick(number, wall, at, original)
                    if packet is None and end - at >= short6:
                        packet = quick6(number, wall, at, original)
                packet = packet or self._slow(frame)
                if packet is not None:
                    add(packet)
        except Damaged as error:
            fault = str(error)
        return Capture(number, tuple(self._packets), fault)

    def _quick(self, frame: int, wall: int, at: int, original: int) -> Packet | None:
        """Nearly every frame: Ethernet, IPv4 without options or fragments, TCP. One unpack for all of it."""
        (kind, version, total, fragment, protocol, source, target,
         source_port, target_port, sequence, acknowledgement, offset, flags, window,
         ) = _ETHERNET_TCP.unpack_from(self._data, at)  # fmt: skip
        if kind != IPV4 or version != 0x45 or protocol != _TCP or fragment & 0x1FFF:
            return None
        texts = self._texts
        # total is 0 where segmentation was left to the card and the packet is longer than 64 KiB.
        length = (total or original - 14) - 20 - (offset >> 4) * 4
        return Packet(
            frame, wall, "tcp", texts.get(source) or self._text(source), source_port,
            texts.get(target) or self._text(target), target_port,
            flags, sequence, acknowledgement, window, max(length, 0),
        )  # fmt: skip

    def _quick6(self, frame: int, wall: int, at: int, original: int) -> Packet | None:
        """The same of IPv6, without extension headers."""
        (kind, version, payload, protocol, source, target,
         source_port, target_port, sequence, acknowledgement, offset, flags, window,
         ) = _ETHERNET_TCP6.unpack_from(self._data, at)  # fmt: skip
        if kind != IPV6 or version >> 4 != 6 or protocol != _TCP:
            return None
        texts = self._texts
        length = (payload or original - 54) - (offset >> 4) * 4
        return Packet(
            frame, wall, "tcp", texts.get(source) or self._text(source), source_port,
            texts.get(target) or self._text(target), target_port,
            flags, sequence, acknowledgement, window, max(length, 0),
        )  # fmt: skip

    def _slow(self, frame: Frame) -> Packet | None:
        """Everything else, one header after another."""
        _, _, at, end, original = frame
        network = NETWORK[self._file.link](self._data, at, end)
        if network is None:
            return None
        kind, start = network
        whole = original - (start - at)
        if kind == IPV4:
            return self._ipv4(frame, start, whole)
        if kind == IPV6:
            return self._ipv6(frame, start, whole)
        return None

    def _ipv4(self, frame: Frame, at: int, whole: int) -> Packet | None:
        if frame[3] - at < _IPV4_HEADER.size:
            return None
        version, total, fragment, protocol, source, target = _IPV4_HEADER.unpack_from(self._data, at)
        header = (version & 15) * 4
        if version >> 4 != 4 or header < 20 or fragment & 0x1FFF:
            return None
        ends = (self._text(source), self._text(target))
        return self._transport(frame, protocol, ends, (at + header, (total or whole) - header))

    def _ipv6(self, frame: Frame, at: int, whole: int) -> Packet | None:
        end = frame[3]
        if end - at < _IPV6_HEADER.size or self._data[at] >> 4 != 6:
            return None
        payload, protocol, source, target = _IPV6_HEADER.unpack_from(self._data, at)
        start, left = at + 40, payload or whole - 40
        while protocol in _EXTENSIONS:
            if start + 8 > end:
                return None
            if protocol == _FRAGMENT and int.from_bytes(self._data[start + 2 : start + 4], "big") >> 3:
                return None
            size = _extension_size(protocol, self._data[start + 1])
            protocol, start, left = self._data[start], start + size, left - size
        return self._transport(frame, protocol, (self._text(source), self._text(target)), (start, left))

    def _transport(
        self, frame: Frame, protocol: int, ends: tuple[str, str], place: tuple[int, int]
    ) -> Packet | None:
        """TCP or ICMP at ``place``: where it starts, and how long the IP header says it is."""
        number, wall, _, end, _ = frame
        source, target = ends
        at, left = place
        if protocol in (_ICMP, _ICMPV6) and at + 2 <= end:
            kind, code = self._data[at], self._data[at + 1]
            return Packet(number, wall, "icmp", source, kind, target, code, 0, 0, 0, 0, max(left - 8, 0))
        if protocol != _TCP or at + _TCP_HEADER.size > end:
            return None
        fields = _TCP_HEADER.unpack_from(self._data, at)
        source_port, target_port, sequence, acknowledgement, offset, flags, window = fields
        return Packet(
            number, wall, "tcp", source, source_port, target, target_port,
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
