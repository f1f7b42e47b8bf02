"""Paragraphs below a run's table: what went wrong, who saw it, what the article says, what shows it at home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.text import columns, labelled, one_line, paragraph, wrap
from harness.report.values import measured
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.result import ClaimResult, RunResult

__all__ = ["article", "problems", "seen_by", "yours"]

_INDENT = " " * 9


def problems(run: RunResult, width: int) -> Iterator[str]:
    """Why the run, or a finding, did not pass: each reason once, with all it touches; then the other doubts."""
    told = {f"{name}: {finding.reason}" for name, finding in run.findings.items()}
    if run.reason and run.verdict is not Verdict.PASS and run.reason not in told:
        label = {Verdict.SKIP: "Skipped", Verdict.ERROR: "Error"}.get(run.verdict, "Because")
        yield paragraph(label, [run.reason], width)
    touched: dict[tuple[str, str], list[str]] = {}
    for name, finding in run.findings.items():
        if finding.reason and finding.verdict is not Verdict.PASS:
            label = finding.verdict.value.capitalize() if finding.verdict else "Doubt"
            touched.setdefault((label, finding.reason), []).append(name)
    for (label, reason), names in touched.items():
        yield paragraph(label, [f"{', '.join(names)}: {one_line(reason)}"], width)
    for doubt in run.doubts:
        if not any(doubt in reason for _, reason in touched):
            yield paragraph("Doubt", [f"{doubt} (no finding rests on it)"], width)


def seen_by(run: RunResult) -> str:
    """Which witnesses there were, whether they agree, and how many packets were lost."""
    # "packets on client" is the capture at the other end: the same kind of witness.
    kinds = dict.fromkeys(
        name.partition(" on ")[0] for finding in run.findings.values() for name in finding.witnesses
    )
    several = sum(len(finding.witnesses) > 1 for finding in run.findings.values())
    split = [name for name, finding in run.findings.items() if "disagree" in (finding.reason or "")]
    if split:
        agree = f"they disagree on {', '.join(split)}"
    elif several:
        agree = f"more than one of them saw {several} of {len(run.findings)} findings, and they agree"
    else:
        agree = "no finding was seen by more than one of them"
    return f"{', '.join(kinds) or 'nobody'}; {agree}. {_captured(run)}"


def _captured(run: RunResult) -> str:
    if not run.packets:
        return "No packets were captured"
    captured = sum(host.get("captured") or 0 for host in run.packets.values())
    losses = [host.get("lost") for host in run.packets.values()]
    lost = "an unknown number" if None in losses else str(sum(loss or 0 for loss in losses))
    return f"{captured} packets captured on {' and '.join(run.packets)}, {lost} lost"


def article(run: RunResult, width: int) -> Iterator[str]:
    """What the article saw on macOS, as far as it was checked; of other references how many claims hold."""
    others = []
    for reference, claims in run.claims.items():
        checked = {name: claim for name, claim in claims.items() if claim.agrees is not None}
        if not checked:
            continue
        if reference.startswith("article"):
            yield paragraph("Article", _compared(run, checked), width)
        else:
            agree = sum(bool(claim.agrees) for claim in checked.values())
            others.append(f"{reference} {agree} of {len(checked)}")
    if others:
        yield labelled("Others", f"claims that hold here: {', '.join(others)}", width)


def _compared(run: RunResult, claims: Mapping[str, ClaimResult]) -> Iterator[str]:
    for here, intro in ((True, "and here too"), (False, "not here")):
        for system in ("macOS", "Linux"):
            said = [
                claim.says.removeprefix("Linux: ") + ("" if here else _otherwise(run, name, claim))
                for name, claim in claims.items()
                if claim.agrees is here and claim.says.startswith("Linux: ") is (system == "Linux")
            ]
            if said:
                yield f"{'Seen on' if system == 'macOS' else 'Said of'} {system}, {intro}: {'; '.join(said)}"


def _otherwise(run: RunResult, name: str, claim: ClaimResult) -> str:
    """What was measured instead, and why that is so."""
    name = name.partition(" (")[0]  # a second claim about the same finding stands under "NAME (2)"
    finding = run.findings.get(name)
    here = f"here {name} is {one_line(measured(finding))}" if finding else ""
    said = ": ".join(filter(None, (here, claim.differs)))
    return said and f" – {said}"


def yours(commands: Iterable[str], width: int) -> Iterator[str]:
    """Commands for the reader's own server, each whole in a line, its comment beside it where there is room."""
    for number, command in enumerate(commands):
        first = "Yours".ljust(9) if number == 0 else _INDENT
        words, mark, comment = one_line(command).partition("  #")
        close = f"{first}{words.rstrip()}{mark}{comment}"
        if columns(first + command) <= width:
            yield first + one_line(command)
        elif columns(close) <= width:
            yield close
        else:
            yield first + words.rstrip()
            yield wrap(comment, width, _INDENT + "  # ", _INDENT + "  # ")
