"""Experiments and images: a verdict for each run, leading to its section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.parts import badge, scroll, word
from harness.report.kernels import kernel_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.report.html.recorded import Recorded
    from harness.result import RunResult

__all__ = ["Entry", "kernels", "matrix"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A run, its anchor in the page, and its column: the image, and as much more as tells it from others."""

    shown: Recorded
    anchor: str
    column: str
    same_kernel_as: str | None = None


def kernels(run: RunResult) -> str:
    """The kernels really observed."""
    return " and ".join(dict.fromkeys(kernel_of(facts) for facts in run.hosts.values())) or "no host was seen"


def matrix(entries: Sequence[Entry]) -> h.Element:
    """A row an experiment, a column an image."""
    experiments = list(dict.fromkeys(entry.shown.result.experiment for entry in entries))
    columns = list(dict.fromkeys(entry.column for entry in entries))
    placed = {(entry.shown.result.experiment, entry.column): entry for entry in entries}
    head = [_head(column, entries) for column in columns]
    body = [_row(name, columns, placed) for name in experiments]
    label = "Experiments and images"
    made = h.table(".matrix")[
        h.caption(".unseen")["The verdict of each experiment on each image; each leads to its run"],
        h.thead[h.tr[h.th(scope="col")["experiment"], head]],
        h.tbody[body],
    ]
    return scroll(made, label)


def _head(column: str, entries: Sequence[Entry]) -> h.Element:
    mine = [entry for entry in entries if entry.column == column]
    seen = list(dict.fromkeys(kernels(entry.shown.result) for entry in mine))
    same = next((entry.same_kernel_as for entry in mine if entry.same_kernel_as), None)
    return h.th(scope="col")[
        word(column),
        h.span(".kernel")[word(" / ".join(seen))],
        h.span(".same")[f"same kernel as {word(same)}"] if same else None,
    ]


def _row(name: str, columns: Sequence[str], placed: Mapping[tuple[str, str], Entry]) -> h.Element:
    found = [placed.get((name, column)) for column in columns]
    return h.tr[
        h.th(scope="row")[word(name)],
        (
            h.td[h.a(href=f"#{entry.anchor}")[badge(entry.shown.result.verdict)] if entry else "–"]
            for entry in found
        ),
    ]
