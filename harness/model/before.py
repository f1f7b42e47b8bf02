"""Sysctls that came with some kernel: the value with which it does what every kernel before it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BEFORE", "Before"]


@dataclass(frozen=True, slots=True)
class Before:
    """What an older kernel does that has no such sysctl.

    Attributes:
        value: the value that means the same on a kernel that has it.
        since: the first release that has it.
        source: where that is written.
    """

    value: str
    since: str
    source: str


BEFORE: Mapping[str, Before] = {
    "net.ipv4.tcp_syn_linear_timeouts": Before(
        "0",
        "6.5",
        "commit ccce324dabfe (tcp: make the first N SYN RTO backoffs linear): with 0 the RTO doubles from the"
        " first timeout on, as it did before",
    ),
    "net.ipv4.tcp_rto_max_ms": Before(
        "120000",
        "6.15",
        "commit 1280c26228bd (tcp: add tcp_rto_max_ms sysctl): its initial value is TCP_RTO_MAX, the constant of"
        " 120 s that held before",
    ),
}
"""By name. A model that reads a sysctl which a kernel may lack has it here (a test sees to that)."""
