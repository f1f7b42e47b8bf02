"""Runs side by side for a terminal: the kernels first, then finding by finding, differences marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from harness.report.columns import GAP, row
from harness.report.kernels import kernel_of
from harness.report.text import printable, wrap
from harness.report.values import expected, measured, plain
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.report.text import Style
    from harness.result import FindingResult, RunResult

__all__ = ["Compared", "cell", "expectation", "mark", "remarks", "render", "where"]

_LEAST_WIDTH = 60
_LEAST_COLUMN = 13
_MARKS = {True: "≠", False: "", None: "?"}


class Column(Protocol):
    """A run as a column."""

    @property
    def name(self) -> str: ...
    @property
    def result(self) -> RunResult: ...
    @property
    def same_kernel_as(self) -> str | None: ...


class Difference(Protocol):
    """A finding across the columns."""

    @property
    def name(self) -> str: ...
    @property
    def cells(self) -> Sequence[FindingResult | None]: ...
    @property
    def differs(self) -> bool | None: ...
    @property
    def odd(self) -> Sequence[int]: ...
    @property
    def between_kernels(self) -> bool: ...
    @property
    def claims(self) -> Mapping[str, Any]: ...


class Compared(Protocol):
    """One experiment's runs side by side."""

    @property
    def experiment(self) -> str: ...  # noqa: D102 (see the class)
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def columns(self) -> Sequence[Column]: ...  # noqa: D102
    @property
    def findings(self) -> Sequence[Difference]: ...  # noqa: D102
    @property
    def settings(self) -> Mapping[str, Sequence[Any]]: ...  # noqa: D102
    @property
    def references(self) -> Sequence[str]: ...  # noqa: D102


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
        yield from _table(compared, width, style)
        yield ""
    for remark in remarks(compared):
        yield from _wrapped(remark, width)


def _wrapped(text: str, width: int) -> list[str]:
    indent = " " * (len(text) - len(text.lstrip()))
    return wrap(printable(text), width, indent, indent + "  ").split("\n")


def where(column: Column) -> str:
    """What a column's run really ran on, how it went, and where the evidence lies."""
    run = column.result
    kernels = " and ".join(dict.fromkeys(kernel_of(facts) for facts in run.hosts.values())) or "no host was seen"
    same = f" (same kernel as {column.same_kernel_as})" if column.same_kernel_as else ""
    evidence = f", {run.folder}" if run.folder else ""
    return f"{kernels}{same}, {run.lab} lab, {run.mode}: {run.verdict.value}{evidence}"


# The table


def _table(compared: Compared, width: int, style: Style) -> Iterator[str]:
    """Columns where there is room: the runs first, then what is expected, then references; else blocks."""
    name = max(len(finding.name) for finding in compared.findings) + 2
    room = width - name
    runs = len(compared.columns)
    fits = room // (_LEAST_COLUMN + GAP) - runs - 1
    if fits < 0:
        yield from _blocks(compared, width, style)
        return
    references = compared.references[:fits]
    count = runs + 1 + len(references)
    widths = [name, *[room // count - GAP] * count]
    heads = ["  finding", *(column.name for column in compared.columns), "expected", *references]
    yield from row([printable(head) for head in heads], widths)
    yield "  ".join("-" * each for each in widths)
    for finding in compared.findings:
        cells = [cell(finding, number) for number in range(runs)]
        claimed = [claim(finding, reference) for reference in references]
        texts = [finding.name, *cells, expectation(finding), *claimed]
        lines = row([printable(text) for text in texts], [name - 2, *widths[1:]])
        for number, line in enumerate(lines):
            yield _marked(finding, style, first=number == 0) + line


def _marked(finding: Difference, style: Style, *, first: bool) -> str:
    sign = mark(finding) if first else ""
    return style.paint("bold", sign.ljust(2)) if sign else "  "


def _blocks(compared: Compared, width: int, style: Style) -> Iterator[str]:
    for finding in compared.findings:
        yield _marked(finding, style, first=True) + printable(finding.name)
        for number, column in enumerate(compared.columns):
            found = finding.cells[number]
            should = f" (expected {_expected(found)})" if found and found.verdict else ""
            yield from _wrapped(f"    {column.name}: {cell(finding, number)}{should}", width)
        for reference in finding.claims:
            yield from _wrapped(f"    {reference} says: {claim(finding, reference)}", width)


def mark(finding: Difference) -> str:
    """How a finding is marked: ``≠`` where runs differ, ``?`` where no two can be compared."""
    return _MARKS[finding.differs]


def cell(finding: Difference, number: int) -> str:
    """A column's value; with its verdict where that is no pass, with ``≠`` where it differs from the first."""
    found = finding.cells[number]
    if found is None:
        return "–"
    sign = "≠ " if number in finding.odd else ""
    verdict = f" ({found.verdict.value})" if found.verdict not in {None, Verdict.PASS} else ""
    return f"{sign}{measured(found)}{verdict}"


def expectation(finding: Difference) -> str:
    """What is expected: once where all columns expect the same, else in the order of the columns."""
    texts = [_expected(found) if found else "–" for found in finding.cells]
    different = set(texts) - {"–"}
    return next(iter(different), "") if len(different) <= 1 else " / ".join(texts)


def _expected(found: FindingResult) -> str:
    if found.verdict is None or not found.expected_text:
        return "–"
    timed = found.unit in {"s", "seconds"} and found.expected is not None
    return found.expected_text + (" s" if timed else "")


def claim(finding: Difference, reference: str) -> str:
    """What a reference says of a finding; "" where it says nothing."""
    if reference not in finding.claims:
        return ""
    unit = next((found.unit for found in finding.cells if found), "")
    return expected(finding.claims[reference], unit)


# What stands below it


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
        yield _differing(compared)
    yield from _same_kernel(columns)


def _differing(compared: Compared) -> str:
    apart = [finding.name for finding in compared.findings if finding.differs]
    kernels = [finding.name for finding in compared.findings if finding.between_kernels]
    doubtful = [finding.name for finding in compared.findings if finding.differs is None]
    text = f"{len(apart)} of {len(compared.findings)} findings differ"
    text += f": {', '.join(apart)}." if apart else "."
    if kernels and kernels != apart:
        text += f" Between different kernels: {', '.join(kernels)}."
    return text + (f" Not to be compared: {', '.join(doubtful)}." if doubtful else "")


def _same_kernel(columns: Sequence[Column]) -> Iterator[str]:
    by_kernel: dict[str, list[str]] = {}
    for column in columns:
        by_kernel.setdefault(column.same_kernel_as or column.name, []).append(column.name)
    for names in by_kernel.values():
        if len(names) > 1:
            yield f"Same kernel: {', '.join(names)}. What differs between them is no difference between kernels."
