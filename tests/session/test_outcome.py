from __future__ import annotations

import pytest

from harness.errors import ExitCode, LabError, SpecError, UnknownName
from harness.result import RunResult, Verdict
from harness.session.outcome import Outcome, exit_code, raise_common
from harness.session.prepare import Request

REQUEST = Request("experiments/refused.yaml", lab="netns")


@pytest.fixture
def outcome(result):
    def make(what):
        if isinstance(what, Exception):
            return Outcome.failed(REQUEST, what)
        return Outcome(REQUEST, result(verdict=what))

    return make


@pytest.mark.parametrize(
    ("became", "code"),
    [
        ([Verdict.PASS, Verdict.SKIP], ExitCode.OK),
        ([Verdict.PASS, Verdict.UNKNOWN], ExitCode.UNKNOWN),
        ([Verdict.UNKNOWN, Verdict.FAIL], ExitCode.FAILED),
        ([Verdict.FAIL, Verdict.ERROR], ExitCode.COULD_NOT_RUN),
        ([Verdict.FAIL, SpecError([])], ExitCode.USAGE),
        ([SpecError([]), UnknownName("image", "x", [])], ExitCode.USAGE),
        ([SpecError([]), LabError("it died")], ExitCode.COULD_NOT_RUN),
        ([SpecError([]), Verdict.ERROR], ExitCode.COULD_NOT_RUN),
    ],
)
def test_the_exit_code_is_that_of_the_worst(outcome, became, code):
    assert exit_code([outcome(what) for what in became]) is code


def test_a_run_that_never_began_still_has_a_result(outcome):
    made = outcome(LabError("the box died", "try again")).result
    assert (made.experiment, made.lab, made.verdict) == ("refused", "netns", Verdict.ERROR)
    assert made.reason == "the box died; try again"
    assert RunResult.from_json(made.to_json()) == made


def test_what_stopped_every_run_is_raised_once(outcome):
    with pytest.raises(LabError, match="no room"):
        raise_common([outcome(LabError("no room")), outcome(LabError("no room"))])


@pytest.mark.parametrize("became", [[], [LabError("one"), LabError("another")], [LabError("one"), Verdict.PASS]])
def test_what_stopped_only_some_is_not_raised(outcome, became):
    raise_common([outcome(what) for what in became])
