"""A run's connections: one of each group that went alike, as a drawing and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.ladder_layout import silent
from harness.report.html.ladder_svg import draw
from harness.report.html.parts import folded, heading, scroll, word
from harness.report.html.svg import drawing
from harness.report.ladder import Fate, ladder
from harness.report.ladder_choice import courses
from harness.report.ladder_text import render as as_text
from harness.report.text import Style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence.evidence import Evidence
    from harness.report.ladder import Ladder

__all__ = ["ladders"]

_OPEN, _MOST = 2, 8
"""Courses that are drawn at once, and those that are drawn at all; of the rest only the number is told."""
_COLUMNS = 100


def ladders(evidence: Evidence, name: str, level: int) -> Iterator[h.Element]:
    """A figure for each course that connections took, the one that matters first; ``level`` is their headings'."""
    found = courses(evidence)
    for number, course in enumerate(found[:_MOST]):
        made = ladder(evidence, course.connection, alike=course.count)
        figure = _figure(made, f"{name}-ladder-{number}", level)
        yield figure if number < _OPEN else folded(f"{_who(made)}: {word(made.outcome)}", figure, kind="more")
    if len(found) > _MOST:
        rest = sum(course.count for course in found[_MOST:])
        yield h.p(".note")[
            f"{len(found) - _MOST} more courses, of {rest} connections, are not drawn: ",
            h.code["harness show RUN --packets --of LABEL --index N"], " draws any connection.",
        ]  # fmt: skip


def _figure(made: Ladder, name: str, level: int) -> h.Element:
    title = f"{_who(made)}: {made.outcome}"
    plain = as_text(made, _COLUMNS, Style(colours=False), unicode=True)
    return h.figure(".ladder")[
        h.figcaption[heading(level, [_who(made), ": ", h.span(".outcome")[word(made.outcome)]], kind="sub")],
        drawing(name, word(title), _described(made), lambda sheet: draw(made, sheet)),
        _legend(made),
        folded("The same as text", scroll(h.pre[plain], f"{_who(made)} as text"), kind="as-text"),
    ]


def _described(made: Ladder) -> str:
    """What there is to see, in short; the text below the drawing has it all."""
    packets = [row.packet for row in made.rows if row.packet is not None]
    theirs = sum(not packet.from_client for packet in packets)
    again = sum(packet.nth > 1 for packet in packets)
    lost = sum(packet.fate is Fate.LOST for packet in packets)
    lasted = max((row.until for row in made.rows), default=0.0)
    parts = [f"{len(packets) - theirs} packets of the client, {theirs} of the server"]
    parts += [f"{again} of them sent again"] * bool(again) + [f"{lost} lost"] * bool(lost)
    return f"{', '.join(parts)}; {lasted:.2f} s. The same stands below as text."


def _who(made: Ladder) -> str:
    member = f"[{made.index}] of {made.members}" if made.members > 1 else ""
    alike = ""
    if made.alike > 1:
        every = made.alike == made.members
        alike = ", all of them alike" if every else f", one of {made.alike} that went alike"
    return word(f"{made.label}{member}{alike}")


def _legend(made: Ladder) -> h.Node:
    """What the signs mean, of those that are used."""
    packets = [row.packet for row in made.rows if row.packet is not None]
    fates = {packet.fate for packet in packets}
    told = []
    if not made.seen:
        told.append("No packets were captured.")
    if silent(made.rows):
        told.append("⊘ got no answer before it was sent again, or at all.")
    if any(packet.nth > 1 for packet in packets):
        told.append("A dotted line ties the transmissions of one segment.")
    if Fate.LOST in fates:
        told.append("✕ never reached the other end's capture.")
    if {Fate.UNKNOWN, Fate.UNSENT} & fates:
        told.append("? only one end's capture shows it.")
    return h.p(".legend")[" ".join(told)] if told else None
