"""Draws a ladder: lifelines with states, packets as arrows, breaks for long waits."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.ladder_layout import Columns, Placed, place, written
from harness.report.html.parts import word
from harness.report.html.states_plot import group
from harness.report.html.svg import line, number, rect, text
from harness.report.ladder import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.report.html.ladder_layout import Written
    from harness.report.html.svg import Sheet
    from harness.report.ladder import Arrow, Ladder

__all__ = ["draw"]

_HEAD = 52
_SLOPE = 7
"""Pixels by which an arrow falls: time goes down."""
_LOST = 46
"""Pixels before the other lifeline at which the way of a packet that did not arrive ends."""


def draw(ladder: Ladder, sheet: Sheet) -> tuple[float, h.Node]:
    """The drawing's height, and what is on it."""
    columns = Columns.of(sheet)
    before = tuple(written(ladder.before, columns))
    top = _HEAD + 12 + len(before) * columns.line
    rows = list(place(ladder, sheet, top))
    bottom = (rows[-1].top + rows[-1].height if rows else top) + 10
    nodes = [
        *_lifelines(columns, bottom),
        *_states(rows, columns, bottom),
        *_breaks(rows, columns),
        *_ends(ladder, columns),
        *_notes(before, columns.right + 12, _HEAD + columns.line / 2, columns.line, "start"),
        *_ties(rows, columns),
        *(node for row in rows for node in _row(row, columns, sheet)),
        *_unanswered(ladder, rows, columns),
    ]
    return bottom, nodes


def _ends(ladder: Ladder, columns: Columns) -> Iterator[h.Node]:
    for end, x, anchor in ((ladder.client, columns.left, "end"), (ladder.server, columns.right, "start")):
        edge = x + (6 if anchor == "end" else -6)
        yield text(edge, 16, word(end.host), "host", anchor)
        yield text(edge, 16 + columns.line, end.place, "mono muted", anchor)


def _lifelines(columns: Columns, bottom: float) -> Iterator[h.Node]:
    for x in (columns.left, columns.right):
        yield line(x, _HEAD - 8, x, bottom, "life")


def _breaks(rows: Iterable[Placed], columns: Columns) -> Iterator[h.Node]:
    """Where time is compressed, the lifelines are cut: two slanted strokes, nothing between them."""
    for row in rows:
        if row.wait is not None or row.row is None:
            for x in (columns.left, columns.right):
                y = row.top + 18
                yield h.path(".cut", d=f"M{number(x - 8)} {number(y + 3)}l16 -6")
                yield h.path(".cut-edge", d=f"M{number(x - 8)} {number(y - 0.5)}l16 -6m0 7l-16 6")


def _states(rows: Sequence[Placed], columns: Columns, bottom: float) -> Iterator[h.Node]:
    """A band on each lifeline, in the colour of the state that its socket is in."""
    for x, side in ((columns.left, "left"), (columns.right, "right")):
        seen = [
            (row.arrow - columns.line / 2 + at * columns.line, each.text)
            for row in rows
            for at, each in enumerate(row.left if side == "left" else row.right)
            if each.kind == "state" and (each.text.isupper() or each.text == "gone")
        ]
        for (y, state), (end, _) in pairwise([*seen, (bottom, "")]):
            if state != "gone":
                yield rect(x - 3, y, 6, max(0.0, end - y), f"band {group(state)}")


def _ties(rows: Iterable[Placed], columns: Columns) -> Iterator[h.Node]:
    """A line along the sender's lifeline that ties the transmissions of one segment together."""
    tied: dict[tuple[bool, str, int], list[float]] = {}
    for each in rows:
        packet = each.row.packet if each.row is not None else None
        if packet is not None:
            key = (packet.from_client, packet.flags, packet.length)
            if packet.nth == 1:
                tied[key] = [each.arrow]
            elif key in tied:
                x = columns.left + 11 if packet.from_client else columns.right - 11
                if len(tied[key]) == 1:
                    yield _dot(x, tied[key][0])
                yield line(x, tied[key][-1], x, each.arrow, "tie")
                yield _dot(x, each.arrow)
                tied[key].append(each.arrow)


def _dot(x: float, y: float) -> h.Element:
    return h.circle(".tie-end", cx=number(x), cy=number(y), r="2.5")


