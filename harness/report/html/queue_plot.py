"""The accept queue over time, its limit, and below it the SYNs that came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.parts import code, word
from harness.report.html.plot import Frame, area, bottom_axis, left_axis, steps
from harness.report.html.series import Clock, accept_queues, span, syns
from harness.report.html.svg import drawing, line, number, rect, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence.evidence import Evidence
    from harness.report.html.series import AcceptQueue
    from harness.report.html.svg import Sheet

__all__ = ["queues"]

_MOST = 3
"""Listeners that are drawn: those with the longest queues."""
_BAR = 3
"""Pixels of one bar of SYNs."""


def queues(evidence: Evidence, name: str) -> Iterator[h.Element]:
    """A figure for each listener."""
    clock = Clock.of(evidence)
    if clock is None:
        return
    first, last = span(evidence, clock)
    for number_, queue in enumerate(accept_queues(evidence, clock)[:_MOST]):
        came = syns(evidence, queue.host, queue.address[1], clock)
        yield _figure(queue, came, (first, last), f"{name}-queue-{number_}")


def _figure(
    queue: AcceptQueue, came: Sequence[tuple[float, bool]], during: tuple[float, float], name: str
) -> h.Element:
    limit = queue.limits[-1][1] if queue.limits else None
    listener = f"{queue.label or 'listener'} on {queue.host}, port {queue.address[1]}"
    dropped = sum(not answered for _, answered in came)
    told = [f"It held at most {queue.peak}"]
    told.append(f"; its limit is {limit}." if limit is not None else ".")
    if came:
        told.append(f" {len(came)} {'SYN' if len(came) == 1 else 'SYNs'} came, ")
        told.append(f"{dropped} of them got no SYN,ACK." if dropped else "and all were answered.")
    title = f"Accept queue of {word(listener)} over time"
    return h.figure(".plot")[
        h.figcaption[
            "Of ",
            code(queue.label or "the listener"),
            f" on {word(queue.host)}, port {queue.address[1]}. ",
            "".join(told),
        ],
        drawing(name, title, "".join(told), lambda sheet: _draw(queue, came, during, sheet)),
    ]


def _draw(
    queue: AcceptQueue, came: Sequence[tuple[float, bool]], during: tuple[float, float], sheet: Sheet
) -> tuple[float, h.Node]:
    left = 44.0
    limits = [limit for _, limit in queue.limits]
    most = max([1, queue.peak, *limits])
    width = sheet.width - left - (12 if sheet.wide else 8)
    frame = Frame(left, 26, width, 150 if sheet.wide else 120, *during, most * 1.12)
    nodes: list[h.Node] = [text(0, 12, "connections waiting", "tick"), *left_axis(frame)]
    nodes += [area(queue.points, frame, "fill queue"), steps(queue.points, frame, "stroke queue")]
    nodes += list(_limit(queue, frame))
    nodes += [_reading(frame.x(at), frame.y(length)) for at, length in queue.seen[:200]]
    nodes.append(line(frame.left, frame.bottom, frame.left + frame.width, frame.bottom, "axis"))
    bottom = frame.bottom
    if came:
        below = Frame(left, bottom + 40, width, 44, *during, 1)
        nodes += [*_legend(below, sheet), *_bars(came, below)]
        nodes += bottom_axis(below, "s")
        bottom = below.bottom
    else:
        nodes += bottom_axis(frame, "s")
    return bottom + 24, nodes


def _reading(x: float, y: float) -> h.Element:
    return h.circle(".reading", cx=number(x), cy=number(y), r="2.5")


def _limit(queue: AcceptQueue, frame: Frame) -> Iterator[h.Node]:
    if not queue.limits:
        return
    yield steps(queue.limits, frame, "stroke limit")
    limit = queue.limits[-1][1]
    yield text(frame.left + frame.width, frame.y(limit) + 14, f"limit {limit}", "limit-text", "end")


def _legend(frame: Frame, sheet: Sheet) -> Iterator[h.Node]:
    """What the two kinds of bars are, in a line over them."""
    y, x = frame.top - 10, 0.0
    for words, kind in (("SYNs that came:", ""), ("answered", "syn answered"), ("not answered", "syn silent")):
        if kind:
            yield rect(x, y - 8, 9, 9, kind)
        yield text(x + (14 if kind else 0), y, words, "tick")
        x += len(words) * sheet.letter + 30


def _bars(came: Sequence[tuple[float, bool]], frame: Frame) -> Iterator[h.Node]:
    """How many SYNs came in each few pixels: answered ones filled, the others hollow on top of them."""
    counts: dict[int, list[int]] = {}
    for at, answered in came:
        counts.setdefault(int((frame.x(at) - frame.left) // _BAR), [0, 0])[answered] += 1
    most = max(map(sum, counts.values()))
    for column, (missed, met) in sorted(counts.items()):
        x = frame.left + column * _BAR
        tall, short = (frame.height * part / most for part in (missed + met, met))
        if missed:
            yield rect(x, frame.bottom - tall, _BAR, max(1.0, tall - short), "syn silent")
        if met:
            yield rect(x, frame.bottom - short, _BAR, max(1.0, short), "syn answered")
    yield text(frame.left - 6, frame.top + 8, f"{most}", "tick", "end")
