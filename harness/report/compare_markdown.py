"""Runs side by side as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.compare import cell, claim, expectation, mark, remarks, where
from harness.report.markdown import heading, inline, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.report.compare import Compared

__all__ = ["markdown"]


def markdown(comparisons: Iterable[Compared]) -> str:
    """A section an experiment: what ran, a table with every reference that says anything, what differs."""
    return "\n".join(_section(compared) for compared in comparisons)


def _section(compared: Compared) -> str:
    heads = ["", "finding", *(column.name for column in compared.columns), "expected", *compared.references]
    rows = [
        [
            mark(finding),
            finding.name,
            *(cell(finding, number) for number in range(len(compared.columns))),
            expectation(finding),
            *(claim(finding, reference) for reference in compared.references),
        ]
        for finding in compared.findings
    ]
    lines = [heading(2, f"{compared.experiment}: {compared.title}")]
    lines += [f"- **{inline(column.name)}**: {inline(where(column))}" for column in compared.columns]
    lines += ["", table(heads, rows)] if rows else []
    lines += ["", *(f"- {inline(remark)}" for remark in remarks(compared))]
    return "\n".join(lines) + "\n"
