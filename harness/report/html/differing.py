"""What differs between which kernels, over all experiments, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.parts import prose, word
from harness.report.matrix import failures, groups, troubles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.compared import Compared

__all__ = ["differing"]


@dataclass(frozen=True, slots=True)
class _Several:
    """Comparisons as a whole."""

    comparisons: Sequence[Compared]


def differing(comparisons: Sequence[Compared]) -> h.Node:
    """A list for each pair of kernels; nothing where one comparison says all that itself, or nothing differs."""
    if len(comparisons) < 2:
        return None
    whole = _Several(comparisons)
    trouble = [*failures(whole), *troubles(whole)] if _one_shape(comparisons) else []
    found = groups(whole)
    if not found and not trouble:
        return None
    return h.section("#differences", aria_labelledby="differences-head")[
        h.h2(id="differences-head")["What differs between kernels, and why"],
        [h.p(".note")[prose(text)] for text in trouble],
        [
            [h.h3(".sub")[word(head)], h.ul(".told")[(h.li[prose(text)] for text in texts)]]
            for head, texts in found.items()
        ],
    ]


def _one_shape(comparisons: Sequence[Compared]) -> bool:
    """Whether all have the same columns, as a matrix has."""
    return len({tuple(column.result.image for column in compared.columns) for compared in comparisons}) == 1
