"""Markdown (CommonMark with GitHub's tables): nothing that a packet, a log or a file brought can steer it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.report.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["heading", "inline", "table"]

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ESCAPED = "\\`*_[]|~!#$@"
_ADDRESS = re.compile(r":(?=\S)|(?<=www)\.", re.IGNORECASE)


def inline(text: str) -> str:
    """Foreign text as it may stand anywhere in a line: no markup, no HTML, no link of its own, one line.

    Backslash and entity escapes are those of CommonMark 2.4 and 2.5. Escaped colons, dots and @ keep bare
    addresses from becoming links (GitHub's extended autolinks), and names from being called.
    """
    one_line = " ".join(printable(text).split())
    escaped = "".join(_ENTITIES.get(char) or ("\\" + char if char in _ESCAPED else char) for char in one_line)
    return _ADDRESS.sub(r"\\\g<0>", escaped)


def heading(level: int, text: str) -> str:
    """A heading of foreign text."""
    return f"{'#' * level} {inline(text)}\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of foreign texts; an empty cell stays empty."""
    lines = [_line(heads), "|" + " --- |" * len(heads)]
    lines += [_line(cells) for cells in rows]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(inline(cell) for cell in cells) + " |"
