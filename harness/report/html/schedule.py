"""Times measured against predicted: the residual of each, and how late a kernel timer may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.parts import scroll, table, word
from harness.report.html.plot import Frame, ticks
from harness.report.html.svg import drawing, line, number, rect, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.html.svg import Sheet
    from harness.result import FindingResult, RunResult

__all__ = ["Timed", "schedules", "timed"]


@dataclass(frozen=True, slots=True)
class Timed:
    """One moment or duration, in seconds.

    ``least`` and ``most`` were measured, over the group's members. A kernel timer is never early, so the
    prediction is the lower bound; ``allowed`` is the upper one.
    """

    name: str
    least: float
    most: float
    predicted: float
    allowed: float


def timed(name: str, finding: FindingResult) -> list[Timed]:
    """What a finding says of time; nothing of one that is not timed or was expected without bounds."""
    if finding.unit not in {"s", "seconds"} or finding.value is None:
        return []
    several = isinstance(finding.value, list)
    values = finding.value if several else [finding.value]
    bounds = finding.expected if isinstance(finding.expected, list) else [finding.expected]
    spread = finding.spread or [finding.value, finding.value]
    least, most = ((each if several else [each]) for each in spread)
    if not len(values) == len(bounds) == len(least) == len(most):
        return []
    found = []
    for at, bound in enumerate(bounds):
        if isinstance(bound, dict) and None not in (bound.get("at_least"), bound.get("at_most")):
            head = f"{name}, {at + 1}" if several else name
            first, last = sorted((least[at], most[at]))
            found.append(Timed(head, first, last, bound["at_least"], bound["at_most"]))
    return found


def schedules(run: RunResult, name: str) -> h.Node:
    """A table and a plot for all of a run's timed findings together."""
    found = [each for key, finding in run.findings.items() for each in timed(key, finding)]
    if not found:
        return None
    rows = [
        [
            word(each.name), _between(each.least, each.most), f"{each.predicted:.3f}", f"{each.allowed:.3f}",
            _late(each),
        ]
        for each in found
    ]  # fmt: skip
    heads = ("time", "measured, s", "predicted, s", "latest allowed, s", "residual, ms")
    worst = max(each.most - each.predicted for each in found)
    told = f"{len(found)} times; the greatest residual is {worst * 1000:.1f} ms."
    return [
        h.figure(".plot")[
            h.figcaption[h.strong["Residual"], _EXPLAINED],
            drawing(f"{name}-residuals", "Residuals of measured times", told, lambda sheet: _draw(found, sheet)),
        ],
        scroll(table("Times measured and predicted", heads, rows, kind="numbers"), "Times measured and predicted"),
    ]


_EXPLAINED = (
    " of each time: measured minus predicted. A kernel timer is never early, and late by at most the granules of"
    " the timer wheel and a stated slack: the grey bar."
)


def _between(least: float, most: float) -> str:
    return f"{least:.3f}" if f"{least:.3f}" == f"{most:.3f}" else f"{least:.3f} to {most:.3f}"


def _late(each: Timed) -> str:
    least, most = ((value - each.predicted) * 1000 for value in (each.least, each.most))
    first, last = f"{least:+.1f}".replace("-", "−"), f"{most:+.1f}".replace("-", "−")
    return first if first == last else f"{first} to {last}"


def _draw(found: Sequence[Timed], sheet: Sheet) -> tuple[float, h.Node]:
    left = min(max(len(each.name) for each in found) * sheet.letter + 12, sheet.width * 0.45)
    rows, height = len(found), 20
    late = [each.most - each.predicted for each in found] + [each.allowed - each.predicted for each in found]
    early = min([0.0, *(each.least - each.predicted for each in found)])
    frame = Frame(left, 6, sheet.width - left - 24, rows * height, early * 1000, max([*late, 0.001]) * 1000, 1)
    nodes: list[h.Node] = [*_axis(frame)]
    for at, each in enumerate(found):
        nodes += _residual(each, frame, frame.top + at * height + height / 2, sheet)
    return frame.bottom + 26, nodes


def _axis(frame: Frame) -> Iterator[h.Node]:
    for value in ticks(frame.first, frame.last, max(2, int(frame.width // 90))):
        x = frame.x(value)
        yield line(x, frame.top, x, frame.bottom, "axis" if value == 0 else "grid")
        yield text(x, frame.bottom + 17, f"{value:g} ms", "tick", "middle")


def _residual(each: Timed, frame: Frame, y: float, sheet: Sheet) -> Iterator[h.Node]:
    begin, end = frame.x(0), frame.x((each.allowed - each.predicted) * 1000)
    letters = int((frame.left - 12) / sheet.letter)
    shown = each.name if len(each.name) <= letters else each.name[: letters - 1] + "…"
    outside = each.least < each.predicted or each.most > each.allowed
    yield text(frame.left - 8, y + 4, shown, "mono state-name", "end")
    yield rect(begin, y - 5, end - begin, 10, "allowed")
    first, last = (frame.x((value - each.predicted) * 1000) for value in (each.least, each.most))
    yield line(first, y, last, y, "spread bad" if outside else "spread")
    for x in dict.fromkeys((first, last)):
        yield h.circle(class_="dot bad" if outside else "dot", cx=number(x), cy=number(y), r="3.5")
