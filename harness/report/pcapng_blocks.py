"""The blocks of a pcapng file that harness writes (draft-ietf-opsawg-pcapng): sections, interfaces, packets.

Little-endian, timestamps in nanoseconds. Own code, because a run of 10,000 connections has 114,000 packets, and
python-pcapng writes 45,000 a second, this a million; the tests read with that library what is written here.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Interface", "packet", "section", "statistics"]

_SECTION, _INTERFACE, _STATISTICS, _PACKET = 0x0A0D0D0A, 1, 5, 6
_BYTE_ORDER = 0x1A2B3C4D
_UNKNOWN_LENGTH = (1 << 64) - 1
_COMMENT, _END = 1, struct.pack("<HH", 0, 0)
_HARDWARE, _SYSTEM, _PROGRAM = 2, 3, 4
_NAME, _DESCRIPTION, _RESOLUTION, _INTERFACE_SYSTEM = 2, 3, 9, 12
_NANOSECONDS = b"\x09"
_RECEIVED, _DROPPED = 4, 5
_PADDING = (b"", b"\0", b"\0\0", b"\0\0\0")
_LONGEST = 0xFFFF
"""Bytes that an option can hold; its length has 16 bits."""

_packet_head = struct.Struct("<IIIIIII").pack
_length = struct.Struct("<I").pack
_option_head = struct.Struct("<HH").pack


def section(*, hardware: str, system: str, program: str, comments: Iterable[str]) -> bytes:
    """A Section Header Block: where the packets were seen, with which system, by which program."""
    head = struct.pack("<IHHQ", _BYTE_ORDER, 1, 0, _UNKNOWN_LENGTH)
    options = [(_HARDWARE, hardware), (_SYSTEM, system), (_PROGRAM, program), *_comments(comments)]
    return _block(_SECTION, head + _options(options))


@dataclass(frozen=True, slots=True)
class Interface:
    """One host's capture: its link type and snap length, its name, and what is said of it."""

    link: int
    snap: int
    name: str
    description: str
    system: str
    comments: tuple[str, ...] = ()

    def block(self) -> bytes:
        """An Interface Description Block; interfaces count from 0 within their section."""
        texts = [(_NAME, self.name), (_DESCRIPTION, self.description), (_INTERFACE_SYSTEM, self.system)]
        resolution = _option(_RESOLUTION, _NANOSECONDS)
        options = resolution + _options([*texts, *_comments(self.comments)])
        return _block(_INTERFACE, struct.pack("<HHI", self.link, 0, self.snap) + options)


def packet(number: int, moment: int, data: bytes, original: int, comments: Iterable[str] = ()) -> bytes:
    """An Enhanced Packet Block.

    Args:
        number: the interface's.
        moment: nanoseconds since 1970, from 0 to 2**64 - 1.
        data: what the capture kept of the packet.
        original: the packet's bytes on the wire.
        comments: what is said of it.
    """
    rest = _PADDING[-len(data) % 4] + (_said(tuple(comments)) if comments else b"")
    size = 32 + len(data) + len(rest)
    head = _packet_head(_PACKET, size, number, moment >> 32, moment & 0xFFFFFFFF, len(data), original)
    return b"".join((head, data, rest, _length(size)))


def statistics(number: int, moment: int, *, received: int, dropped: int | None) -> bytes:
    """An Interface Statistics Block, at the capture's end; ``dropped`` is None where nobody can tell."""
    counts = [(_RECEIVED, received)] + ([] if dropped is None else [(_DROPPED, dropped)])
    options = b"".join(_option(code, struct.pack("<Q", count)) for code, count in counts) + _END
    return _block(_STATISTICS, struct.pack("<III", number, moment >> 32, moment & 0xFFFFFFFF) + options)


@lru_cache(maxsize=4096)
def _said(comments: tuple[str, ...]) -> bytes:
    return _options(_comments(comments))


def _comments(texts: Iterable[str]) -> list[tuple[int, str]]:
    return [(_COMMENT, text) for text in texts]


def _block(kind: int, body: bytes) -> bytes:
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + _length(size)


def _options(texts: Iterable[tuple[int, str]]) -> bytes:
    """Options that hold text; an empty one is left out."""
    return b"".join([_option(code, _encoded(text)) for code, text in texts if text] + [_END])


def _option(code: int, value: bytes) -> bytes:
    return _option_head(code, len(value)) + value + b"\0" * (-len(value) % 4)


def _encoded(text: str) -> bytes:
    """UTF-8 without anything that could act, of at most the bytes that an option holds."""
    data = printable(text).encode("utf-8")
    return data if len(data) <= _LONGEST else data[: _LONGEST - 3].decode("utf-8", "ignore").encode() + b"..."
