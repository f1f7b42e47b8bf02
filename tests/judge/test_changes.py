from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.criteria import ExpectationSpec
from harness.evidence.folder import RunFolder
from harness.judge import judge_evidence
from harness.judge.changes import find_changes
from harness.result import Change

STORED = next((Path(__file__).parents[1] / "data").glob("*-backlog-overflow-*"))


@pytest.fixture(scope="module")
def folder():
    return RunFolder(STORED)


@pytest.fixture(scope="module")
def changes(folder):
    """What judging by other criteria changes."""
    evidence, criteria = folder.evidence, folder.criteria
    before = judge_evidence(criteria, evidence)

    def changes(after):
        return find_changes((before, criteria), (judge_evidence(after, evidence), after))

    return changes


def expecting(criteria, **others):
    return replace(criteria, expectations={**criteria.expectations, **others})


def test_the_same_criteria_change_nothing(folder, changes):
    found = changes(folder.criteria)
    assert not found
    assert found.to_json() == {"run": {}, "findings": {}, "claims": {}}


def test_a_stored_result_is_that_of_judging_now(folder):
    """Lists and tuples, and where the folder lies, are no change."""
    now = judge_evidence(folder.criteria, folder.evidence, "/elsewhere")
    assert not find_changes((folder.result, folder.criteria), (now, folder.criteria))


def test_another_prediction_changes_expectation_verdict_and_the_runs_verdict(folder, changes):
    found = changes(expecting(folder.criteria, connected=ExpectationSpec("literal", 7)))
    assert set(found.findings) == {"connected"}
    kinds = {change.what: (change.before, change.after) for change in found.findings["connected"]}
    assert kinds["expected"] == ({"expected": 6, "text": "6"}, {"expected": 7, "text": "7"})
    assert kinds["verdict"] == ("pass", "fail")
    assert "measured" not in kinds
    assert Change("verdict", "pass", "fail") in found.run
    assert found.to_json()["findings"]["connected"]["verdict"] == ["pass", "fail"]


def test_another_model_is_another_rule(folder, changes):
    """The model of the queue's limit where that of admitted clients stood: another value, another formula."""
    limit = folder.criteria.expectations["accept_queue_limit"]
    found = changes(expecting(folder.criteria, connected=limit))
    kinds = {change.what: change for change in found.findings["connected"]}
    assert kinds["expected"].after["expected"] == 5
    assert kinds["rule"].after["formula"] == limit.formula
    assert kinds["verdict"].after == "fail"


def test_another_way_of_taking_a_finding_is_told(folder, changes):
    criteria = folder.criteria
    findings = tuple(
        replace(each, that="failed", line=99) if each.name == "connected" else each for each in criteria.findings
    )
    kinds = {each.what: each for each in changes(replace(criteria, findings=findings)).findings["connected"]}
    assert (kinds["taken"].before, kinds["taken"].after) == ({"that": "ok"}, {"that": "failed"})
    assert (kinds["measured"].before["value"], kinds["measured"].after["value"]) == (6, 4)


def test_a_line_number_is_no_change(folder, changes):
    criteria = folder.criteria
    assert not changes(replace(criteria, findings=tuple(replace(each, line=99) for each in criteria.findings)))


def test_findings_come_and_go(folder, changes):
    criteria = folder.criteria
    findings = tuple(
        replace(each, name="refused", that="failed") if each.name == "connected" else each
        for each in criteria.findings
        if each.name != "answers_to_overflow"
    )
    found = changes(replace(criteria, findings=findings)).findings
    assert found["connected"] == (Change("there", True, False),)
    assert found["answers_to_overflow"] == (Change("there", True, False),)
    assert found["refused"] == (Change("there", False, True),)
    verdict = {change.what: change for change in found["accept_queue_peak"]}["verdict"]
    assert (verdict.before, verdict.after) == ("pass", "skip")  # same_as connected, which is gone


def test_a_claim_that_agrees_no_longer(folder, changes):
    criteria = folder.criteria
    claims = tuple(
        replace(each, expectation=ExpectationSpec("literal", "ECONNREFUSED"))
        if (each.reference, each.finding) == ("article-macos", "overflow_error")
        else each
        for each in criteria.claims
    )
    found = changes(replace(criteria, claims=claims))
    assert set(found.claims) == {"article-macos"}
    (changed,) = found.claims["article-macos"].values()
    kinds = {change.what: (change.before, change.after) for change in changed}
    assert kinds == {"claim": ("ETIMEDOUT", "ECONNREFUSED"), "agrees": (True, False)}


def test_a_claim_in_between_renames_no_other(folder, changes):
    """Names are numbered where one reference has two claims of a finding; the same claim is still the same."""
    criteria = folder.criteria
    first = next(each for each in criteria.claims if each.reference == "article-macos" and each.finding)
    more = replace(first, says="Something new.")
    found = changes(replace(criteria, claims=(more, *criteria.claims)))
    ((reference, claims),) = found.claims.items()
    assert (reference, claims) == ("article-macos", {first.finding: (Change("there", False, True),)})
    gone = changes(replace(criteria, claims=tuple(each for each in criteria.claims if each is not first)))
    assert gone.claims["article-macos"][first.finding] == (Change("there", True, False),)
