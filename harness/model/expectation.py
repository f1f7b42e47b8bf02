"""Matchers: what a measured value is compared with. Each says the same to machines and to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.model.timers import RESOLUTION

if TYPE_CHECKING:
    from harness.model.interface import Matcher

__all__ = ["Between", "Duration", "Either", "Equal", "Moment", "Nothing", "OneOf", "Times", "plain"]

_DURATION_POINTS = 2
"""A duration is measured at two points: where it begins and where it ends."""


def plain(value: Any) -> str:
    """A value as a person reads it in a table's cell: ``null`` for nothing, no trailing zeros, no brackets."""
    if value is None:
        return "nothing"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value)
    return str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Equal:
    """Exactly this value."""

    value: Any

    def matches(self, value: Any) -> bool:
        """Whether the value is equal; a list and a tuple with the same items are."""
        if isinstance(value, tuple):
            value = list(value)
        return bool(value == self.to_json())

    def to_json(self) -> Any:
        """The value itself."""
        return list(self.value) if isinstance(self.value, tuple) else self.value

    def text(self) -> str:
        """The value itself."""
        return plain(self.value)


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing must be there: the selection is empty."""

    def matches(self, value: Any) -> bool:
        """Whether the value is null."""
        return value is None

    def to_json(self) -> None:
        """Null."""
        return

    def text(self) -> str:
        """The word for it."""
        return "nothing"


@dataclass(frozen=True, slots=True)
class Between:
    """A number within bounds, both included; None leaves that side open."""

    least: float | None
    most: float | None

    def matches(self, value: Any) -> bool:
        """Whether the value is a number within the bounds."""
        if not _is_number(value):
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def to_json(self) -> dict[str, float]:
        """The bounds, as experiment files write them."""
        bounds = {"at_least": self.least, "at_most": self.most}
        return {name: bound for name, bound in bounds.items() if bound is not None}

    def text(self) -> str:
        """The bounds in a few characters."""
        if self.most is None:
            return f"≥ {plain(self.least)}"
        if self.least is None:
            return f"≤ {plain(self.most)}"
        return f"{plain(self.least)} to {plain(self.most)}"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of several values."""

    values: tuple[Any, ...]

    def matches(self, value: Any) -> bool:
        """Whether the value is one of them."""
        return any(Equal(each).matches(value) for each in self.values)

    def to_json(self) -> dict[str, list[Any]]:
        """The values, as experiment files write them."""
        return {"one_of": list(self.values)}

    def text(self) -> str:
        """The values with "or" between them."""
        return " or ".join(plain(value) for value in self.values)


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration that timers decide: never shorter than nominal, and longer by their lateness and the slack.

    All in seconds. ``slack`` is per measured point; a duration has two.
    """

    nominal: float
    late: float
    slack: float

    def matches(self, value: Any) -> bool:
        """Whether the value is a number of seconds within the bounds."""
        return _is_number(value) and self.nominal - RESOLUTION <= value <= self._most()

    def to_json(self) -> dict[str, float]:
        """Nominal and bounds."""
        return {"nominal": self.nominal, "at_least": self.nominal, "at_most": round(self._most(), 6)}

    def text(self) -> str:
        """The bounds, to the hundredth."""
        return f"{self.nominal:.2f} to {self._most():.2f}"

    def _most(self) -> float:
        return self.nominal + self.late + _DURATION_POINTS * self.slack


@dataclass(frozen=True, slots=True)
class Times:
    """Moments that timers decide, in seconds after the first: each as late as its timers and one slack allow."""

    nominal: tuple[float, ...]
    late: tuple[float, ...]
    slack: float

    def matches(self, value: Any) -> bool:
        """Whether the value is a list of as many moments, each within its bounds."""
        if not isinstance(value, list | tuple) or len(value) != len(self.nominal):
            return False
        return all(
            _is_number(moment) and nominal - RESOLUTION <= moment <= nominal + late + self.slack
            for moment, nominal, late in zip(value, self.nominal, self.late, strict=True)
        )

    def to_json(self) -> list[dict[str, float]]:
        """Each moment's bounds."""
        return [
            {"at_least": nominal, "at_most": round(nominal + late + self.slack, 6)}
            for nominal, late in zip(self.nominal, self.late, strict=True)
        ]

    def text(self) -> str:
        """The nominal moments."""
        return plain(self.nominal)


@dataclass(frozen=True, slots=True)
class Either:
    """Any of several matchers: where a race decides between documented outcomes."""

    matchers: tuple[Matcher, ...]

    def matches(self, value: Any) -> bool:
        """Whether one of them matches."""
        return any(matcher.matches(value) for matcher in self.matchers)

    def to_json(self) -> dict[str, list[Any]]:
        """What each expects."""
        return {"either": [matcher.to_json() for matcher in self.matchers]}

    def text(self) -> str:
        """What each expects, with "or" between them."""
        return " or ".join(matcher.text() for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class Moment:
    """One of several moments that timers decide, in seconds; each as late as its timers and two slacks allow."""

    nominal: tuple[float, ...]
    late: tuple[float, ...]
    slack: float

    def matches(self, value: Any) -> bool:
        """Whether the value lies within the bounds of one of the moments."""
        return _is_number(value) and any(
            nominal - RESOLUTION <= value <= nominal + late + _DURATION_POINTS * self.slack
            for nominal, late in zip(self.nominal, self.late, strict=True)
        )

    def to_json(self) -> dict[str, list[dict[str, float]]]:
        """Each moment's bounds."""
        return {
            "one_of": [
                {"at_least": nominal, "at_most": round(nominal + late + _DURATION_POINTS * self.slack, 6)}
                for nominal, late in zip(self.nominal, self.late, strict=True)
            ]
        }

    def text(self) -> str:
        """The nominal moments."""
        return "at one of " + plain(self.nominal)
