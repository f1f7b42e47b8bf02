"""How late a kernel timer may be: the sum of the granules of its intervals and a stated slack, no percentage."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RESOLUTION", "SLACK", "USUAL_HZ", "granule", "lateness"]

SLACK = 0.05
"""Seconds allowed for scheduling at each measured point: a process woken late, a softirq put off."""

RESOLUTION = 0.001
"""Seconds a reading may be too early: pcap rounds down, and two clocks are never read at one instant."""

USUAL_HZ = (100, 250, 300, 1000)
"""The timer frequencies that Linux can be built with (kernel/Kconfig.hz)."""

_LEVELS = 8


def granule(seconds: float, hz: int | None) -> float:
    """How late a timer of so many seconds may fire, in seconds.

    The timer wheel has levels of 64 buckets, each level 8 times as coarse as the one below; level n begins
    at 63·8^(n-1) jiffies. A timer is rounded up to its level's next bucket, so it is never early.

    Source: kernel/time/timer.c, LVL_START, LVL_GRAN and calc_index().

    Args:
        seconds: the timer's interval.
        hz: the kernel's jiffies a second; None where it could not be read: the coarsest of the usual ones.
    """
    if hz is None:
        return max(granule(seconds, usual) for usual in USUAL_HZ)
    jiffies = seconds * hz
    level = 0
    while level < _LEVELS and jiffies >= 63 * 8**level:
        level += 1
    return float(8**level) / hz


def lateness(intervals: Iterable[float], hz: int | None) -> float:
    """How late the last of several timers, each armed when the one before fired, may be, in seconds."""
    return sum(granule(interval, hz) for interval in intervals)
