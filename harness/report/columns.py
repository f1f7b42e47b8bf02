"""Cells of a table's row, wrapped to their columns."""

from __future__ import annotations

import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

from harness.report.text import columns

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GAP", "row"]

GAP = 2
"""Blanks between two columns."""


def row(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The lines of a row: each cell wrapped to its width, side by side, without blanks at the end."""
    wrapped = [
        textwrap.wrap(cell, max(1, width), break_on_hyphens=False)
        for cell, width in zip(cells, widths, strict=True)
    ]
    return [
        (" " * GAP)
        .join(part + " " * (width - columns(part)) for part, width in zip(parts, widths, strict=True))
        .rstrip()
        for parts in zip_longest(*wrapped, fillvalue="")
    ]
