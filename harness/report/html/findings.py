"""Findings: measured, expected, verdict; under each why, and what it rests on."""

from __future__ import annotations

from itertools import count, groupby
from typing import TYPE_CHECKING, Any

import htpy as h

from harness.model import MODELS
from harness.report.html.parts import badge, cells, code, folded, prose, stacked, word
from harness.report.values import measured, plain, should

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.criteria import Criteria
    from harness.result import EvidenceItem, FindingResult, RunResult

__all__ = ["findings"]

_MOST = 12
"""Ranges of evidence that are listed."""


def findings(run: RunResult, criteria: Criteria | None = None) -> h.Node:
    """The table: a row a finding, and below it why; the criteria know the models' sources."""
    if not run.findings:
        return None
    sources = _sources(criteria)
    groups = (_finding(key, finding, sources.get(key)) for key, finding in run.findings.items())
    return stacked(f"Findings of {word(run.experiment)}", _HEADS, groups, kind="findings")


_HEADS = ("finding", "measured", "expected", "verdict")


def _sources(criteria: Criteria | None) -> dict[str, str]:
    """Where each finding's formula is from: a model's source, if that has the formula still."""
    found = {}
    for name, expectation in criteria.expectations.items() if criteria is not None else ():
        model = MODELS.get(str(expectation.value)) if expectation.kind == "model" else None
        if model is not None and model.formula == expectation.formula:
            found[name] = model.source
    return found


def _finding(key: str, finding: FindingResult, source: str | None) -> Iterator[h.Element]:
    rest = (word(measured(finding)), word(should(finding)), badge(finding.verdict))
    yield h.tr(role="row")[cells(_HEADS, word(key), rest)]
    yield h.tr(".because", role="row")[h.td(role="cell", colspan=str(len(_HEADS)))[_because(finding, source)]]


def _because(finding: FindingResult, source: str | None) -> h.Node:
    reason = (
        h.p(f".reason.{finding.verdict.value if finding.verdict else 'unknown'}")[prose(finding.reason)]
        if finding.reason
        else None
    )
    details = list(_details(finding, source))
    seen = f"Seen by {', '.join(finding.witnesses)}." if finding.witnesses else ""
    rule = f"{finding.because}. " if finding.because else ""
    if not details or not rule + seen:
        return reason
    return [reason, folded([prose(rule), h.span(".quiet")[word(seen)] if seen else None], h.dl[details])]


def _details(finding: FindingResult, source: str | None) -> Iterator[h.Node]:
    if finding.formula:
        yield _pair("formula", prose(finding.formula))
        if source:
            yield _pair("source", prose(source))
    if finding.inputs:
        given: list[h.Node] = [[code(f"{name} = {plain(value)}"), " "] for name, value in finding.inputs.items()]
        yield _pair("with", given)
    if finding.expected is not None:
        yield _pair("expected", word(_json(finding.expected)))
    if finding.spread and finding.members and finding.members > 1:
        least, most = (plain(value) for value in finding.spread)
        yield _pair(f"of {finding.members}", word(f"{least} to {most}" if least != most else f"all {least}"))
    for witness, value in finding.witnesses.items():
        yield _pair(word(witness), word(plain(value)))
    for item in finding.evidence:
        yield _pair("evidence", word(_evidence(item)))


def _pair(head: h.Node, value: h.Node) -> h.Element:
    return h.div[h.dt[head], h.dd[value]]


def _json(expected: Any) -> str:
    """Bounds of one value, or of each of several."""
    if isinstance(expected, list):
        return ", ".join(_json(item) for item in expected)
    if isinstance(expected, dict) and ("at_least" in expected or "at_most" in expected):
        least, most = expected.get("at_least"), expected.get("at_most")
        if least is None or most is None:
            return f"at most {plain(most)}" if least is None else f"at least {plain(least)}"
        return f"{plain(least)} to {plain(most)}"
    return plain(expected) if not isinstance(expected, dict) else str(expected)


_WORDS = {
    "calls": "lines {} of events.jsonl",
    "packets": "frames {} of {}.pcap",
    "socket table": "lines {} of events.jsonl",
}


def _evidence(item: EvidenceItem) -> str:
    """Where it is in the run folder."""
    if item.source in _WORDS:
        return f"{item.source} on {item.host}: " + _WORDS[item.source].format(_ranges(item.items), item.host)
    return f"{item.source} on {item.host}: {', '.join(map(str, item.items[:_MOST]))}"


def _ranges(items: Sequence[Any]) -> str:
    """Numbers in short, neighbours as one range."""
    pairs = [tuple(item) if isinstance(item, list) else (item, item) for item in items]
    numbers = sorted(pairs)
    merged = [(run[0][0], run[-1][1]) for run in _runs(numbers)]
    texts = [f"{first}–{last}" if first != last else f"{first}" for first, last in merged[:_MOST]]
    return ", ".join(texts) + (f" and {len(merged) - _MOST} more places" if len(merged) > _MOST else "")


def _runs(numbers: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Neighbours together."""
    place = count()
    for _, run in groupby(numbers, key=lambda pair: pair[0] - next(place) if pair[0] == pair[1] else pair):
        yield list(run)
