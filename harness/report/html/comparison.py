"""Findings side by side, differences marked, with what references claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h

from harness.report.compare import cell, claim, expectation, mark, remarks
from harness.report.html.matrix import kernels
from harness.report.html.parts import scroll, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.report.compare import Column, Compared, Difference

__all__ = ["comparison"]

_WORDS = {"≠": "differs", "?": "not to be compared"}


def comparison(compared: Compared, name: str, anchors: Mapping[int, str]) -> h.Element:
    """One experiment's runs as columns; ``anchors`` leads from a result (by ``id``) to its section."""
    table = h.table(".compared")[
        h.caption(".unseen")[f"Findings of {word(compared.experiment)} side by side"],
        h.thead[
            h.tr[
                h.th(scope="col")["finding"],
                (_head(column, anchors) for column in compared.columns),
                h.th(".aside", scope="col")["expected"],
                [_reference(name) for name in compared.references],
            ]
        ],
        h.tbody[(_row(finding, compared) for finding in compared.findings)],
    ]  # fmt: skip
    return h.section(f"#{name}.comparison", aria_labelledby=f"{name}-head")[
        h.h2(id=f"{name}-head")[word(compared.experiment), ": ", word(compared.title)],
        scroll(table, f"Findings of {word(compared.experiment)} side by side") if compared.findings else None,
        [h.p(".note")[word(remark)] for remark in remarks(compared)],
    ]


def _head(column: Column, anchors: Mapping[int, str]) -> h.Element:
    anchor = anchors.get(id(column.result))
    shown = word(column.name)
    return h.th(scope="col")[
        h.a(href=f"#{anchor}")[shown] if anchor else shown,
        h.span(".kernel")[word(kernels(column.result))],
        h.span(".same")[f"same kernel as {word(column.same_kernel_as)}"] if column.same_kernel_as else None,
    ]


def _reference(name: str) -> h.Element:
    return h.th(".aside", scope="col")[word(name), h.span(".kernel")["claims"]]


def _row(finding: Difference, compared: Compared) -> h.Element:
    sign = mark(finding)
    return h.tr(class_="apart" if finding.differs else None)[
        h.th(scope="row")[
            word(finding.name),
            h.span(".difference")[f"{sign} {_WORDS[sign]}"] if sign else None,
        ],
        (
            h.td(class_="odd" if number in finding.odd else None)[word(cell(finding, number))]
            for number in range(len(compared.columns))
        ),
        h.td(".aside")[word(expectation(finding))],
        (h.td(".aside")[word(claim(finding, reference)) or "–"] for reference in compared.references),
    ]
