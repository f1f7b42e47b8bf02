"""The end of a run, on one screen: kernel first, what was done, findings, witnesses, why, article, note, yours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tabulate import tabulate

from harness.report.text import Style, paragraph, printable
from harness.report.values import measured, plain
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.result import FindingResult, RunResult

__all__ = ["render"]

_NARROW = 60


def render(run: RunResult, width: int, style: Style) -> str:
    """The run as text of at most so many columns (40 at the least)."""
    blocks = [_head(run, width, style)]
    if run.findings:
        blocks.append(_table(run, width, style))
    blocks.append("\n".join(_remarks(run, width)))
    blocks.append(_foot(run, style))
    return "\n".join(block for block in blocks if block) + "\n"


def _head(run: RunResult, width: int, style: Style) -> str:
    lines = [style.paint("bold", printable(_kernel(run)))]
    given = ", ".join(f"{name}={plain(value)}" for name, value in run.parameters.items() if value is not None)
    what = f"{run.experiment}: {run.title} ({given}; {run.mode}, {run.seconds.get('experiment', 0):.1f} s)"
    lines.append(paragraph("Did", [what], width))
    return "\n".join(lines)


def _kernel(run: RunResult) -> str:
    """What ran: the kernels really observed, the images, the lab."""
    seen = {(host.stack, host.kernel, host.image): name for name, host in run.hosts.items()}
    parts = []
    for stack, kernel, image in seen:
        name = "Linux" if stack == "linux" else stack
        parts.append(f"{name} {kernel or '(kernel not seen)'} (image {image})")
    where = f"{run.lab} lab" + (f" via {run.via}" if run.via else "")
    clock = "" if run.clock == "real" else f", {run.clock} time"
    return f"{' and '.join(parts) or 'no host was seen'}, {where}, IPv{run.family}{clock}"


def _table(run: RunResult, width: int, style: Style) -> str:
    rows = [_row(name, finding, style) for name, finding in run.findings.items()]
    heads = ["finding", "measured", "expected", "verdict"]
    if width < _NARROW:
        return _narrow(run, style)
    fixed = max(len(row[0]) for row in rows) + 10 + 12
    room = max(12, (width - fixed) // 2)
    return tabulate(
        [[row[0], *row[1:3], row[3]] for row in rows],
        heads,
        tablefmt="simple",
        disable_numparse=True,
        maxcolwidths=[None, room, room, None],
    )


def _row(name: str, finding: FindingResult, style: Style) -> list[str]:
    verdict = finding.verdict
    expected = finding.expected_text + (
        " s" if finding.unit in {"s", "seconds"} and finding.expected is not None else ""
    )
    return [
        printable(name),
        printable(measured(finding)),
        printable(expected if verdict else ""),
        style.paint(verdict, verdict.value) if verdict else "–",
    ]


def _narrow(run: RunResult, style: Style) -> str:
    """A narrow terminal gets a line or two a finding."""
    lines = []
    for name, finding in run.findings.items():
        _, value, expected, verdict = _row(name, finding, style)
        lines.append(f"{verdict}  {printable(name)}: {value}")
        if finding.verdict not in {None, Verdict.PASS}:
            lines.append(f"      expected {expected}")
    return "\n".join(lines)


def _remarks(run: RunResult, width: int) -> Iterator[str]:
    if run.reason and run.verdict is not Verdict.PASS:
        label = {Verdict.SKIP: "Skipped", Verdict.ERROR: "Error"}.get(run.verdict, "Because")
        yield paragraph(label, [run.reason], width)
    for name, finding in run.findings.items():
        if finding.reason and finding.verdict in {Verdict.FAIL, Verdict.UNKNOWN, Verdict.SKIP}:
            yield paragraph("", [f"{name}: {finding.reason}"], width)
    if run.findings:
        yield paragraph("Seen by", [_witnesses(run)], width)
    if run.why:
        yield paragraph("Why", run.why, width)
    yield from _claims(run, width)
    if run.notes:
        yield paragraph("Note", run.notes, width)
    for number, line in enumerate(run.yours):
        yield f"{'Yours' if number == 0 else '':<8} {printable(line)}"


def _witnesses(run: RunResult) -> str:
    names = list(dict.fromkeys(name for finding in run.findings.values() for name in finding.witnesses))
    several = [finding for finding in run.findings.values() if len(finding.witnesses) > 1]
    split = [name for name, finding in run.findings.items() if "disagree" in (finding.reason or "")]
    agree = (
        f"they disagree on {', '.join(split)}"
        if split
        else f"they agree wherever two saw the same ({len(several)})"
    )
    text = f"{', '.join(names) or 'nobody'}; {agree if len(names) > 1 else 'one witness only'}; " + _captured(run)
    return text + "".join(f". Doubt: {doubt}" for doubt in run.doubts)


def _captured(run: RunResult) -> str:
    captured = sum(host.get("captured") or 0 for host in run.packets.values())
    losses = [host.get("lost") for host in run.packets.values()]
    lost = "an unknown number" if not losses or None in losses else str(sum(loss or 0 for loss in losses))
    return f"{captured} packets captured, {lost} lost"


def _claims(run: RunResult, width: int) -> Iterator[str]:
    for reference, claims in run.claims.items():
        label = "Article" if reference.startswith("article") else reference
        same = [claim.says for claim in claims.values() if claim.agrees]
        other = [claim for claim in claims.values() if claim.agrees is False]
        sentences = [f"on macOS: {'; '.join(claim.says for claim in claims.values())}."] if claims else []
        for claim in other:
            why = f": {claim.differs}" if claim.differs else ""
            sentences.append(f"Different here: {claim.says}{why}.")
        if same and other:
            sentences.append("The rest is the same here.")
        elif same:
            sentences.append("The same here.")
        if sentences:
            yield paragraph(label, sentences, width)


def _foot(run: RunResult, style: Style) -> str:
    verdict = style.paint(run.verdict, run.verdict.value.upper())
    evidence = f"  evidence: {printable(run.folder)}/ (events.jsonl, *.pcap)" if run.folder else ""
    return f"{verdict}{evidence}"
