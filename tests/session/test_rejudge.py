from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.criteria import ExpectationSpec
from harness.errors import SpecError, UnknownName, UsageError
from harness.evidence.folder import RunFolder
from harness.judge import judge
from harness.result import Change, Verdict
from harness.session.rejudge import criteria_now, rejudge, rejudged_json, write
from harness.session.standing import KERNEL_WARNINGS, with_console
from harness.spec import find

STORED = next((Path(__file__).parents[1] / "data").glob("*-backlog-overflow-*"))
NAME = "backlog-overflow"


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A run judged by the files that come with harness, in a folder that can have files of its own."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(STORED, tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    criteria, notes = criteria_now(folder.plan, folder.criteria)
    assert not notes
    (folder.path / "criteria.json").write_text(json.dumps(criteria.to_json()))
    (folder.path / "result.json").write_text(json.dumps(judge(RunFolder(folder.path)).to_json()))
    return folder.path


@pytest.fixture
def own(path):
    """The experiment's file, copied to ./experiments and changed: today's file by that name."""

    def own(*changes, kind="experiments", name=NAME):
        text = find(kind, name).read_text()
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        place = path.parent / kind / f"{name}.yaml"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
        return place

    return own


def whats(changes):
    return {change.what for change in changes}


def test_nothing_is_changed_by_the_runs_own_criteria(path):
    again = rejudge(RunFolder(path))
    assert again.changes is not None
    assert not again.changes
    assert again.notes == ()
    assert again.result.verdict is Verdict.PASS


def test_nor_anew_as_long_as_the_files_are_the_same(path):
    again = rejudge(RunFolder(path), anew=True)
    assert not again.changes
    assert again.notes == ()


def test_anew_keeps_the_standing_finding_of_a_run_in_a_guest(path):
    folder = RunFolder(path)
    criteria, _ = criteria_now(folder.plan, with_console(folder.criteria))
    assert criteria.findings[-1].name == KERNEL_WARNINGS
    assert KERNEL_WARNINGS in criteria.expectations


def test_a_prediction_that_was_wrong_when_the_run_was_judged(path):
    """The stored result expects what an older model said; today's model, by the same criteria, says otherwise."""
    folder = RunFolder(path)
    criteria = folder.criteria
    wrong = {**criteria.expectations, "connected": ExpectationSpec("literal", 5)}
    (path / "result.json").write_text(json.dumps(_judged(folder, replace(criteria, expectations=wrong)).to_json()))
    again = rejudge(RunFolder(path))
    assert whats(again.changes.findings["connected"]) >= {"expected", "verdict"}
    assert {each.what: (each.before, each.after) for each in again.changes.run}["verdict"] == ("fail", "pass")


def _judged(folder, criteria):
    (folder.path / "criteria.json").write_text(json.dumps(criteria.to_json()))
    result = judge(RunFolder(folder.path))
    (folder.path / "criteria.json").write_text(json.dumps(folder.criteria.to_json()))
    return result


def test_anew_takes_todays_expectations(path, own):
    own(("answers_to_overflow: 0", "answers_to_overflow: 1"))
    assert not rejudge(RunFolder(path)).changes
    again = rejudge(RunFolder(path), anew=True)
    assert again.result.verdict is Verdict.FAIL
    assert set(again.changes.findings) == {"answers_to_overflow"}
    assert {each.what: each.after for each in again.changes.findings["answers_to_overflow"]}["verdict"] == "fail"


def test_anew_keeps_the_runs_parameters(path, own):
    """Today's file has other values for what this run was given: they say nothing of it."""
    own(("backlog: 5, clients: 10,", "backlog: 7, clients: 3,"))
    assert not rejudge(RunFolder(path), anew=True).changes


def test_anew_tells_findings_that_came_and_went(path, own):
    own(
        ("  answers_to_overflow: {packets", "  answers: {packets"),
        ("  answers_to_overflow: 0", "  answers: 0"),
    )
    again = rejudge(RunFolder(path), anew=True)
    assert again.changes.findings["answers_to_overflow"] == (Change("there", True, False),)
    assert again.changes.findings["answers"] == (Change("there", False, True),)
    assert again.result.findings["answers"].verdict is Verdict.PASS


