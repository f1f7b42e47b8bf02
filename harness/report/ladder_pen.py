"""What draws a ladder with characters: its columns, its signs, and its words."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from harness.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.report.ladder import Arrow, End, Ladder, Note
    from harness.report.text import Style

__all__ = ["SIGNS", "Cells", "Pen", "end_text", "label"]

_LEAST = 30
"""Columns that everything is given at the least."""
_FINE = 100
"""Columns from which times have microseconds."""
_SLOW = 0.005
"""Seconds: a packet longer under way says so."""
SIGNS = "│┊─…"
"""Signs that not every encoding has."""
_LEAST_ARROW, _MOST_ARROW, _MOST_CELL = 22, 44, 34

Cells = tuple["Sequence[str]", "Sequence[str]", "Sequence[str]"]
"""What stands left of the lifelines, between them, and right: lines from the top."""


@dataclass(frozen=True, slots=True)
class Pen:
    """The characters, columns and colours of one drawing.

    Attributes:
        width: all columns; ``clock``, ``cell`` and ``arrow`` are those of the times, notes and packets.
        unicode: whether the reader's encoding has box-drawing characters.
        rail, waiting: a lifeline, and while nothing happens.
        shaft, dots: an arrow's body, and what was left out.
        decimals: of the times.
        style: colours.
        waits: whether a long time without anything gets a line.
    """

    width: int
    unicode: bool
    rail: str
    waiting: str
    shaft: str
    dots: str
    clock: int
    cell: int
    arrow: int
    decimals: int
    style: Style
    waits: bool = True

    @classmethod
    def of(cls, ladder: Ladder, width: int, style: Style, *, unicode: bool) -> Pen:
        """The pen for a ladder in so many columns."""
        decimals = 6 if width >= _FINE else 3
        moments = [row.at for row in ladder.rows] or [0.0]
        clock = max(len(f"{moment:.{decimals}f}") for moment in (moments[0], moments[-1])) + 1
        # Behind the clock: a space, a cell, a space, a rail, the arrow, a rail, a space, a cell.
        room = width - clock - 5
        arrow = min(_MOST_ARROW, max(_LEAST_ARROW, room * 3 // 8))
        cell = min(_MOST_CELL, (room - arrow) // 2)
        rail, waiting, shaft, dots = tuple(SIGNS) if unicode else ("|", ":", "-", "...")
        return cls(max(width, _LEAST), unicode, rail, waiting, shaft, dots, clock, cell, arrow, decimals, style)

    def line(self, cells: tuple[str, str, str], *, clock: str = "", rail: str = "", mark: str = "") -> str:
        """One line: what stands left, between the rails (painted as ``mark`` says) and right."""
        left, middle, right = cells[0], cells[1].center(self.arrow), cells[2]
        rail = rail or self.rail
        painted = self.style.paint(mark, middle) if mark else middle
        return f"{clock:>{self.clock}} {left:>{self.cell}} {rail}{painted}{rail} {right}".rstrip()

    def lines(self, cells: Cells, *, clock: str = "", mark: str = "") -> list[str]:
        """Cells of several lines side by side, all from the top."""
        found = []
        for number, (left, middle, right) in enumerate(zip_longest(*cells, fillvalue="")):
            paint = mark if middle.strip() else ""
            found.append(self.line((left, middle, right), clock="" if number else clock, mark=paint))
        return found

    def text(self, text: str) -> str:
        """Text from anywhere, so that it stays in its place and in the reader's encoding."""
        harmless = printable(text).replace("\n", "\\n")
        return harmless if self.unicode else harmless.encode("ascii", "backslashreplace").decode("ascii")

    def wrapped(self, notes: Iterable[Note]) -> list[str]:
        """Notes as lines of a cell: several in one line where they fit, none broken that need not be."""
        lines: list[str] = []
        for text in self._pieces(notes):
            if lines and len(lines[-1]) + 2 + len(text) <= self.cell:
                lines[-1] += f", {text}"
            else:
                lines += textwrap.wrap(text, self.cell)
        return lines

    def _pieces(self, notes: Iterable[Note]) -> Iterator[str]:
        """The notes, each before its duration broken in two where it is too long for a line."""
        for note in notes:
            text = self.text(note.text)
            what, after, duration = text.rpartition(" after ")
            if after and len(text) > self.cell:
                yield from (what, f"after {duration}")
            else:
                yield text


def end_text(end: End) -> str:
    """A host and its address, as ``ss`` writes it."""
    return f"{end.host} {end.place}"


def label(packet: Arrow, again: str = "again, ") -> str:
    """A packet's flags, its data, and which transmission it is; ``again``: a word before a later one."""
    parts = [packet.flags or "no flags"]
    if packet.length:
        parts.append(f"{packet.length} byte{'' if packet.length == 1 else 's'}")
    if packet.repeats:
        parts.append(f"({_nth(packet.nth)} to {_nth(packet.nth + len(packet.repeats))})")
    elif packet.nth > 1:
        parts.append(f"({again}{_nth(packet.nth)})")
    if packet.under_way >= _SLOW:
        parts.append(f"(took {packet.under_way:.3f} s)")
    return " ".join(parts)


def _nth(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
