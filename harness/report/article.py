"""The article's statements beside what this kernel did: one table, for a terminal and as Markdown."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from harness.report.columns import GAP, row
from harness.report.kernels import kernel_lines
from harness.report.markdown import heading, inline, table
from harness.report.text import columns, printable, wrap
from harness.report.values import expected, measured
from harness.result import Verdict, overall

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.report.text import Style
    from harness.result import ClaimResult, FindingResult, RunResult

__all__ = ["Article", "Statement", "count", "markdown", "render", "time_taken", "troubles"]

_LEAST_WIDTH = 60
_WORDS = {True: "holds", False: "differs", None: "–"}
_WORD_WIDTH = 8


class Statement(Protocol):
    """One statement of the article, and what became of it."""

    @property
    def experiment(self) -> str: ...  # noqa: D102 (see the class)
    @property
    def finding(self) -> str | None: ...  # noqa: D102
    @property
    def says(self) -> str: ...  # noqa: D102
    @property
    def place(self) -> str: ...  # noqa: D102
    @property
    def claim(self) -> Any: ...  # noqa: D102
    @property
    def measured(self) -> FindingResult | None: ...  # noqa: D102
    @property
    def agrees(self) -> bool | None: ...  # noqa: D102
    @property
    def remark(self) -> str | None: ...  # noqa: D102
    @property
    def folder(self) -> str | None: ...  # noqa: D102
    @property
    def others(self) -> Mapping[str, ClaimResult]: ...  # noqa: D102


class Article(Protocol):
    """All of them, the runs, and the seconds that it took in all."""

    @property
    def statements(self) -> Sequence[Statement]: ...  # noqa: D102 (see the class)
    @property
    def runs(self) -> Sequence[RunResult]: ...  # noqa: D102
    @property
    def references(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102


def render(article: Article, width: int, style: Style) -> str:
    """The text, of at most so many columns (60 at the least)."""
    width = max(_LEAST_WIDTH, width)
    lines = [style.paint("bold", printable(line)) for line in kernel_lines(article.runs)]
    lines += ["", *_table(article, width, style), ""]
    lines += [line for text in troubles(article.runs) for line in _wrapped(text, width)]
    lines += [*_wrapped(count(article.statements), width), *_wrapped(time_taken(article), width)]
    verdict = overall(article.runs)
    lines.append(style.paint(verdict, verdict.value.upper()))
    return "\n".join(lines) + "\n"


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(printable(text), width, rest="  ").split("\n")


# The table


def _table(article: Article, width: int, style: Style) -> Iterator[str]:
    room = width - _WORD_WIDTH - 3 * GAP
    widths = (room - 2 * (room // 4), room // 4, room // 4)
    indent = " " * (_WORD_WIDTH + GAP)
    yield indent + row(("the article says", "article (macOS)", "this kernel"), widths)[0]
    runs = {run.experiment: run for run in article.runs}
    for experiment, of_experiment in groupby(article.statements, lambda each: each.experiment):
        yield "-" * width
        run = runs.get(experiment)
        yield _experiment(experiment, run, width, style)
        for statement in of_experiment:
            yield from _statement(statement, widths, style)


def _experiment(name: str, run: RunResult | None, width: int, style: Style) -> str:
    head = style.paint("bold", printable(name))
    if run is None:
        return f"{head}: not run"
    verdict = style.paint(run.verdict, run.verdict.value)
    if run.folder is None:
        return f"{head} {verdict}"
    evidence = f"evidence: {printable(run.folder)}"
    one_line = columns(f"{name} {run.verdict.value}, {evidence}") <= width
    return f"{head} {verdict}, {evidence}" if one_line else f"{head} {verdict}\n  {evidence}"


def _statement(statement: Statement, widths: Sequence[int], style: Style) -> Iterator[str]:
    word = _WORDS[statement.agrees].ljust(_WORD_WIDTH)
    if statement.agrees is False:
        word = style.paint("bold", word)
    macos, here = _macos(statement), _here(statement)
    unchecked = f"not checked: {statement.remark or 'no reason is known'}"
    lines = row([printable(text) for text in (statement.says, macos, here)], widths)
    whole = sum(widths) + 2 * GAP
    if statement.claim is None and statement.agrees is None:
        lines = wrap(printable(f"{statement.says} ({unchecked})"), whole).split("\n")
    elif statement.agrees is None:
        lines += wrap(printable(unchecked), whole, "  ", "  ").split("\n")
    elif not statement.agrees and statement.remark:
        lines += wrap(printable(statement.remark), whole, "  ", "  ").split("\n")
    for number, line in enumerate(lines):
        yield (word if number == 0 else " " * _WORD_WIDTH) + " " * GAP + line


def _macos(statement: Statement) -> str:
    unit = statement.measured.unit if statement.measured else ""
    return "–" if statement.claim is None and statement.agrees is None else expected(statement.claim, unit)


def _here(statement: Statement) -> str:
    return measured(statement.measured) if statement.measured else "–"


# What stands below it


def troubles(runs: Sequence[RunResult]) -> Iterator[str]:
    """A line for each experiment that did not pass."""
    for run in runs:
        if run.verdict is not Verdict.PASS:
            evidence = f" ({run.folder})" if run.folder else ""
            reason = " ".join((run.reason or "").split())
            yield f"{run.verdict.value.upper()} {run.experiment}: {reason}{evidence}"


def count(statements: Sequence[Statement]) -> str:
    """How many statements hold."""
    found = Counter(statement.agrees for statement in statements)
    return (
        f"{len(statements)} statements: {found[True]} hold on this kernel, {found[False]} differ,"
        f" {found[None]} could not be checked."
    )


def time_taken(article: Article) -> str:
    """How long it took."""
    took = {run.experiment: run.seconds.get("experiment", 0.0) for run in article.runs}
    text = f"{len(took)} experiments in {article.seconds:.1f} s"
    if not any(took.values()):
        return text + "."
    longest = max(took, key=lambda name: took[name])
    return f"{text}; the longest, {longest}, took {took[longest]:.1f} s, all together {sum(took.values()):.1f} s."


# Markdown


def markdown(article: Article) -> str:
    """The same as Markdown, with a column for each other reference that speaks of the same findings."""
    others = [name for name in article.references if any(name in each.others for each in article.statements)]
    heads = ["experiment", "the article says", "article (macOS)", "this kernel", "", "since when, or why", *others]
    heads += ["verdict", "evidence", "place"]
    runs = {run.experiment: run for run in article.runs}
    rows = [_cells(each, others, runs.get(each.experiment)) for each in article.statements]
    lines = [heading(1, "The article's statements, and what this kernel did")]
    lines += [f"- {inline(line)}" for line in kernel_lines(article.runs)]
    lines += ["", table(heads, rows)]
    lines += [f"- {inline(text)}" for text in troubles(article.runs)]
    lines += ["", f"{inline(count(article.statements))} {inline(time_taken(article))}", ""]
    lines.append(f"**{overall(article.runs).value}**")
    return "\n".join(lines) + "\n"


def _cells(statement: Statement, others: Sequence[str], run: RunResult | None) -> list[str]:
    remark = (statement.remark or "") if statement.agrees is not True else ""
    return [
        statement.experiment,
        statement.says,
        _macos(statement),
        _here(statement),
        {True: "holds", False: "differs", None: "not checked"}[statement.agrees],
        remark,
        *(_other(statement, name) for name in others),
        run.verdict.value if run else "",
        statement.folder or "",
        statement.place,
    ]


def _other(statement: Statement, name: str) -> str:
    claim = statement.others.get(name)
    if claim is None:
        return ""
    return expected(claim.claim, statement.measured.unit if statement.measured else "")
