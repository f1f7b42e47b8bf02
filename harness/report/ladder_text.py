"""Draws a ladder with characters.

::

           client 198.18.0.2:35682                              server 198.18.0.1:8000
                                 │                              │ LISTEN, queue 6/5, full
      0.000  connect(), SYN_SENT │──────────── SYN ────────────>│
                                 ┊           ~ 1.02 s ~         ┊
      1.023                      │───── SYN (again, 2nd) ──────x│
"""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.report.ladder import Fate, fold
from harness.report.ladder_list import listed
from harness.report.ladder_pen import SIGNS, Pen, end_text, label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.ladder import Arrow, Ladder, Row
    from harness.report.text import Style

__all__ = ["NARROW", "SIGNS", "render"]

NARROW = 60
"""Columns below which a ladder becomes a plain list."""
_WAIT = 0.1
"""Seconds without anything that get a line of their own."""


def render(ladder: Ladder, width: int, style: Style, *, unicode: bool, lines: int | None = None) -> str:
    """The ladder as text of at most so many columns.

    Args:
        ladder: what to draw.
        width: columns; below ``NARROW`` it becomes a list.
        style: colours.
        unicode: whether the reader's encoding has box-drawing characters.
        lines: how many lines it may take: retransmissions are folded, then the waits left out, then
            rows; None: all of it.
    """
    pen = Pen.of(ladder, width, style, unicode=unicode)
    head = _head(ladder, pen)
    draw = listed if width < NARROW else _drawn
    blocks = draw(ladder, ladder.rows, pen)
    if lines is not None:
        room = lines - len(head)
        for shorter in (pen, replace(pen, waits=False)):
            if sum(map(len, blocks)) > room:
                blocks = draw(ladder, fold(ladder.rows), shorter)
        blocks = _fitting(blocks, room, pen)
    return "\n".join([*head, *(line for block in blocks for line in block)]) + "\n"


def _head(ladder: Ladder, pen: Pen) -> list[str]:
    """Which connection, how its connect() ended, and how many went like it."""
    member = f"[{ladder.index}] of {ladder.members}" if ladder.members > 1 else ""
    alike = ""
    if ladder.alike > 1:
        every = ladder.alike == ladder.members
        alike = " (all went alike)" if every else f" (1 of {ladder.alike} that went alike)"
    text = f"{'Packets':<8} {ladder.label}{member}{alike}: {ladder.outcome}"
    if not ladder.seen:
        text += "; no packets were captured"
    return [
        pen.style.paint("bold", line)
        for line in textwrap.wrap(pen.text(text), pen.width, subsequent_indent=" " * 9)
    ]


def _drawn(ladder: Ladder, rows: Sequence[Row], pen: Pen) -> list[list[str]]:
    """The drawing: a block of lines for the top, and for each row."""
    blocks = [[*_ends(ladder, pen), *pen.lines(([], [], pen.wrapped(ladder.before)))]]
    for last, row in zip([None, *rows], rows, strict=False):
        block = []
        if pen.waits and last is not None and row.at - last.until >= _WAIT:
            wait = f"~ {row.at - last.until:.2f} s ~"
            block.append(pen.line(("", wait, ""), rail=pen.waiting, mark="skip"))
        blocks.append(block + _row(row, pen, silent=not ladder.answered and row is rows[-1]))
    return blocks


def _ends(ladder: Ladder, pen: Pen) -> Iterator[str]:
    """The two hosts over their lifelines."""
    left, right = (pen.text(end_text(end)) for end in (ladder.client, ladder.server))
    room = pen.clock + 1 + pen.cell
    if max(len(left) - room, len(right) - pen.cell) <= 0:
        yield f"{left:>{room}}{' ' * (pen.arrow + 4)}{right}"
    else:
        total = room + pen.arrow + 4 + pen.cell
        gap = total - len(left) - len(right)
        if gap >= 2:
            yield f"{left}{' ' * gap}{right}"
        else:
            yield from textwrap.wrap(left, total)
            yield from (f"{part:>{total}}" for part in textwrap.wrap(right, total))


def _row(row: Row, pen: Pen, *, silent: bool) -> list[str]:
    clock = f"{row.at:.{pen.decimals}f}"
    middle: list[str] = [""]
    mark = ""
    if row.packet is not None:
        middle = _crossing(row.packet, pen)
        mark = _mark(row.packet)
    elif silent:
        middle, mark = [f"{pen.dots} no answer"], "bold"
    lines = pen.lines((pen.wrapped(row.left), middle, pen.wrapped(row.right)), clock=clock, mark=mark)
    if silent and row.packet is not None:
        lines.append(pen.line(("", f"{pen.dots} no answer", ""), mark="bold"))
    return lines


def _mark(packet: Arrow) -> str:
    """What must not be overlooked: resets, and packets that did not arrive."""
    return "bold" if "RST" in packet.flags or packet.fate is not Fate.ARRIVED else ""


def _crossing(packet: Arrow, pen: Pen) -> list[str]:
    """The arrow with its label on it, over it where that is too long, and the times of what is folded into it."""
    text = label(packet)
    shaft = pen.arrow if packet.fate is Fate.ARRIVED else pen.arrow * 4 // 5
    lines = []
    if len(text) > shaft - 4:
        lines = textwrap.wrap(text, pen.arrow)
        text = ""
    lines.append(_arrow(packet, text, shaft, pen))
    if packet.repeats:
        lines.append(_times(packet, pen))
    return lines


def _arrow(packet: Arrow, text: str, shaft: int, pen: Pen) -> str:
    """An arrow as long as the space between the lifelines, or short of one of them."""
    start, head = pen.shaft, ">" if packet.from_client else "<"
    if packet.fate is Fate.LOST:
        head = "x"
    elif packet.fate is Fate.UNKNOWN:
        head = "?"
    elif packet.fate is Fate.UNSENT:
        start = "?"
    line = (f" {text} " if text else "").center(shaft - 2, pen.shaft)
    line = f"{start}{line}{head}" if packet.from_client else f"{head}{line}{start}"
    at_client = packet.from_client is not (packet.fate is Fate.UNSENT)
    return f"{line:<{pen.arrow}}" if at_client else f"{line:>{pen.arrow}}"


def _times(packet: Arrow, pen: Pen) -> str:
    """When the transmissions of a folded arrow left: as many as fit, and always the last."""
    first = packet.left if packet.from_client else packet.right
    times = [f"{moment:.2f}" for moment in (first, *packet.repeats) if moment is not None]
    for kept in range(len(times) - 1, 0, -1):
        text = " ".join([*times[:kept], *([] if kept == len(times) - 1 else [pen.dots]), times[-1]])
        if len(text) <= pen.arrow:
            return text
    return times[-1]


def _fitting(blocks: list[list[str]], lines: int, pen: Pen) -> list[list[str]]:
    """The blocks, without some before the last where they have more lines than that."""
    left = lines - sum(map(len, blocks))
    if left >= 0:
        return blocks
    kept, room = 0, lines - 1 - len(blocks[-1])
    while kept < len(blocks) - 2 and (kept == 0 or len(blocks[kept]) <= room):
        room -= len(blocks[kept])
        kept += 1
    missing = sum(map(len, blocks[kept:-1]))
    note = f"{'':>{pen.clock}} {pen.dots} {missing} more lines"
    hint = ": harness show RUN --packets"
    note += hint if len(note) + len(hint) <= pen.width else ""
    return [*blocks[:kept], *([[note]] if missing else []), blocks[-1]]
