"""Experiments and images: a verdict for each run, leading to its section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.parts import badge, scroll, word
from harness.report.kernels import kernels_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.report.compared import Compared
    from harness.report.html.entries import Entry

__all__ = ["matrix"]


def matrix(entries: Sequence[Entry], comparisons: Mapping[str, Compared]) -> h.Element:
    """A row an experiment, a column an image; ``comparisons`` by the names of their sections."""
    experiments = list(dict.fromkeys(entry.shown.result.experiment for entry in entries))
    columns = list(dict.fromkeys(entry.column for entry in entries))
    placed = {(entry.shown.result.experiment, entry.column): entry for entry in entries}
    head = [_head(column, entries) for column in columns]
    differ = {compared.experiment: _differ(name, compared) for name, compared in comparisons.items()}
    body = [_row(name, columns, placed, differ) for name in experiments]
    label = "Experiments and images"
    made = h.table(".matrix")[
        h.caption(".unseen")["The verdict of each experiment on each image; each leads to its run"],
        h.thead[h.tr[h.th(scope="col")["experiment"], head, h.th(scope="col")["findings"] if differ else None]],
        h.tbody[body],
    ]
    return scroll(made, label)


def _head(column: str, entries: Sequence[Entry]) -> h.Element:
    mine = [entry for entry in entries if entry.column == column]
    seen = list(dict.fromkeys(kernels_of(entry.shown.result) for entry in mine))
    same = next((entry.same_kernel_as for entry in mine if entry.same_kernel_as), None)
    return h.th(scope="col")[
        word(column),
        h.span(".kernel")[word(" / ".join(seen))],
        h.span(".same")[f"same kernel as {word(same)}"] if same else None,
    ]


def _differ(name: str, compared: Compared) -> h.Node:
    """How many findings differ between the columns, leading to where they stand side by side."""
    apart = sum(bool(finding.differs) for finding in compared.findings)
    told = f"≠ {apart} of {len(compared.findings)} differ" if apart else "alike"
    return h.a(href=f"#{name}")[told] if compared.findings else "–"


def _row(
    name: str, columns: Sequence[str], placed: Mapping[tuple[str, str], Entry], differ: Mapping[str, h.Node]
) -> h.Element:
    found = [placed.get((name, column)) for column in columns]
    return h.tr[
        h.th(scope="row")[word(name)],
        (
            h.td[h.a(href=f"#{entry.anchor}")[badge(entry.shown.result.verdict)] if entry else "–"]
            for entry in found
        ),
        h.td[differ.get(name, "–")] if differ else None,
    ]
