"""Compares findings with what is expected of them, doubts first; a fail is never relabelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.judge.expectations import Known, expect, host_meant, references
from harness.judge.finding import doubts_about, spread
from harness.model import Equal, NoModel
from harness.model.expectation import plain
from harness.result import FindingResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.criteria import Criteria, ExpectationSpec
    from harness.evidence.doubts import Doubt
    from harness.evidence.evidence import Evidence
    from harness.judge.finding import Finding, Rest
    from harness.model import Expectation, Situation

__all__ = ["compare_all"]


def compare_all(
    criteria: Criteria, evidence: Evidence, findings: Mapping[str, Finding], situation: Situation
) -> dict[str, FindingResult]:
    """Every finding beside what is expected of it, in the order of the experiment."""
    values = {name: finding.value for name, finding in findings.items() if finding.cannot is None}
    results = {}
    for spec in criteria.findings:
        finding = findings[spec.name]
        wanted = criteria.expectations.get(spec.name)
        expected = None
        if wanted is not None:
            expected = expect(wanted, Known(situation, host_meant(spec, evidence.plan), values))
        doubts = doubts_about(_rests(finding, wanted, findings), evidence.doubts)
        results[spec.name] = _result(finding, wanted, expected, doubts)
    return results


def _rests(finding: Finding, wanted: ExpectationSpec | None, findings: Mapping[str, Finding]) -> set[Rest]:
    """What a verdict rests on: the finding's evidence, and that of the findings it is compared with."""
    rests = set(finding.rests)
    for name in references(wanted) if wanted else ():
        if name in findings:
            rests |= findings[name].rests
    return rests


def _result(
    finding: Finding,
    wanted: ExpectationSpec | None,
    expected: Expectation | NoModel | None,
    doubts: Iterable[Doubt],
) -> FindingResult:
    verdict, reason = _verdict(finding, expected, [doubt.text for doubt in doubts])
    known = None if expected is None or isinstance(expected, NoModel) else expected
    return FindingResult(
        value=finding.value,
        unit=finding.unit,
        expected=known.matcher.to_json() if known else None,
        verdict=verdict,
        reason=reason,
        spread=spread(finding.values) if finding.grouped else None,
        members=len(finding.values) if finding.grouped else None,
        expected_text=_text(known),
        because=(known.because or None) if known else None,
        formula=wanted.formula if wanted else None,
        inputs=dict(known.inputs) if known else {},
        witnesses=_witnesses(finding),
        evidence=finding.evidence,
    )


def _text(known: Expectation | None) -> str:
    if known is None:
        return ""
    if known.origin.startswith("same as "):
        return f"{known.matcher.text()} ({known.origin})"
    return known.matcher.text()


def _witnesses(finding: Finding) -> dict[str, Any]:
    if finding.cannot is not None:
        return {}
    said = {finding.source: finding.value}
    said.update((witness.name, witness.value) for witness in finding.witnesses)
    return said


def _verdict(
    finding: Finding, expected: Expectation | NoModel | None, doubts: list[str]
) -> tuple[Verdict | None, str | None]:
    """The verdict and why it is no pass. A finding without expectation has no verdict, but may have a reason."""
    doubtful = "; ".join(doubts) or finding.disagreement
    if expected is None:
        return None, doubtful or finding.cannot
    if doubtful:
        return Verdict.UNKNOWN, doubtful
    if finding.cannot is not None:
        return Verdict.SKIP, finding.cannot
    if isinstance(expected, NoModel):
        return Verdict.SKIP, expected.reason
    return _compared(finding, expected)


def _compared(finding: Finding, expected: Expectation) -> tuple[Verdict, str | None]:
    matcher = expected.matcher
    if not finding.values:
        if matcher.matches(None):
            return Verdict.PASS, None
        return Verdict.SKIP, "there was nothing to measure: nothing was selected"
    wrong = [value for value in finding.values if not matcher.matches(value)]
    if not wrong:
        return Verdict.PASS, None
    text = f"expected {matcher.text()}, measured {plain(wrong[0])}"
    if isinstance(matcher, Equal) and expected.origin.startswith("same as "):
        text = (
            f"expected {matcher.text()}, as {expected.origin.removeprefix('same as ')}, measured {plain(wrong[0])}"
        )
    if len(finding.values) > 1:
        text += f" ({len(wrong)} of {len(finding.values)} members)"
    return Verdict.FAIL, text + (f": {finding.detail}" if finding.detail else "")
