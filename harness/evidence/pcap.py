"""pcap files: their header, and their frames one after another (tcpdump.org/manpages/pcap-savefile.5).

Classic pcap in both byte orders, with micro- or nanoseconds.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Damaged", "Frame", "Savefile"]

Frame = tuple[int, int, int, int, int]
"""A frame's number from 1, as Wireshark counts; CLOCK_REALTIME in nanoseconds; where its bytes begin in the file
and end; its bytes on the wire, however short the capture cut it."""

_FILE_HEADER, _RECORD_HEADER = 24, 16
_LONGEST = 1 << 20
"""No capture's snap length is longer; a record that says so is damaged."""
_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}


class Damaged(ValueError):
    """A pcap file, or the rest of it, cannot be read; why, in a few words."""


@dataclass(frozen=True, slots=True)
class Savefile:
    """A pcap file's header, and its bytes: ``link`` is the link type, ``snap`` the snap length."""

    data: bytes
    link: int
    snap: int
    order: str
    factor: int

    @classmethod
    def of(cls, data: bytes) -> Savefile:
        """The file with these bytes; Damaged where they do not begin as a pcap file does."""
        if len(data) < _FILE_HEADER or data[:4] not in _MAGICS:
            raise Damaged("it does not begin as a pcap file does")
        order, factor = _MAGICS[data[:4]]
        snap, link = struct.unpack_from(order + "II", data, 16)
        return cls(data, link & 0x0FFFFFFF, snap, order, factor)

    def frames(self) -> Iterator[Frame]:
        """Every whole frame in its order; then Damaged where the last one is cut off."""
        data, factor = self.data, self.factor
        header = struct.Struct(self.order + "IIII").unpack_from
        end, at, number = len(data), _FILE_HEADER, 0
        while at < end:
            if at + _RECORD_HEADER > end:
                raise Damaged("its last record is cut off")
            seconds, fraction, kept, original = header(data, at)
            at += _RECORD_HEADER
            begin, at = at, at + kept
            if kept > _LONGEST or at > end:
                raise Damaged("its last record is cut off")
            number += 1
            yield number, seconds * 1_000_000_000 + fraction * factor, begin, at, original
