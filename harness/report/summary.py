"""Sections of Markdown in a limited room: those that matter most are kept, each whole, and the rest is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.report import article_images, compare_markdown, matrix_markdown, run_markdown
from harness.report.cases import names
from harness.report.markdown import inline
from harness.result import Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.report.article import Article
    from harness.report.compared import Compared
    from harness.report.matrix import Matrix
    from harness.result import RunResult

__all__ = ["MOST", "Section", "fitted", "sections"]

MOST = 1024 * 1024
"""Bytes that GitHub takes of a step's summary; of more it shows nothing at all."""

_ORDER = (Verdict.ERROR, Verdict.FAIL, Verdict.UNKNOWN, Verdict.SKIP, Verdict.PASS)
_NAMED = 20
_NAME = 100
_NOTE = 4096
"""Bytes kept free to name what is left out."""


@dataclass(frozen=True, slots=True)
class Section:
    """A piece that stands or is left out whole; ``verdict`` says how much it matters."""

    name: str
    text: str
    verdict: Verdict = Verdict.ERROR


def sections(
    runs: Sequence[RunResult],
    comparisons: Sequence[Compared] = (),
    statements: Sequence[Article] = (),
    matrix: Matrix | None = None,
) -> list[Section]:
    """An overview; the article's statements or the comparisons; the runs, else only those that did not pass."""
    if matrix is not None:
        found = [Section("the matrix", matrix_markdown.markdown(matrix))]
    else:
        found = [Section("overview", run_markdown.overview(runs))]
    if statements:
        found.append(Section("the article", article_images.markdown(statements)))
    for compared in comparisons:
        verdict = worst(column.result.verdict for column in compared.columns)
        found.append(Section(compared.experiment, compare_markdown.markdown([compared]), verdict))
    whole = not comparisons and not statements
    for name, run in zip(names(runs), runs, strict=True):
        if whole or run.verdict not in {Verdict.PASS, Verdict.SKIP}:
            found.append(Section(name, run_markdown.section(run), run.verdict))
    return found


def fitted(wanted: Sequence[Section], room: int) -> str:
    """As many sections as the room in bytes holds, the worst verdicts first; their order stays as it is."""
    whole = "".join(_spaced(section) for section in wanted)
    if len(whole.encode()) <= room:
        return whole
    room -= _NOTE
    kept = set()
    for number in sorted(range(len(wanted)), key=lambda each: _ORDER.index(wanted[each].verdict)):
        size = len(_spaced(wanted[number]).encode())
        if size <= room:
            kept.add(number)
            room -= size
    text = "".join(_spaced(section) for number, section in enumerate(wanted) if number in kept)
    left = [section.name for number, section in enumerate(wanted) if number not in kept]
    return text + _note(left, len(wanted)) if room >= 0 else ""


def _spaced(section: Section) -> str:
    return f"\n{section.text.strip()}\n"


def _note(left: Sequence[str], count: int) -> str:
    said = ", ".join(inline(name[:_NAME]) for name in left[:_NAMED])
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    return f"\n*{len(left)} of {count} sections are left out, for GitHub shows no more of a step: {said}{more}.*\n"
