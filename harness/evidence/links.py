"""Link types: where a frame's network header starts (tcpdump.org/linktypes.html)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ETHERNET", "IPV4", "IPV6", "NETWORK"]

ETHERNET = 1
_RAW, _SLL, _SLL2 = 101, 113, 276
IPV4, IPV6 = 0x0800, 0x86DD
_VLAN = (0x8100, 0x88A8, 0x9100)


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
    return {4: IPV4, 6: IPV6}.get(data[at] >> 4, 0), at


def _after_sll(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    return _after_tags(data, at + 14, end)


def _after_sll2(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    if at + 20 > end:
        return None
    return data[at] << 8 | data[at + 1], at + 20


NETWORK: dict[int, Callable[[bytes, int, int], tuple[int, int] | None]] = {
    ETHERNET: _after_ethernet,
    _RAW: _after_nothing,
    _SLL: _after_sll,
    _SLL2: _after_sll2,
}
"""Where the network header starts, by link type (tcpdump.org/linktypes.html)."""
