"""Clocks: the moment of a packet (CLOCK_REALTIME) on its host's CLOCK_MONOTONIC, and jumps of the wall clock."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.runtime.events import Clock

__all__ = ["STEP", "ClockMap", "one_clock"]

STEP = 10_000_000
"""Nanoseconds by which the clocks' distance may change between two pairs before it counts as a jump.

Both run at one rate (the kernel slews them together), so the distance changes only when somebody sets the
time; a pair's two readings lie a few microseconds apart.
"""

_ONE = 1_000_000
"""Nanoseconds: hosts whose clocks' distances differ by less read the same clocks, of one machine."""


@dataclass(frozen=True, slots=True)
class ClockMap:
    """A host's pairs of readings, ordered by the wall clock: (mono, wall), nanoseconds."""

    pairs: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, clocks: Iterable[Clock]) -> ClockMap:
        """The map from a host's Clock events."""
        return cls(tuple(sorted(((clock.mono, clock.wall) for clock in clocks), key=lambda pair: pair[1])))

    def mono(self, wall: int) -> int | None:
        """The moment on CLOCK_MONOTONIC, by the nearest pair's distance; None where there is no pair."""
        if not self.pairs:
            return None
        at = bisect_left(self.pairs, wall, key=lambda pair: pair[1])
        near = self.pairs[max(at - 1, 0) : at + 1]
        mono, paired = min(near, key=lambda pair: abs(pair[1] - wall))
        return wall - paired + mono

    @property
    def distance(self) -> int | None:
        """CLOCK_REALTIME minus CLOCK_MONOTONIC at the first pair, in nanoseconds; None where there is no pair."""
        mono, wall = min(self.pairs, default=(None, None))
        return None if mono is None or wall is None else wall - mono

    @property
    def jump(self) -> int:
        """The greatest change of the clocks' distance from one pair to the next, in nanoseconds."""
        distances = [wall - mono for mono, wall in sorted(self.pairs)]
        return max((abs(after - before) for before, after in pairwise(distances)), default=0)


def one_clock(clocks: Iterable[ClockMap]) -> bool:
    """Whether hosts read the same clocks: those of one machine. False where nobody can tell."""
    distances = [clock.distance for clock in clocks if clock.distance is not None]
    return bool(distances) and max(distances) - min(distances) < _ONE
