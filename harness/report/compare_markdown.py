"""Runs side by side as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.compare import remarks, where
from harness.report.compare_cells import as_expected, cell, claims, expectation, mark
from harness.report.markdown import heading, inline, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.report.compared import Column, Compared

__all__ = ["markdown"]


def markdown(comparisons: Iterable[Compared]) -> str:
    """A section an experiment: what ran, a table, below each value what is expected of it, and what differs."""
    return "\n".join(_section(compared) for compared in comparisons)


def _section(compared: Compared) -> str:
    heads = ["", "finding", *(column.name for column in compared.columns), "claimed"]
    rows = [["", "kernel", *map(_kernel, compared.columns), ""]]
    for finding in compared.findings:
        values = [cell(finding, number) for number in range(len(compared.columns))]
        rows.append([mark(finding), finding.name, *values, "; ".join(claims(finding))])
        if finding.differs or not all(as_expected(found) for found in finding.cells):
            expected = [expectation(found) if found else "" for found in finding.cells]
            rows.append(["", f"{finding.name}, expected", *expected, ""])
    lines = [heading(2, f"{compared.experiment}: {compared.title}")]
    lines += [f"- **{inline(column.name)}**: {inline(where(column))}" for column in compared.columns]
    lines += ["", table(heads, rows)] if compared.findings else []
    lines += ["", *(f"- {inline(remark)}" for remark in remarks(compared))]
    return "\n".join(lines) + "\n"


def _kernel(column: Column) -> str:
    return f"{column.short} (as {column.same_kernel_as})" if column.same_kernel_as else column.short
