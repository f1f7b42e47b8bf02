"""The article's statements beside what several kernels did: one table, a column an image; of one image as ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report import article as alone
from harness.report.columns import GAP, row
from harness.report.kernels import kernel_lines
from harness.report.markdown import heading, inline, table
from harness.report.text import columns, printable, wrap
from harness.report.values import expected, measured
from harness.result import overall

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.report.article import Article, Statement
    from harness.report.text import Style

__all__ = ["markdown", "render"]

_LEAST_CELL, _LEAST_SAYS = 12, 30


def render(articles: Sequence[Article], width: int, style: Style) -> str:
    """The text, of at most so many columns; one image after another where there is no room for their columns."""
    names = [_name(article) for article in articles]
    cell = max(_LEAST_CELL, *(columns(name) for name in names))
    says = width - (cell + GAP) * (len(articles) + 1)
    if len(articles) == 1 or says < _LEAST_SAYS:
        return "\n".join(alone.render(article, width, style) for article in articles)
    lines = [style.paint("bold", printable(line)) for article in articles for line in kernel_lines(article.runs)]
    lines += ["", *_table(articles, names, [says, *[cell] * (len(articles) + 1)], style), ""]
    for text in _below(articles, names):
        lines += wrap(printable(text), width, rest="  ").split("\n")
    verdict = overall(run for article in articles for run in article.runs)
    lines.append(style.paint(verdict, verdict.value.upper()))
    return "\n".join(lines) + "\n"


def _name(article: Article) -> str:
    run = next((run for run in article.runs if run.image), article.runs[0])
    return run.image or run.lab


def _rows(articles: Sequence[Article]) -> list[list[Statement | None]]:
    """Each statement as each image's runs have it, in the order of the first image that has it."""
    found: dict[tuple[str, str, str], list[Statement | None]] = {}
    for number, article in enumerate(articles):
        for statement in article.statements:
            key = (statement.experiment, statement.says, statement.place)
            found.setdefault(key, [None] * len(articles))[number] = statement
    return list(found.values())


def _table(
    articles: Sequence[Article], names: Sequence[str], widths: Sequence[int], style: Style
) -> Iterator[str]:
    yield from row([printable(text) for text in ("the article says", "macOS", *names)], widths)
    experiment = None
    for statements in _rows(articles):
        first = _first(statements)
        if first.experiment != experiment:
            experiment = first.experiment
            yield style.paint("bold", printable(experiment)) + " " + "-" * (sum(widths) - columns(experiment))
        cells = [_cell(statement) for statement in statements]
        yield from row([printable(text) for text in (first.says, _macos(statements), *cells)], widths)
        for remark in _remarks(statements):
            yield from wrap(printable(remark), sum(widths) + GAP * len(articles), "  ", "  ").split("\n")


def _first(statements: Sequence[Statement | None]) -> Statement:
    return next(statement for statement in statements if statement is not None)


def _cell(statement: Statement | None) -> str:
    if statement is None or statement.agrees is None:
        return "–"
    if statement.agrees:
        return "holds"
    return f"differs: {measured(statement.measured)}" if statement.measured else "differs"


def _macos(statements: Sequence[Statement | None]) -> str:
    seen = next((each for each in statements if each and each.measured), _first(statements))
    if seen.claim is None and seen.agrees is None:
        return "–"
    return expected(seen.claim, seen.measured.unit if seen.measured else "")


def _remarks(statements: Sequence[Statement | None]) -> list[str]:
    """Why it differs, or could not be checked, each reason once."""
    there = [each for each in statements if each is not None]
    differs = [each.remark for each in there if each.agrees is False and each.remark]
    unchecked = [f"not checked: {each.remark}" for each in there if each.agrees is None and each.remark]
    return list(dict.fromkeys([*differs, *unchecked]))


def _below(articles: Sequence[Article], names: Sequence[str]) -> Iterator[str]:
    for article, name in zip(articles, names, strict=True):
        reasons = {run.reason for run in article.runs}
        if len(reasons) == 1 and all(not run.hosts for run in article.runs):
            yield f"{name}: {' '.join(str(reasons.pop()).split())}"
        else:
            yield from (f"{name}: {trouble}" for trouble in alone.troubles(article.runs))
        yield f"{name}: {alone.count(article.statements)}"
    apart = [statements for statements in _rows(articles) if _apart(statements)]
    for statements in apart:
        holding = [name for name, each in zip(names, statements, strict=True) if each and each.agrees]
        yield f"Not the same on all: {_first(statements).says}: holds on {', '.join(holding)}."
    if not apart:
        yield "What could be checked on all of them holds, or differs, on all of them."
    runs = sum(len(article.runs) for article in articles)
    yield f"{runs} runs in {articles[0].seconds:.1f} s."


def _apart(statements: Sequence[Statement | None]) -> bool:
    return len({each.agrees for each in statements if each and each.agrees is not None}) > 1


def markdown(articles: Sequence[Article]) -> str:
    """The same as Markdown; of one image with what other references say."""
    if len(articles) == 1:
        return alone.markdown(articles[0])
    names = [_name(article) for article in articles]
    heads = ["experiment", "the article says", "article (macOS)", *names, "since when, or why", "place"]
    rows = []
    for statements in _rows(articles):
        first = _first(statements)
        cells = [_cell(statement) for statement in statements]
        remarks = "; ".join(_remarks(statements))
        rows.append([first.experiment, first.says, _macos(statements), *cells, remarks, first.place])
    lines = [heading(1, "The article's statements, and what each kernel did")]
    lines += [f"- {inline(line)}" for article in articles for line in kernel_lines(article.runs)]
    lines += ["", table(heads, rows), *(f"- {inline(text)}" for text in _below(articles, names))]
    verdict = overall(run for article in articles for run in article.runs)
    return "\n".join([*lines, "", f"**{verdict.value}**"]) + "\n"
