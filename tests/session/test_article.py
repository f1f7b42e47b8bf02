from __future__ import annotations

import pytest

from harness import spec
from harness.errors import SpecError, UnknownName
from harness.result import ClaimResult, FindingResult, Verdict
from harness.session.article import REFERENCE, articles, carriers, statements
from harness.session.prepare import Request


@pytest.fixture(scope="module")
def claims():
    """What the article's reference file says."""
    return spec.load_reference(REFERENCE).claims


def found(value, **more):
    values = {"unit": "", "verdict": Verdict.PASS, "witnesses": {"calls": value}}
    return FindingResult(value=value, **{**values, **more})


@pytest.fixture
def told(result, claims):
    """The statements that one finding with one claim gives."""

    def tell(finding, agrees, *, name="connected", **others):
        said = {REFERENCE: {name: ClaimResult(5, agrees, "5 fit", "somewhere", "it counts one more")}}
        run = result(findings={"connected": finding}, claims={**said, **others}, folder="runs/x")
        return [each for each in statements([run], claims) if each.experiment == "backlog-overflow"]

    return tell


def test_every_statement_of_the_reference_is_there_whatever_was_run(claims):
    assert [each.says for each in statements([], claims)] == [
        claim.says for name in dict.fromkeys(claim.experiment for claim in claims)
        for claim in claims if claim.experiment == name
    ]  # fmt: skip


def test_one_that_holds(told):
    (statement,) = told(found(5), agrees=True)
    assert (statement.agrees, statement.claim, statement.measured.value) == (True, 5, 5)
    assert (statement.remark, statement.folder) == (None, "runs/x")


def test_one_that_differs_says_why(told):
    (statement,) = told(found(6), agrees=False)
    assert statement.remark == "it counts one more"


@pytest.mark.parametrize(
    ("finding", "reason"),
    [
        (found(6, verdict=Verdict.UNKNOWN, reason="packets were lost"), "packets were lost"),
        (found(None, verdict=Verdict.SKIP, reason="no socket table", witnesses={}), "no socket table"),
        (found(None), "there was nothing to measure"),
        (found(6), "it speaks of other parameters or another kernel than this run's"),
    ],
)
def test_one_that_was_not_checked_says_why_not(told, finding, reason):
    (statement,) = told(finding, agrees=None)
    assert statement.remark == reason


def test_a_second_claim_about_a_finding_is_about_that_finding(told):
    (statement,) = told(found(6), agrees=False, name="connected (2)")
    assert (statement.finding, statement.measured.value) == ("connected", 6)


def test_other_references_stand_beside_what_they_speak_of(told):
    xnu = ClaimResult(5, None, "5 fit", "uipc_socket2.c")
    (statement,) = told(found(6), agrees=False, xnu={"connected": xnu}, freebsd={"error": xnu})
    assert statement.others == {"xnu": xnu}


def test_one_whose_experiment_could_not_be_run_is_still_listed(result, claims):
    run = result(experiment="no-bind", verdict=Verdict.ERROR, reason="the box died")
    mine = [each for each in statements([run], claims) if each.experiment == "no-bind"]
    assert len(mine) == sum(claim.experiment == "no-bind" for claim in claims) > 0
    assert {(each.agrees, each.remark) for each in mine} == {(None, "no-bind could not be run")}


def test_experiments_with_a_statement_of_the_article_are_run(write):
    write("no-statement")
    assert "no-statement" not in carriers()
    assert {"backlog-overflow", "no-bind", "connect-timeout"} <= set(carriers())


def test_a_file_too_broken_to_tell_is_not_passed_over(here, write):
    write("broken")
    (here / "experiments" / "broken.yaml").write_text("experiment: [")
    assert "broken" in carriers()


def test_what_is_wrong_for_every_run_is_said_once(several):
    with pytest.raises(UnknownName, match="no lab named"):
        articles([Request("", lab="nets")], several)
    with pytest.raises(UnknownName, match="no image named"):
        articles([Request("", image="debiann")], several)
    assert several.said == []


def test_a_broken_reference_stops_everything(here, several):
    folder = here / "references"
    folder.mkdir()
    (folder / "mine.yaml").write_text("reference: mine\n")
    with pytest.raises(SpecError, match=r"mine\.yaml"):
        articles([Request("", lab="netns", image="host")], several)
    assert not (here / "runs").exists()
