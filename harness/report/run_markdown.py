"""Runs as Markdown: a table of verdicts where there are several, then each run with its findings and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.asked import asked
from harness.report.cases import image_of, names, troubles
from harness.report.kernels import kernel_lines
from harness.report.markdown import heading, inline, table
from harness.report.rules import rules
from harness.report.values import measured, should
from harness.result import Verdict, overall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.result import ClaimResult, RunResult

__all__ = ["markdown", "overview", "section"]

_CLAIMS = {True: "holds", False: "differs"}


def markdown(runs: Iterable[RunResult]) -> str:
    """The page: an overview where there are several runs, and a section each."""
    runs = list(runs)
    sections = [section(run) for run in runs]
    return "\n".join([overview(runs), *sections] if len(runs) > 1 else sections)


def overview(runs: Sequence[RunResult]) -> str:
    """Every run in a row, and the verdict of all."""
    rows = [
        [run.verdict.value, name, image_of(run), run.kernel or "", run.lab, _seconds(run), _reason(run)]
        for name, run in zip(names(runs), runs, strict=True)
    ]
    heads = ["verdict", "experiment", "image", "kernel", "lab", "seconds", "why"]
    count = "1 run" if len(runs) == 1 else f"{len(runs)} runs"
    return f"{heading(2, f'{count}: {overall(runs).value}')}\n{table(heads, rows)}"


def _seconds(run: RunResult) -> str:
    return f"{run.seconds['experiment']:.1f}" if "experiment" in run.seconds else ""


def _reason(run: RunResult) -> str:
    return "" if run.verdict is Verdict.PASS else next(iter(troubles(run)), "")


def section(run: RunResult) -> str:
    """One run: what ran, every finding, what was not as expected, the rules, what references say."""
    return "\n".join(_section(run)) + "\n"


def _section(run: RunResult) -> Iterator[str]:
    title = f"{run.experiment}: {run.title}" if run.title else run.experiment
    yield heading(2, title)
    yield f"**{run.verdict.value}**" + (f" – {inline(_reason(run))}" if _reason(run) else "")
    yield ""
    for line in _facts(run):
        yield f"- {inline(line)}"
    if run.findings:
        yield ""
        yield table(("finding", "measured", "expected", "verdict", "seen by"), _findings(run))
    yield from _list("Not as it should be", _others(run))
    yield from _list("Why", rules((finding.because, finding.inputs) for finding in run.findings.values()))
    yield from _list("Note", (*run.notes, *run.doubts))
    yield from _claims(run.claims)


def _facts(run: RunResult) -> Iterator[str]:
    yield from kernel_lines([run])
    took = f"; {_seconds(run)} s" if _seconds(run) else ""
    yield f"{asked(run)}{took}"
    if run.folder:
        yield f"evidence: {run.folder}"


def _findings(run: RunResult) -> Iterator[list[str]]:
    for name, finding in run.findings.items():
        verdict = finding.verdict.value if finding.verdict else "–"
        yield [name, measured(finding), should(finding), verdict, ", ".join(finding.witnesses)]


def _others(run: RunResult) -> list[str]:
    """What is the matter, beyond what stands beside the verdict."""
    return [] if run.verdict is Verdict.PASS else list(troubles(run))[1:]


def _list(head: str, texts: Iterable[str]) -> Iterator[str]:
    texts = list(texts)
    if texts:
        yield f"\n**{head}**\n"
        yield from (f"- {inline(text)}" for text in texts)


def _claims(claims: Mapping[str, Mapping[str, ClaimResult]]) -> Iterator[str]:
    rows = [
        [reference, claim.says, _CLAIMS[claim.agrees], claim.differs or "" if claim.agrees is False else ""]
        for reference, said in claims.items()
        for claim in said.values()
        if claim.agrees is not None
    ]
    if rows:
        yield ""
        yield table(("reference", "says", "here", "why"), rows)
