"""KTAP version 1, the kernel's own format of test results (Documentation/dev-tools/ktap.rst).

A run is a test, its findings are its subtests. ``ERROR`` is what KTAP has for a test that could not be carried
through, so it stands for ``error`` and for ``unknown``, which its text tells apart. Of a finding without
expectation there is no result: it is a diagnostic line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.cases import image_of, names, trouble, troubles
from harness.report.kernels import kernel_lines
from harness.report.text import printable
from harness.report.values import measured, should
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.result import FindingResult, RunResult

__all__ = ["ktap"]

_VERSION = "KTAP version 1"
_INDENT = "  "


def ktap(runs: Iterable[RunResult]) -> str:
    """The lines, a test for each run."""
    runs = list(runs)
    lines = [_VERSION, f"1..{len(runs)}"]
    for number, (name, run) in enumerate(zip(names(runs), runs, strict=True), 1):
        image = image_of(run)
        where = f" on {image} ({run.lab})" if image else f" ({run.lab})"
        lines += _run(number, name + where, run)
    return "\n".join(lines) + "\n"


def _run(number: int, name: str, run: RunResult) -> Iterator[str]:
    counted = [(each, finding) for each, finding in run.findings.items() if finding.verdict is not None]
    if counted:
        yield f"{_INDENT}{_VERSION}"
        yield f"{_INDENT}1..{len(counted)}"
        for each, finding in run.findings.items():
            if finding.verdict is None:
                yield _INDENT + _diagnostic(f"{each}: {measured(finding)} (nothing is expected of it)")
        for position, (each, finding) in enumerate(counted, 1):
            yield from (_INDENT + line for line in _finding(position, each, finding))
    yield from (_diagnostic(line) for line in _told(run))
    reason = next(iter(troubles(run)), "") if run.verdict is not Verdict.FAIL else ""
    yield _result(number, name, run.verdict, reason)


def _told(run: RunResult) -> Iterator[str]:
    yield from kernel_lines([run])
    if run.folder:
        yield f"evidence: {run.folder}"
    if run.verdict is Verdict.FAIL:
        yield from troubles(run)


def _finding(number: int, name: str, finding: FindingResult) -> Iterator[str]:
    verdict = finding.verdict or Verdict.SKIP
    if verdict is Verdict.FAIL:
        yield _diagnostic(trouble(name, finding))
        if finding.because:
            yield _diagnostic(f"{name}: {finding.because}")
    elif verdict is Verdict.PASS:
        yield _diagnostic(f"{name}: measured {measured(finding)}, expected {should(finding)}")
    yield _result(number, name, verdict, finding.reason or "")


def _result(number: int, name: str, verdict: Verdict, reason: str) -> str:
    """A test's result line. A skip is ``ok``; what could not be carried through is ``not ok`` with ``ERROR``."""
    word = "ok" if verdict in {Verdict.PASS, Verdict.SKIP} else "not ok"
    line = f"{word} {number} {_text(name)}"
    if verdict is Verdict.SKIP:
        return f"{line} # SKIP {_text(reason)}".rstrip()
    if verdict in {Verdict.ERROR, Verdict.UNKNOWN}:
        said = "unknown: " if verdict is Verdict.UNKNOWN else ""
        return f"{line} # ERROR {said}{_text(reason)}".rstrip()
    return line


def _diagnostic(text: str) -> str:
    return f"# {_text(text)}"


def _text(text: str) -> str:
    """Foreign text in one line, without what would begin a directive or a diagnostic."""
    return " ".join(printable(text).split()).replace("#", "\\x23")