def _row(placed: Placed, columns: Columns, sheet: Sheet) -> Iterator[h.Node]:
    middle = (columns.left + columns.right) / 2
    if placed.row is None:
        yield text(middle, placed.top + 22, f"… {placed.missing} rows left out …", "wait", "middle")
        return
    if placed.wait is not None:
        yield text(middle, placed.top + 22, f"{_seconds(placed.wait)} later", "wait", "middle")
    y = placed.start + columns.line
    moment = f"{placed.row.at:.6f}" if sheet.wide else f"{placed.row.at:.3f} s"
    if sheet.wide:
        yield text(columns.clock - 14, y, moment, "mono muted", "end")
        yield from _notes(placed.left, columns.left - 12, y, columns.line, "end")
    else:
        yield text(columns.left - 10, y, moment, "mono muted", "end")
        yield from _notes(placed.left, columns.left - 10, y + columns.line, columns.line, "end")
    yield from _notes(placed.right, columns.right + 12, y, columns.line, "start")
    if placed.row.packet is not None:
        yield from _packet(placed.row.packet, placed, columns)


def _unanswered(ladder: Ladder, rows: Sequence[Placed], columns: Columns) -> Iterator[h.Node]:
    """What the terminal says too where the server's host never sent anything."""
    if not ladder.answered and rows:
        last = rows[-1]
        y = last.top + last.height - 12 if last.label else last.start + columns.line
        yield text((columns.left + columns.right) / 2, y, "no answer", "mono unanswered", "middle")


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 100 else f"{value:.1f} s"


def _notes(lines: Sequence[Written], x: float, y: float, height: float, anchor: str) -> Iterator[h.Node]:
    for at, each in enumerate(lines):
        kind = f"{each.kind} {group(each.text)}" if each.kind == "state" else each.kind
        yield text(x, y + at * height, each.text, f"mono {kind}", anchor)


# Packets


def _packet(packet: Arrow, placed: Placed, columns: Columns) -> Iterator[h.Node]:
    kind = _kind(packet)
    begin, end = (columns.left, columns.right) if packet.from_client else (columns.right, columns.left)
    way = 1 if packet.from_client else -1
    start, stop = begin + 5 * way, end - 5 * way
    if packet.fate in (Fate.LOST, Fate.UNKNOWN):
        stop = end - _LOST * way
    elif packet.fate is Fate.UNSENT:
        start = begin + _LOST * way
    y = placed.arrow
    for at, words in enumerate(placed.label):
        yield text(
            (columns.left + columns.right) / 2, y - 5 - (len(placed.label) - 1 - at) * columns.line, words,
            f"mono packet {kind}", "middle",
        )  # fmt: skip
    yield line(start, y, stop, y + _SLOPE, f"arrow {kind}")
    if packet.fate is Fate.UNSENT:
        yield text(start - 8 * way, y + 4, "?", f"mono {kind}", "middle")
    yield from _tip(packet, placed, (stop, y + _SLOPE), way, kind)


def _kind(packet: Arrow) -> str:
    if packet.fate is Fate.LOST:
        return "lost"
    if "RST" in packet.flags:
        return "reset"
    return "doubtful" if packet.fate is not Fate.ARRIVED else ""


def _tip(packet: Arrow, placed: Placed, at: tuple[float, float], way: int, kind: str) -> Iterator[h.Node]:
    x, y = at
    if packet.fate is Fate.LOST:
        yield h.path(f".mark.{kind}", d=f"M{number(x - 5)} {number(y - 5)}l10 10m0 -10l-10 10")
        yield text(x + 10 * way, y + 4, "lost", f"mono {kind}", "start" if way > 0 else "end")
    elif packet.fate is Fate.UNKNOWN:
        yield text(x + 8 * way, y + 4, "?", f"mono {kind}", "middle")
    else:
        yield h.path(class_=f"tip {kind}", d=f"M{number(x)} {number(y)}l{-9 * way} -6v8z")
    if placed.silent and packet.fate is Fate.ARRIVED:
        yield h.circle(".silent", cx=number(x - 18 * way), cy=number(y - 1), r="5.5")
        yield h.path(".silent", d=f"M{number(x - 18 * way - 4)} {number(y + 3)}l8 -8")
