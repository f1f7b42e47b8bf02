"""Claims: what references say, beside what was measured."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from harness.judge.expectations import Known, expect, holds
from harness.model import NoModel
from harness.result import ClaimResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.criteria import ClaimSpec, Criteria
    from harness.judge.finding import Finding
    from harness.model import Situation
    from harness.result import FindingResult

__all__ = ["compare_claims"]


def compare_claims(
    criteria: Criteria, findings: Mapping[str, Finding], results: Mapping[str, FindingResult], situation: Situation
) -> dict[str, dict[str, ClaimResult]]:
    """Every claim, by reference and finding.

    A claim that no finding can check stands under ``uncheckable N``, the reason in ``differs``; a second claim
    of one reference about one finding under ``FINDING (2)``.
    """
    found: dict[str, dict[str, ClaimResult]] = {}
    for claim in criteria.claims:
        of_reference = found.setdefault(claim.reference, {})
        name, result = _compare(claim, findings, results, situation)
        of_reference[_free(name, of_reference)] = result
    return found


def _free(name: str | None, taken: Mapping[str, Any]) -> str:
    pattern = "uncheckable {}" if name is None else name + " ({})"
    if name is not None and name not in taken:
        return name
    number = 1 if name is None else 2
    while pattern.format(number) in taken:
        number += 1
    return pattern.format(number)


def _compare(
    claim: ClaimSpec, findings: Mapping[str, Finding], results: Mapping[str, FindingResult], situation: Situation
) -> tuple[str | None, ClaimResult]:
    finding = findings.get(claim.finding or "")
    if finding is None or claim.expectation is None:
        return claim.finding, ClaimResult(None, None, claim.says, claim.place, claim.uncheckable or claim.differs)
    host = next(iter(sorted(host for host, _ in finding.rests)), None)
    values = {name: each.value for name, each in findings.items() if each.cannot is None}
    expected = expect(claim.expectation, Known(situation, host, values))
    if isinstance(expected, NoModel):
        return claim.finding, ClaimResult(None, None, claim.says, claim.place, claim.differs)
    agrees: bool | None = None
    facts = situation.facts.get(host or "")
    given = situation.plan.parameters
    same = all(given.get(name) == value for name, value in claim.parameters.items())
    speaks = same and (claim.when is None or holds(asdict(claim.when), facts))
    if speaks and finding.values and finding.cannot is None and _certain(results[finding.name]):
        agrees = all(expected.matcher.matches(value) for value in finding.values)
    return claim.finding, ClaimResult(expected.matcher.to_json(), agrees, claim.says, claim.place, claim.differs)


def _certain(result: FindingResult) -> bool:
    """Whether the value itself is beyond doubt (a finding without expectation has no verdict, but a reason)."""
    return result.verdict != Verdict.UNKNOWN and not (result.verdict is None and result.reason)
