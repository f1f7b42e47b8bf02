"""Experiments down, images across, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.markdown import heading, inline, table
from harness.report.matrix import failures, groups, heads, troubles

if TYPE_CHECKING:
    from harness.report.matrix import Matrix

__all__ = ["markdown"]


def markdown(matrix: Matrix) -> str:
    """A table of verdicts , then what differs between which kernels."""
    found = heads(matrix)
    rows = [["kernel", *(f"{kernel} ({same})" if same else kernel for _, kernel, same in found), ""]]
    for compared in matrix.comparisons:
        apart = sum(bool(finding.differs) for finding in compared.findings)
        verdicts = [column.result.verdict.value for column in compared.columns]
        rows.append([compared.experiment, *verdicts, f"≠ {apart}" if apart else ""])
    lines = [heading(2, "Experiments and kernels"), table(["", *(image for image, _, _ in found), "differ"], rows)]
    lines += [f"- {inline(text)}" for text in (*failures(matrix), *troubles(matrix))]
    for head, texts in groups(matrix).items():
        lines += ["", heading(3, head), *(f"- {inline(text)}" for text in texts)]
    return "\n".join(lines) + "\n"
