"""Runs side by side for a terminal: what ran, a table with differences marked, what differs in words, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.compare_table import table
from harness.report.differences import cause, difference, same_kernel
from harness.report.kernels import kernels_of
from harness.report.text import printable, wrap
from harness.report.values import plain
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.report.compared import Column, Compared
    from harness.report.text import Style

__all__ = ["remarks", "render", "where"]

_LEAST_WIDTH = 60


def render(comparisons: Iterable[Compared], width: int, style: Style) -> str:
    """The text, of at most so many columns (60 at the least)."""
    width = max(_LEAST_WIDTH, width)
    return "\n".join("\n".join(_lines(each, width, style)) + "\n" for each in comparisons)


def _lines(compared: Compared, width: int, style: Style) -> Iterator[str]:
    for line in _wrapped(f"{compared.experiment}: {compared.title}", width):
        yield style.paint("bold", line)
    for column in compared.columns:
        yield from _wrapped(f"  {column.name}: {where(column)}", width)
    yield ""
    if compared.findings:
        yield from table(compared, width, style)
        yield ""
    for remark in remarks(compared):
        yield from _wrapped(remark, width)


def _wrapped(text: str, width: int) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()))
    return wrap(printable(text), width, indent, indent + "  ").split("\n")


def where(column: Column) -> str:
    """What a column's run really ran on, how it went, and where the evidence lies."""
    run = column.result
    same = f" (same kernel as {column.same_kernel_as})" if column.same_kernel_as else ""
    evidence = f", {run.folder}" if run.folder else ""
    return f"{kernels_of(run)}{same}, {run.lab} lab, {run.mode}: {run.verdict.value}{evidence}"


def remarks(compared: Compared) -> Iterator[str]:
    """What differs, between which kernels, and what else may be the cause."""
    columns = compared.columns
    for column in columns:
        if column.result.verdict is not Verdict.PASS and column.result.reason:
            yield f"{column.name} {column.result.verdict.value}: {' '.join(column.result.reason.split())}"
    if compared.settings:
        texts = (f"{name} ({', '.join(map(plain, values))})" for name, values in compared.settings.items())
        yield f"Not asked alike: {'; '.join(texts)}. What differs may come from that."
    if compared.findings and len(columns) > 1:
        yield from _differing(compared)
    yield from same_kernel(compared)


def _differing(compared: Compared) -> Iterator[str]:
    apart = [finding for finding in compared.findings if finding.differs]
    doubtful = [finding.name for finding in compared.findings if finding.differs is None]
    if len(doubtful) == len(compared.findings):
        yield "Nothing can be compared: no finding was seen beyond doubt in two of the runs."
        return
    text = f"{len(apart)} of {len(compared.findings)} findings differ"
    yield text + (f"; not to be compared: {', '.join(doubtful)}." if doubtful else ".")
    for finding in apart:
        yield f"{finding.name}: {difference(compared, finding)}."
    for found in compared.causes:
        yield f"Why {cause(compared, found)}."
