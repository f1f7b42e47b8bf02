"""Runs as Markdown: what ran, its findings, and what explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.kernels import kernel_lines
from harness.report.markdown import heading, inline, table
from harness.report.values import measured
from harness.result import overall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.result import FindingResult, RunResult

__all__ = ["markdown"]


def markdown(runs: Iterable[RunResult]) -> str:
    """A section a run, and the verdict of all."""
    runs = list(runs)
    sections = ["\n".join(_section(run)) + "\n" for run in runs]
    return "\n".join([*sections, f"**{overall(runs).value}**\n"])


def _section(run: RunResult) -> Iterator[str]:
    yield heading(2, f"{run.experiment}: {run.title}" if run.title else run.experiment)
    for line in kernel_lines([run]):
        yield f"- {inline(line)}"
    reason = f": {inline(run.reason)}" if run.reason else ""
    yield f"- **{run.verdict.value}**{reason}"
    if run.folder:
        yield f"- evidence: {inline(run.folder)}"
    if run.findings:
        yield ""
        yield table(
            ("finding", "measured", "expected", "verdict"),
            [_row(name, finding) for name, finding in run.findings.items()],
        )


def _row(name: str, finding: FindingResult) -> tuple[str, str, str, str]:
    timed = finding.unit in {"s", "seconds"} and finding.expected is not None
    should = finding.expected_text + (" s" if timed else "") if finding.verdict else "–"
    return name, measured(finding), should, finding.verdict.value if finding.verdict else "–"
