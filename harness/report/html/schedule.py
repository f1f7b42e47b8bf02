"""Times measured against predicted: the residual of each, and how late a kernel timer may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.parts import scroll, table, word
from harness.report.html.plot import Frame
from harness.report.html.svg import drawing, line, number, rect, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.html.svg import Sheet
    from harness.result import FindingResult, RunResult

__all__ = ["Timed", "schedules", "timed"]

_ROW = 20


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
            head = f"{name} {at + 1}" if several else name
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
        scroll(
            table("Times measured and predicted", heads, rows, kind="numbers close"),
            "Times measured and predicted",
        ),
    ]


_EXPLAINED = (
    " of each time: how far it came after the prediction (the bar's left end), and how far a kernel timer may (its"
    " right end): never early, and late by at most the granules of the timer wheel and a stated slack."
)


def _between(least: float, most: float) -> str:
    return f"{least:.3f}" if f"{least:.3f}" == f"{most:.3f}" else f"{least:.3f} to {most:.3f}"


def _late(each: Timed) -> str:
    least, most = ((value - each.predicted) * 1000 for value in (each.least, each.most))
    first, last = f"{least:+.1f}".replace("-", "−"), f"{most:+.1f}".replace("-", "−")
    return first if first == last else f"{first} to {last}"


def _draw(found: Sequence[Timed], sheet: Sheet) -> tuple[float, h.Node]:
    """A bar a row, all of one length: what matters is where in its own bounds each time lies."""
    left = min(max(len(each.name) for each in found) * sheet.letter + 12, sheet.width * 0.4)
    right = max(len(_share(each)) for each in found) * sheet.letter + 14
    margin = 14.0
    bar = Frame(left + margin, 0, sheet.width - left - right - 2 * margin, _ROW, 0, 1, 1)
    nodes = [node for at, each in enumerate(found) for node in _residual(each, bar, 4 + (at + 0.5) * _ROW, sheet)]
    return len(found) * _ROW + 8, nodes


def _share(each: Timed) -> str:
    late = f"{(each.most - each.predicted) * 1000:+.1f}".replace("-", "−")
    return f"{late} of {(each.allowed - each.predicted) * 1000:.0f} ms"


def _residual(each: Timed, bar: Frame, y: float, sheet: Sheet) -> Iterator[h.Node]:
    letters = int((bar.left - 26) / sheet.letter)
    shown = each.name if len(each.name) <= letters else each.name[: letters - 1] + "…"
    outside = each.least < each.predicted or each.most > each.allowed
    bad = " bad" if outside else ""
    yield text(bar.left - 26, y + 4, shown, "mono state-name", "end")
    yield rect(bar.left, y - 4, bar.width, 8, "allowed")
    places = [_place(each, value, bar) for value in (each.least, each.most)]
    yield line(places[0], y, places[1], y, f"spread{bad}")
    for x in dict.fromkeys(places):
        yield h.circle(class_=f"dot{bad}", cx=number(x), cy=number(y), r="3.5")
    word_ = f"✗ {_share(each)}" if outside else _share(each)
    yield text(bar.left + bar.width + 26, y + 4, word_, f"mono tick{bad}")


def _place(each: Timed, value: float, bar: Frame) -> float:
    """Within the bar where it is within its bounds, else beside the end that it is beyond."""
    if value < each.predicted:
        return bar.left - 9
    if value > each.allowed:
        return bar.left + bar.width + 9
    return bar.x((value - each.predicted) / ((each.allowed - each.predicted) or 1))
