"""What sections are made of: tables that a screen reader can walk, verdicts in words and signs, folded details."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h

from harness.report.text import printable
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["badge", "cells", "code", "folded", "heading", "prose", "scroll", "stacked", "table", "word"]

_SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.UNKNOWN: "?", Verdict.SKIP: "–", Verdict.ERROR: "!"}
_CELL, _PROSE = 400, 6000
"""Letters that a name or value, and a paragraph, may have."""


def word(text: object) -> str:
    """Foreign text as a name or a value: no control character acts, none is longer than can be read."""
    return _cut(printable(str(text)), _CELL)


def prose(text: str) -> str:
    """Foreign text in sentences."""
    return _cut(printable(text), _PROSE)


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


def code(text: object) -> h.Element:
    """A name, a sysctl, a command."""
    return h.code[word(text)]


def badge(verdict: Verdict | None) -> h.Element:
    """A verdict: its sign, its word, its colour."""
    if verdict is None:
        return h.span(".none")["no expectation"]
    return h.span(f".verdict.{verdict.value}")[h.span(".sign", aria_hidden="true")[_SIGNS[verdict]], verdict.value]


def scroll(content: h.Node, label: str) -> h.Element:
    """What may be wider than the page scrolls by itself, also by keyboard; no landmark, for there are many."""
    return h.div(".scroll", role="group", tabindex="0", aria_label=label)[content]


def table(
    caption: str, heads: Sequence[h.Node], rows: Iterable[Sequence[h.Node]], *, kind: str = "", shown: bool = False
) -> h.Element:
    """A table whose rows begin with their head; its caption is for who cannot see it, unless it is shown."""
    return h.table(class_=kind or None)[
        h.caption(class_=None if shown else "unseen")[caption],
        h.thead[h.tr[(h.th(scope="col")[head] for head in heads)]],
        h.tbody[(h.tr[h.th(scope="row")[first], (h.td[cell] for cell in rest)] for first, *rest in rows)],
    ]


def stacked(
    caption: str,
    heads: Sequence[str],
    groups: Iterable[Iterable[h.Element]],
    *,
    kind: str = "",
    shown: Sequence[h.Node] | None = None,
) -> h.Element:
    """A table whose rows become cards on a narrow page, and stay rows for a screen reader.

    Args:
        caption: for who cannot see it.
        heads: the columns' heads; the rows' cells are made by ``cells``.
        groups: rows that belong together.
        kind: a class of its own.
        shown: the heads as a wide page shows them, where that is more than their words.
    """
    return h.table(class_=f"stacked {kind}".strip(), role="table")[
        h.caption(".unseen")[caption],
        h.thead(role="rowgroup")[
            h.tr(role="row")[(h.th(scope="col", role="columnheader")[head] for head in shown or heads)],
        ],
        (h.tbody(role="rowgroup")[list(rows)] for rows in groups),
    ]


def cells(heads: Sequence[str], first: h.Node, rest: Iterable[h.Node]) -> list[h.Element]:
    """A stacked table's row: its head, and its cells with the heads they stand under."""
    head = h.th(".first", scope="row", role="rowheader")[first]
    return [head, *(h.td(role="cell", data_head=name)[cell] for name, cell in zip(heads[1:], rest, strict=True))]


def heading(level: int, content: h.Node, name: str | None = None, kind: str = "") -> h.Element:
    """A heading, of the level that its section has in this page."""
    element = (h.h1, h.h2, h.h3, h.h4, h.h5)[level - 1]
    return element(id=name, class_=kind or None)[content]


def folded(summary: h.Node, content: h.Node, *, kind: str = "") -> h.Element:
    """What is shown when asked for, and in print."""
    return h.details(class_=kind or None)[h.summary[summary], content]
