"""Where everything of a ladder stands on its sheet: rows from the top, as tall as what is in them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.report.html.parts import word
from harness.report.ladder import Fate, fold
from harness.report.ladder_pen import label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.report.html.svg import Sheet
    from harness.report.ladder import Arrow, Ladder, Note, Row

__all__ = ["Columns", "Placed", "Written", "place", "silent", "written"]

_WAIT = 0.1
"""Seconds without anything that are drawn as a break."""
_BREAK = 38
"""The height of such a break."""
_MOST = 70
"""Rows of one drawing: of a longer one retransmissions are folded, then the middle is left out."""
_KEPT = 50
_UNIT = re.compile(r"(?<=\d) (?=s\b|bytes?\b)")


@dataclass(frozen=True, slots=True)
class Columns:
    """The sheet's columns, from the left: moments, the client's notes, the packets, the server's notes.

    ``line`` is the height of a line of text; ``letters`` fit into a note's line, ``between`` over an arrow.
    """

    clock: float
    left: float
    right: float
    width: float
    line: float
    letters: int
    between: int

    @classmethod
    def of(cls, sheet: Sheet) -> Columns:
        """The columns of a sheet; on a narrow one moments stand above the client's notes."""
        clock, left, right = (86, 296, 604) if sheet.wide else (0, 116, 246)
        room = min(left - clock, sheet.width - right) - 20
        return cls(
            clock, left, right, sheet.width, sheet.size * 1.5, int(room / sheet.letter),
            int((right - left - 30) / sheet.letter),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A line of a note."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A row on the sheet.

    Attributes:
        row: what it shows; None where rows were left out.
        top, height: its place.
        wait: seconds without anything before it that are drawn as a break above it, or None.
        left, right: the notes' lines.
        label: what stands over the arrow, in lines.
        arrow: where the arrow begins, from above.
        silent: the packet asks for an answer, and none came before it was sent again, or at all.
        missing: how many rows were left out here.
    """

    row: Row | None
    top: float
    height: float
    wait: float | None = None
    left: tuple[Written, ...] = ()
    right: tuple[Written, ...] = ()
    label: tuple[str, ...] = ()
    arrow: float = 0.0
    silent: bool = False
    missing: int = 0

    @property
    def start(self) -> float:
        """Where its own content begins, below the break."""
        return self.top + (_BREAK if self.wait is not None else 0)


def place(ladder: Ladder, sheet: Sheet, top: float) -> Iterator[Placed]:
    """Every row in its place."""
    columns = Columns.of(sheet)
    rows = list(ladder.rows) if len(ladder.rows) <= _MOST else list(fold(ladder.rows))
    quiet = silent(rows)
    before: Row | None = None
    for number, row in enumerate(rows):
        if len(rows) > _MOST and _KEPT <= number < len(rows) - (_MOST - _KEPT):
            if number == _KEPT:
                missing = len(rows) - _MOST
                yield Placed(None, top, 36, missing=missing)
                top += 36
            before = row
            continue
        wait = row.at - before.until if before is not None and row.at - before.until >= _WAIT else None
        placed = _placed(row, top, wait, columns, sheet, silent=number in quiet)
        yield placed
        top += placed.height
        before = row


def _placed(row: Row, top: float, wait: float | None, columns: Columns, sheet: Sheet, *, silent: bool) -> Placed:  # noqa: PLR0913 (a row, and where it stands)
    start = top + (_BREAK if wait is not None else 0)
    left = tuple(written(row.left, columns))
    right = tuple(written(row.right, columns))
    said = tuple(_broken(label(row.packet, again=""), columns.between)) if row.packet is not None else ()
    clock = 0 if sheet.wide else columns.line
    arrow = start + max(1, len(said)) * columns.line + 4
    tall = max(len(left) * columns.line + clock, len(right) * columns.line, arrow - start + 14 if said else 0)
    return Placed(row, top, start - top + tall + 8, wait, left, right, said, arrow, silent)


def written(notes: Iterable[Note], columns: Columns) -> Iterator[Written]:
    """Notes in lines that fit beside a lifeline."""
    for note in notes:
        for line in _broken(word(note.text).replace("\n", "\\n"), columns.letters):
            yield Written(_kind(note), line)


def _broken(text: str, letters: int) -> list[str]:
    """The text in lines of so many letters, a number and its unit in one."""
    return textwrap.wrap(_UNIT.sub("\N{NO-BREAK SPACE}", text), letters)


def _kind(note: Note) -> str:
    """What a note tells of, for its look: data that waits is no state, and a full queue is the reason for much."""
    if note.text.endswith(" unread"):
        return "data"
    return "queue full" if note.kind == "queue" and note.text.endswith("full") else note.kind


def silent(rows: Sequence[Row]) -> set[int]:
    """The rows whose packet asks for an answer and got none: before the next transmission, or at all."""
    found = set()
    packets = [(number, row.packet) for number, row in enumerate(rows) if row.packet is not None]
    for at, (number, packet) in enumerate(packets):
        if not _asks(packet) or packet.fate is not Fate.ARRIVED:
            continue
        for following in range(at + 1, len(packets)):
            other = packets[following][1]
            if other.from_client is not packet.from_client:
                break  # the answer
            if _again(packet, other):
                found.add(number)
                break
        else:
            found.add(number)
    return found


def _asks(packet: Arrow) -> bool:
    """Whether the other end must answer: SYN, FIN and data are acknowledged (RFC 9293, section 3.4)."""
    flags = packet.flags.split(",")
    return "RST" not in flags and bool(packet.length or {"SYN", "FIN"} & set(flags))


def _again(packet: Arrow, other: Arrow) -> bool:
    mine = (packet.from_client, packet.flags, packet.length)
    return mine == (other.from_client, other.flags, other.length) and other.nth > packet.nth