def test_anew_takes_todays_claims(path):
    text = find("references", "article-macos").read_text()
    assert "claim: ETIMEDOUT" in text
    place = path.parent / "references" / "article-macos.yaml"
    place.parent.mkdir()
    place.write_text(text.replace("claim: ETIMEDOUT", "claim: ECONNREFUSED"))
    again = rejudge(RunFolder(path), anew=True)
    assert not again.changes.findings
    (changes,) = again.changes.claims["article-macos"].values()
    assert {each.what: (each.before, each.after) for each in changes}["agrees"] == (True, False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("count: $clients}", "count: $clients, at_once: true}"), "another step 2 (client connect visitor)"),
        (("port: 8000", "port: 9000"), "another step 1 (server listen door)"),
        (("syn_retries: {quick: 2}}", "syn_retry: {quick: 2}}"), None),
        (
            ("server: {sysctls: {", "server: {sysctls: {net.ipv4.tcp_abort_on_overflow: 1, "),
            "other sysctls for server",
        ),
    ],
)
def test_of_another_experiment_only_the_claims_are_todays(path, own, change, told):
    """What the run did is no longer what the file does: today's expectations are not held against it."""
    changes = [change, ("answers_to_overflow: 0", "answers_to_overflow: 1")]
    if told is None:
        changes.append(("tcp_syn_retries: $syn_retries", "tcp_syn_retries: $syn_retry"))
    own(*changes)
    again = rejudge(RunFolder(path), anew=True)
    assert not again.changes
    assert again.result.verdict is Verdict.PASS
    (note,) = again.notes
    assert (told or "has no parameter syn_retries any more") in note
    assert note.endswith("findings and expectations are the run's own, claims are today's")


def test_of_an_experiment_that_is_gone_only_the_claims_are_todays(path):
    """A file that the user has thrown away."""
    for name in ("plan.json", "criteria.json", "result.json"):
        value = json.loads((path / name).read_text())
        value["experiment"] = "thrown-away"
        (path / name).write_text(json.dumps(value))
    again = rejudge(RunFolder(path), anew=True)
    assert again.result.verdict is Verdict.PASS
    assert again.result.claims == {}
    assert again.notes[0].startswith("there is no experiment 'thrown-away' any more")


def test_the_experiment_can_be_a_file_anywhere(path, own):
    place = own(("answers_to_overflow: 0", "answers_to_overflow: 1"))
    elsewhere = path.parent / "elsewhere.yaml"
    place.rename(elsewhere)
    assert not rejudge(RunFolder(path), anew=True).changes
    assert rejudge(RunFolder(path), anew=True, experiment=str(elsewhere)).changes
    with pytest.raises(UsageError, match=r"is experiment 'no-bind'; the run is one of 'backlog-overflow'"):
        rejudge(RunFolder(path), anew=True, experiment="no-bind")
    with pytest.raises(UnknownName):
        rejudge(RunFolder(path), anew=True, experiment="nowhere")


def test_a_mistake_in_todays_file_is_told(path, own):
    own(("answers_to_overflow: 0", "answer_to_overflow: 0"))
    with pytest.raises(SpecError):
        rejudge(RunFolder(path), anew=True)


def test_a_run_without_result_is_judged_all_the_same(path):
    (path / "result.json").unlink()
    again = rejudge(RunFolder(path))
    assert again.changes is None
    assert again.result.verdict is Verdict.PASS
    assert "there is no stored result to compare with" in again.notes[0]
    with pytest.raises(UsageError, match="the run is incomplete"):
        write([again])


def test_a_result_that_cannot_be_read_is_no_reason_not_to_judge(path):
    (path / "result.json").write_text("{")
    again = rejudge(RunFolder(path))
    assert again.changes is None
    assert "result.json: damaged" in again.notes[0]


def test_writing_keeps_the_old_result_and_criteria(path, own):
    before = {name: json.loads((path / name).read_text()) for name in ("result.json", "criteria.json")}
    own(("answers_to_overflow: 0", "answers_to_overflow: 1"))
    (said,) = write([rejudge(RunFolder(path), anew=True)])
    assert said == f"{path}: written; the old one is criteria.1.json and result.1.json"
    assert json.loads((path / "result.1.json").read_text()) == before["result.json"]
    assert json.loads((path / "criteria.1.json").read_text()) == before["criteria.json"]
    folder = RunFolder(path)
    assert folder.result.verdict is Verdict.FAIL
    assert not rejudge(folder).changes  # the new result rests on the new criteria, and both are stored
    own(("answers_to_overflow: 1", "answers_to_overflow: 0"))
    write([rejudge(RunFolder(path), anew=True)])
    assert (path / "result.2.json").exists()
    assert RunFolder(path).result.verdict is Verdict.PASS


def test_nothing_is_written_where_nothing_has_changed(path):
    files = {file: file.read_bytes() for file in path.iterdir() if file.is_file()}
    assert write([rejudge(RunFolder(path))]) == []
    assert {file: file.read_bytes() for file in path.iterdir() if file.is_file()} == files


def test_json_has_the_changes_of_each_run(path, own, published):
    own(("answers_to_overflow: 0", "answers_to_overflow: 1"))
    runs = [rejudge(RunFolder(path)), rejudge(RunFolder(path), anew=True)]
    value = published(json.loads(json.dumps(rejudged_json(runs))))
    assert [each["changed"] for each in value["changes"]] == [False, True]
    assert value["changes"][1]["findings"]["answers_to_overflow"]["verdict"] == ["pass", "fail"]
    nothing = {"run": {}, "findings": {}, "claims": {}}
    assert value["changes"][0] == {"folder": str(path), "compared": True, "changed": False, "notes": [], **nothing}
