"""The end of a run, on one screen: kernel first, what was done, findings, witnesses, why, article, note, yours."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tabulate import tabulate

from harness.report.asked import asked
from harness.report.kernels import kernel_of
from harness.report.remarks import article, problems, seen_by, yours
from harness.report.rules import rules
from harness.report.text import LEAST, Style, columns, labelled, one_line, paragraph, printable, wrap
from harness.report.values import measured, wanted
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.result import FindingResult, RunResult

__all__ = ["render"]

_NARROW = 60
_HEADS = ("finding", "measured", "expected", "verdict")
_GAPS = 6
"""Blanks between the table's four columns."""
_VERDICT = len("verdict") + 2
"""What tabulate gives the last column: its head, and the two blanks it pads a head with."""


def render(run: RunResult, width: int, style: Style) -> str:
    """The run as text of at most so many columns (40 at the least); longer words stay whole."""
    width = max(LEAST, width)
    table = _narrow if width < _NARROW else _table
    blocks = [
        _lines(_head(run, width, style)),
        table(run, width, style) if run.findings else "",
        _lines(problems(run, width)),
        _lines(_explained(run, width)),
        _lines(_foot(run, width, style)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _head(run: RunResult, width: int, style: Style) -> Iterator[str]:
    for line in wrap(printable(_kernel(run)), width).splitlines():
        yield style.paint("bold", line)
    yield labelled("Did", f"{run.experiment}: {run.title}", width)
    seconds = run.seconds.get("experiment")
    took = f"; {seconds:.1f} s" if seconds else ""
    yield labelled("With", f"{asked(run)}{took}", width)


def _kernel(run: RunResult) -> str:
    """What ran: the kernels really observed, the images, the lab."""
    parts = dict.fromkeys(
        f"{kernel_of(host) if host.kernel else 'kernel not seen'} (image {host.image})"
        for host in run.hosts.values()
    )
    where = f"{run.lab} lab" + (f" via {run.via}" if run.via else "")
    clock = "" if run.clock == "real" else f", {run.clock} time"
    return f"{' and '.join(parts) or 'no host was seen'}, {where}, IPv{run.family}{clock}"


def _table(run: RunResult, width: int, style: Style) -> str:
    rows = [_row(name, finding) for name, finding in run.findings.items()]
    room = width - max(columns(row[0]) for row in rows) - _VERDICT - _GAPS
    if room < LEAST // 2:
        return _narrow(run, width, style)
    wanted = [max(columns(row[number]) for row in rows) for number in (1, 2)]
    widths = _share(room, *wanted)
    painted = [
        [*row[:3], _painted(finding, style)] for row, finding in zip(rows, run.findings.values(), strict=True)
    ]
    return tabulate(painted, _HEADS, disable_numparse=True, maxcolwidths=[None, *widths, None])


def _share(room: int, measured: int, expected: int) -> tuple[int, int]:
    """So many columns for measured and expected: each what it wants, and half where both want more."""
    half = room // 2
    if measured <= half:
        return half, room - max(measured, len("measured") + 2)
    if expected <= half:
        return room - max(expected, len("expected") + 2), half
    return half, half


def _row(name: str, finding: FindingResult) -> tuple[str, str, str]:
    """A finding's name, what was measured, what was expected."""
    return one_line(name), one_line(measured(finding)), one_line(wanted(finding))


def _painted(finding: FindingResult, style: Style) -> str:
    return style.paint(finding.verdict, finding.verdict.value) if finding.verdict else "–"


def _narrow(run: RunResult, width: int, style: Style) -> str:
    """A narrow terminal gets a line or two a finding; what was expected only where it reads otherwise."""
    lines = []
    for name, finding in run.findings.items():
        shown, value, expected = _row(name, finding)
        word = finding.verdict.value if finding.verdict else "–"
        text = f"{shown}: {value}" + (f", expected {expected}" if expected not in {"", value} else "")
        line = wrap(text, width, word.ljust(8), " " * 10)
        lines.append(_painted(finding, style) + line[len(word) :])
    return "\n".join(lines)


def _explained(run: RunResult, width: int) -> Iterator[str]:
    if run.findings:
        yield paragraph("Seen by", [seen_by(run)], width)
    why = rules(
        (finding.because, {} if finding.verdict is Verdict.FAIL else finding.inputs)
        for finding in run.findings.values()
    )
    if why:
        yield paragraph("Why", why, width)
    yield from article(run, width)
    if run.notes:
        yield paragraph("Note", run.notes, width)
    if run.findings:
        yield from yours(run.yours, width)


def _foot(run: RunResult, width: int, style: Style) -> Iterator[str]:
    if run.folder:
        yield labelled("Evidence", f"{run.folder}/ (events.jsonl, *.pcap)", width)
    word = run.verdict.value.upper()
    line = labelled(word, _tally(run), width)
    yield style.paint(run.verdict, word) + line[len(word) :]


def _tally(run: RunResult) -> str:
    """How many findings got which verdict, the worst named."""
    counts = Counter(finding.verdict for finding in run.findings.values() if finding.verdict)
    words = {Verdict.PASS: "as expected", Verdict.FAIL: "not as expected", Verdict.SKIP: "skipped"}
    order = (Verdict.ERROR, Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.SKIP)
    said = [f"{counts[verdict]} {words.get(verdict, verdict.value)}" for verdict in order if counts[verdict]]
    rest = len(run.findings) - counts.total()
    if said:
        word, _, what = said[0].partition(" ")
        said[0] = f"{word} of {counts.total()} findings {what}"
    return ", ".join([*said, f"{rest} without expectation"] if rest else said)
