"""Whether two runs' findings differ, or are the same but for noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.model.timers import RESOLUTION, SLACK, granule
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.result import FindingResult

__all__ = ["alike", "differ"]

_SECONDS = {"s", "seconds"}
_POINTS = 2
"""A duration is measured at two points, each of which scheduling may put off."""


def differ(left: FindingResult, right: FindingResult, hz: int | None = None) -> bool | None:
    """Whether two runs saw something different; None where one of them is in doubt or could not be seen.

    Equal values are the same. So are values, of whole groups with their spread, that lie within the same
    expected bounds, the left run's or the right run's: the bounds say which values mean the same, and of a
    duration, by how much one and the same timer may be late. Durations without bounds are the same where one
    timer can be the cause of both: they differ by no more than the granule of the longer one and the slack of
    two points. Everything else differs; of alternatives (``one_of``) each is a value of its own.

    Args:
        left: the finding in one run.
        right: the finding in the other.
        hz: the timer frequency of the coarser of both kernels; None where it is not known.
    """
    if not (_sure(left) and _sure(right)):
        return None
    ours, theirs = _samples(left), _samples(right)
    if ours == theirs:
        return False
    if any(_one_bound_holds(expected, [*ours, *theirs]) for expected in (left.expected, right.expected)):
        return False
    timed = left.unit in _SECONDS and right.unit in _SECONDS
    if timed and not (_bounds(left.expected) or _bounds(right.expected)):
        return not all(_near(one, other, hz) for one in ours for other in theirs)
    return True


def alike(count: int, pairs: Mapping[tuple[int, int], bool | None]) -> tuple[tuple[int, ...], ...]:
    """Runs by what is the same: each is put with the first ones of which it differs from none.

    Args:
        count: how many runs there are; they are named by number.
        pairs: whether two of them differ, the smaller number first; None where they cannot be compared. A run that
            can be compared with no other is in no group.
    """
    groups: list[list[int]] = []
    for run in range(count):
        known = [pair for pair, verdict in pairs.items() if run in pair and verdict is not None]
        if not known:
            continue
        home = next((group for group in groups if all(pairs[each, run] is False for each in group)), None)
        if home is None:
            groups.append([run])
        else:
            home.append(run)
    return tuple(tuple(group) for group in groups)


def _sure(finding: FindingResult) -> bool:
    """Whether the value was seen (a source stands among the witnesses) and is beyond doubt."""
    doubtful = finding.verdict is Verdict.UNKNOWN or (finding.verdict is None and finding.reason is not None)
    return bool(finding.witnesses) and not doubtful


def _samples(finding: FindingResult) -> list[Any]:
    """The value, and the least and the most of its group."""
    return [finding.value, *(finding.spread or ())]


def _bounds(expected: Any) -> bool:
    """Whether an expectation's JSON holds bounds anywhere."""
    if isinstance(expected, dict):
        return "at_least" in expected or "at_most" in expected or any(map(_bounds, expected.values()))
    return isinstance(expected, list) and any(map(_bounds, expected))


def _one_bound_holds(expected: Any, values: Sequence[Any]) -> bool:
    """Whether one alternative of the expectation holds all the values."""
    if isinstance(expected, dict):
        for alternatives in ("one_of", "either"):
            if alternatives in expected:
                return any(_one_bound_holds(each, values) for each in expected[alternatives])
        return all(_within(value, expected.get("at_least"), expected.get("at_most")) for value in values)
    if isinstance(expected, list):
        if not all(isinstance(value, list) and len(value) == len(expected) for value in values):
            return False
        members = zip(expected, *values, strict=True)
        return all(_one_bound_holds(each, at_place) for each, *at_place in members)
    return all(value == expected for value in values)


def _within(value: Any, least: float | None, most: float | None) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return (least is None or value >= least - RESOLUTION) and (most is None or value <= most)


def _near(one: Any, other: Any, hz: int | None) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_near(a, b, hz) for a, b in zip(one, other, strict=True))
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return bool(one == other)
    return abs(one - other) <= granule(max(one, other), hz) + _POINTS * SLACK
