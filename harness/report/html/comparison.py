"""Findings side by side, differences marked, with what references claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h

from harness.report.compare import remarks
from harness.report.compare_cells import cell, claim, expectation, mark
from harness.report.html.parts import cells, prose, scroll, stacked, word
from harness.report.kernels import kernels_of
from harness.report.values import should

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.report.compared import Column, Compared, Difference

__all__ = ["comparison"]

_WORDS = {"≠": "differs", "?": "not to be compared"}


def comparison(compared: Compared, name: str, anchors: Mapping[int, str]) -> h.Element:
    """One experiment's runs as columns; ``anchors`` leads from a result (by ``id``) to its section."""
    told = f"Findings of {word(compared.experiment)} side by side"
    heads = ["finding", *(word(column.name) for column in compared.columns), "expected", *compared.references]
    shown = [
        "finding",
        *(_head(column, anchors) for column in compared.columns),
        "expected",
        *([word(name), h.span(".kernel")["claims"]] for name in compared.references),
    ]
    rows = (_row(finding, compared, heads) for finding in compared.findings)
    table = stacked(told, heads, [rows], kind="compared", shown=shown)
    return h.section(f"#{name}.comparison", aria_labelledby=f"{name}-head")[
        h.h2(id=f"{name}-head")[word(compared.experiment), ": ", prose(compared.title)],
        scroll(table, told) if compared.findings else None,
        [h.p(".note")[prose(remark)] for remark in remarks(compared)],
    ]


def _head(column: Column, anchors: Mapping[int, str]) -> h.Node:
    anchor = anchors.get(id(column.result))
    shown = word(column.name)
    return [
        h.a(href=f"#{anchor}")[shown] if anchor else shown,
        h.span(".kernel")[word(kernels_of(column.result))],
        h.span(".same")[f"same kernel as {word(column.same_kernel_as)}"] if column.same_kernel_as else None,
    ]


def _cell(finding: Difference, number: int, *, alike: bool) -> h.Node:
    """What was measured; with what was expected of it, where columns expect different things."""
    found = finding.cells[number]
    expected = (
        None
        if alike or found is None or should(found) == "–"
        else h.span(".place")[prose(f"expected {should(found)}")]
    )
    return h.div(class_="odd" if number in finding.odd else None)[word(cell(finding, number)), expected]


def _row(finding: Difference, compared: Compared, heads: Sequence[str]) -> h.Element:
    sign = mark(finding)
    alike = len({should(found) for found in finding.cells if found}) <= 1
    first = [word(finding.name), h.span(".difference")[f"{sign} {_WORDS[sign]}"] if sign else None]
    claimed = [word(claim(finding, reference)) for reference in compared.references]
    rest = [_cell(finding, number, alike=alike) for number in range(len(compared.columns))]
    rest += [
        h.span(".quiet")[each] if each else ""
        for each in ("" if not alike else word(expectation(next(filter(None, finding.cells), None))), *claimed)
    ]
    return h.tr(class_="apart" if finding.differs else None, role="row")[cells(heads, first, rest)]
