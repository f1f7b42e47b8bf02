"""The page's runs, each with its anchor, its column, and the comparison that it is part of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.compared import Compared
    from harness.report.html.recorded import Recorded

__all__ = ["Entry", "entries"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in the page.

    Attributes:
        shown: the run.
        anchor: its section's name in the page.
        column: its image, and where that does not tell it from the experiment's other runs, as much more as does.
        apart: whether its experiment has other runs in the page.
        same_kernel_as: the column before it that ran the very same kernel, or None.
    """

    shown: Recorded
    anchor: str
    column: str
    apart: bool
    same_kernel_as: str | None = None


def entries(runs: Sequence[Recorded], comparisons: Sequence[Compared]) -> list[Entry]:
    """Every run in its order."""
    names = _names(runs, comparisons)
    same = {
        id(column.result): name
        for compared in comparisons
        for column in compared.columns
        for name in [_named(compared, column.same_kernel_as, names)]
    }
    times = Counter(run.result.experiment for run in runs)
    return [
        Entry(
            run,
            f"run-{number}-{_slug(run.result.experiment)}",
            names[id(run.result)],
            times[run.result.experiment] > 1,
            same.get(id(run.result)),
        )
        for number, run in enumerate(runs, 1)
    ]


def _named(compared: Compared, name: str | None, names: dict[int, str]) -> str | None:
    """What the page calls a comparison's column."""
    return next((names.get(id(each.result)) for each in compared.columns if each.name == name), None)


def _names(runs: Sequence[Recorded], comparisons: Sequence[Compared]) -> dict[int, str]:
    """A column for each result, by its ``id``: images alone, if no experiment was run twice on one of them."""
    images = Counter((run.result.experiment, run.result.image) for run in runs)
    longer = {id(column.result): column.name for compared in comparisons for column in compared.columns}
    if all(count == 1 for count in images.values()):
        longer = {}
    seen = Counter[tuple[str, str]]()
    return dict(_numbered(runs, longer, seen))


def _numbered(
    runs: Sequence[Recorded], longer: dict[int, str], seen: Counter[tuple[str, str]]
) -> Iterator[tuple[int, str]]:
    """No two columns of an experiment have one name."""
    for run in runs:
        name = longer.get(id(run.result)) or run.result.image or "several images"
        seen[run.result.experiment, name] += 1
        times = seen[run.result.experiment, name]
        yield id(run.result), name if times == 1 else f"{name} #{times}"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
