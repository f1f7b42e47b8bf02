"""Plots: axes with round numbers, and numbers that change in steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.series import thinned
from harness.report.html.svg import line, number, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.html.series import Point

__all__ = ["Frame", "area", "bottom_axis", "left_axis", "steps", "ticks"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of the sheet, and the numbers at its edges."""

    left: float
    top: float
    width: float
    height: float
    first: float
    last: float
    most: float

    def x(self, value: float) -> float:
        """Where a moment stands; what lies outside stands on the edge."""
        share = (value - self.first) / ((self.last - self.first) or 1.0)
        return self.left + self.width * min(max(share, 0.0), 1.0)

    def y(self, value: float) -> float:
        """Where a number stands."""
        share = value / (self.most or 1.0)
        return self.top + self.height * (1 - share)

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height


def ticks(first: float, last: float, most: int, *, whole: bool = False) -> list[float]:
    """At most so many round numbers from first to last, at equal distances of 1, 2 or 5 times a power of ten."""
    length = last - first
    if length <= 0:
        return [first]
    power = 10.0 ** math.floor(math.log10(length / most))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * most >= length * (1 - 1e-9))
    if whole:
        step = max(1.0, step)
    begin = math.ceil(first / step - 1e-9)
    return [round(at * step, 9) for at in range(begin, math.floor(last / step + 1e-9) + 1)]


def plain(value: float) -> str:
    """A tick's number."""
    return f"{value:g}" if value < 10_000 else f"{value:,.0f}".replace(",", "\N{THIN SPACE}")


def bottom_axis(frame: Frame, unit: str) -> Iterator[h.Node]:
    """The time below, with lines up through the frame."""
    yield line(frame.left, frame.bottom, frame.left + frame.width, frame.bottom, "axis")
    marks = ticks(frame.first, frame.last, max(2, int(frame.width // 65)))
    for value in marks:
        x = frame.x(value)
        yield line(x, frame.bottom, x, frame.bottom + 4, "axis")
        shown = f"{plain(value)} {unit}" if value == marks[-1] else plain(value)
        yield text(x, frame.bottom + 17, shown, "tick", "middle")


def left_axis(frame: Frame, count: int = 4) -> Iterator[h.Node]:
    """Whole numbers at the left, with faint lines through the frame."""
    for value in ticks(0.0, frame.most, count, whole=True):
        y = frame.y(value)
        yield line(frame.left, y, frame.left + frame.width, y, "grid")
        yield text(frame.left - 6, y + 4, plain(value), "tick", "end")


def _corners(points: Sequence[Point], frame: Frame) -> str:
    """The path of a number that holds until it changes."""
    shown = thinned(points, max(1, int(frame.width)), frame.last)
    parts = [f"M{number(frame.x(shown[0][0]))} {number(frame.y(shown[0][1]))}"]
    parts += [f"H{number(frame.x(at))}V{number(frame.y(value))}" for at, value in shown[1:]]
    return "".join([*parts, f"H{number(frame.x(frame.last))}"])


def steps(points: Sequence[Point], frame: Frame, kind: str) -> h.Node:
    """The number as a line."""
    return h.path(class_=kind, d=_corners(points, frame)) if points else None


def area(points: Sequence[Point], frame: Frame, kind: str) -> h.Node:
    """The number as an area that stands on the frame's lower edge."""
    if not points:
        return None
    first, base = number(frame.x(points[0][0])), number(frame.bottom)
    return h.path(class_=kind, d=f"{_corners(points, frame)}V{base}H{first}Z")
