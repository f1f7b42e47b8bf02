"""Connections by state over time: a strip for each state, for each host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.parts import word
from harness.report.html.plot import Frame, area, bottom_axis, steps
from harness.report.html.series import Clock, span, states
from harness.report.html.svg import drawing, line, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.evidence.evidence import Evidence
    from harness.report.html.series import Point
    from harness.report.html.svg import Sheet

__all__ = ["by_state", "group"]

_STRIP, _GAP = 22, 12

_GROUPS = {
    "SYN_SENT": "opening", "SYN_RECV": "opening", "ESTABLISHED": "open", "TIME_WAIT": "past", "CLOSE": "past",
    "gone": "past", "LISTEN": "past",
}  # fmt: skip


def group(state: str) -> str:
    """What a state is part of: ``opening``, ``open``, ``closing`` or ``past``; colours go by it."""
    return _GROUPS.get(state, "closing")


def by_state(evidence: Evidence, name: str) -> Iterator[h.Element]:
    """A figure for each host whose socket table was seen."""
    clock = Clock.of(evidence)
    if clock is None:
        return
    during = span(evidence, clock)
    for host in evidence.plan.hosts:
        found = states(evidence, host.name, clock)
        if found:
            yield _figure(host.name, found, during, f"{name}-states-{host.name}")


def _figure(host: str, found: Mapping[str, Sequence[Point]], during: tuple[float, float], name: str) -> h.Element:
    told = "; ".join(f"{state}: at most {max(count for _, count in points)}" for state, points in found.items())
    return h.figure(".plot")[
        h.figcaption["On ", h.strong[word(host)], ", from its socket table."],
        drawing(
            name, f"Connections of {host} by state over time", told, lambda sheet: _draw(found, during, sheet)
        ),
    ]


def _draw(found: Mapping[str, Sequence[Point]], during: tuple[float, float], sheet: Sheet) -> tuple[float, h.Node]:
    left = max(len(state) for state in found) * sheet.letter + 12
    right = 64 if sheet.wide else 48
    nodes: list[h.Node] = []
    top = 4.0
    frame = Frame(left, top, sheet.width - left - right, _STRIP, *during, 1)
    for state, points in found.items():
        peak = max(count for _, count in points)
        frame = Frame(left, top, sheet.width - left - right, _STRIP, *during, max(1, peak))
        nodes += [
            text(left - 8, frame.bottom - 6, state, "mono state-name", "end"),
            line(left, frame.bottom, left + frame.width, frame.bottom, "grid"),
            area(points, frame, f"fill {group(state)}"),
            steps(points, frame, f"stroke {group(state)}"),
            text(left + frame.width + 8, frame.bottom - 6, f"peak {peak}", "tick"),
        ]
        top += _STRIP + _GAP
    nodes += bottom_axis(frame, "s")
    return frame.bottom + 24, nodes
