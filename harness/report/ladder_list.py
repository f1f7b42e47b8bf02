"""A ladder as a plain list, for a terminal too narrow to draw in."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from harness.report.ladder import Fate
from harness.report.ladder_pen import end_text, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.ladder import Ladder, Row
    from harness.report.ladder_pen import Pen

__all__ = ["listed"]

_FATES = {
    Fate.ARRIVED: "",
    Fate.LOST: ", lost",
    Fate.UNKNOWN: ", nobody saw it arrive",
    Fate.UNSENT: ", only the receiver saw it",
}


def listed(ladder: Ladder, rows: Sequence[Row], pen: Pen) -> list[list[str]]:
    """A block of lines for the top and for each row: a line for each thing, in order."""
    top = [pen.text(end_text(end)) for end in (ladder.client, ladder.server)]
    top += [f"{'':>{pen.clock}} {pen.text(f'{ladder.server.host}: {note.text}')}" for note in ladder.before]
    blocks = [top, *(_list(ladder, row, pen) for row in rows)]
    if not ladder.answered:
        blocks[-1].append(f"{'':>{pen.clock}} {pen.dots} no answer")
    return [[line for text in block for line in _indented(text, pen)] for block in blocks]


def _list(ladder: Ladder, row: Row, pen: Pen) -> list[str]:
    sides = [(ladder.client, row.left), (ladder.server, row.right)]
    if row.packet is not None and not row.packet.from_client:
        sides.reverse()
    texts = [f"{end.host}: {note.text}" for end, notes in sides for note in notes]
    if row.packet is not None:
        head = "->" if row.packet.from_client else "<-"
        texts.insert(int(row.caused), f"{head} {label(row.packet)}{_FATES[row.packet.fate]}")
    first = f"{row.at:.{pen.decimals}f}"
    return [f"{first if number == 0 else '':>{pen.clock}} {pen.text(text)}" for number, text in enumerate(texts)]


def _indented(text: str, pen: Pen) -> list[str]:
    return textwrap.wrap(text, pen.width, subsequent_indent=" " * (pen.clock + 3))
