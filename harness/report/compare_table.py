"""A comparison's table: findings down, images across, below each row what is expected and what is claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.columns import GAP, row
from harness.report.compare_cells import as_expected, cell, claims, counted, expectation, listed, mark
from harness.report.compare_lists import lists
from harness.report.text import columns, printable, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.compared import Compared, Difference
    from harness.report.text import Style

__all__ = ["table"]

_LEAST_COLUMN = 13
_INDENT = "    "
_EXPECTED, _CLAIMED = "expected", "claimed"
_LEGEND = "A value below which nothing is said is exactly what is expected of it."


def table(compared: Compared, width: int, style: Style) -> Iterator[str]:
    """Columns where there is room for them, else a block a finding."""
    name = max(len(_INDENT + _EXPECTED), *(columns(finding.name) for finding in compared.findings)) + 2
    share = (width - name) // len(compared.columns) - GAP
    if share < _LEAST_COLUMN:
        yield from _blocks(compared, width, style)
        return
    yield from _Table(compared, width, style, name, share).lines()


class _Table:
    def __init__(self, compared: Compared, width: int, style: Style, name: int, share: int) -> None:
        self._compared = compared
        self._width = width
        self._style = style
        numbers = range(len(compared.columns))
        self._apart = {
            finding.name
            for finding in compared.findings
            if listed(finding) and any(columns(cell(finding, number)) > share for number in numbers)
        }
        texts = [[*self._heads(number), *self._texts(number)] for number in numbers]
        wanted = [max(columns(text) for text in each) for each in texts]
        self._widths = [name, *(min(share, max(_LEAST_COLUMN, each)) for each in wanted)]

    def _heads(self, number: int) -> list[str]:
        column = self._compared.columns[number]
        same = f"(as {column.same_kernel_as})" if column.same_kernel_as else ""
        return [printable(text) for text in (column.name, column.short, same)]

    def _texts(self, number: int) -> Iterator[str]:
        for finding in self._compared.findings:
            yield self._cell(finding, number)
            if finding.name not in self._apart and self._said(finding):
                yield printable(expectation(finding.cells[number]))

    def _cell(self, finding: Difference, number: int) -> str:
        return printable((counted if finding.name in self._apart else cell)(finding, number))

    def lines(self) -> Iterator[str]:
        heads = [self._heads(number) for number in range(len(self._compared.columns))]
        for label, texts in zip(("  finding", "  kernel", ""), zip(*heads, strict=True), strict=True):
            if any(texts):
                yield from row([label, *texts], self._widths)
        yield "  ".join("-" * each for each in self._widths)
        for finding in self._compared.findings:
            yield from self._finding(finding)
        if any(not self._said(finding) for finding in self._compared.findings):
            yield ""
            yield from wrap(_LEGEND, self._width).split("\n")

    def _finding(self, finding: Difference) -> Iterator[str]:
        cells = [self._cell(finding, number) for number in range(len(finding.cells))]
        lines = row([printable(finding.name), *cells], [self._widths[0] - 2, *self._widths[1:]])
        for number, line in enumerate(lines):
            sign = mark(finding) if number == 0 else ""
            yield (self._style.paint("bold", sign.ljust(2)) if sign else "  ") + line
        if finding.name in self._apart:
            yield from (printable(line) for line in lists(finding, self._compared.columns, self._width))
        elif self._said(finding):
            yield from self._expected(finding)
        yield from _claimed(finding, self._width, self._widths[0])

    def _said(self, finding: Difference) -> bool:
        """Whether it must be said what is expected."""
        return bool(finding.differs) or not all(as_expected(found) for found in finding.cells)

    def _expected(self, finding: Difference) -> Iterator[str]:
        texts = [expectation(found) if found else "" for found in finding.cells]
        head = (_INDENT + _EXPECTED).ljust(self._widths[0] + GAP)
        if set(texts) == {"–"}:
            yield f"{head}nothing"
        elif len(set(texts)) == 1 and len(texts) > 1:
            yield from wrap(printable(f"{texts[0]}, each"), self._width, head, " " * len(head)).split("\n")
        else:
            label = _INDENT + _EXPECTED
            for line in row(["", *map(printable, texts)], self._widths):
                yield label + line[len(label) :]
                label = " " * len(label)


def _claimed(finding: Difference, width: int, name: int) -> Iterator[str]:
    said = claims(finding)
    if said:
        head = (_INDENT + _CLAIMED).ljust(name + GAP)
        yield from wrap(printable("; ".join(said)), width, head, " " * len(head)).split("\n")


def _blocks(compared: Compared, width: int, style: Style) -> Iterator[str]:
    for finding in compared.findings:
        sign = mark(finding)
        yield (style.paint("bold", sign.ljust(2)) if sign else "  ") + printable(finding.name)
        for number, column in enumerate(compared.columns):
            found = finding.cells[number]
            should = f" (expected {expectation(found)})" if found and found.verdict else ""
            kernel = f" ({column.short})" if column.short else ""
            text = printable(f"{column.name}{kernel}: {cell(finding, number)}{should}")
            yield from wrap(text, width, _INDENT, _INDENT + "  ").split("\n")
        said: Sequence[str] = claims(finding)
        if said:
            yield from wrap(printable("claimed: " + "; ".join(said)), width, _INDENT, _INDENT + "  ").split("\n")
