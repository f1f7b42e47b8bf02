from __future__ import annotations

import pytest

from harness.result import Verdict


def judged(run, name, value, **findings):
    run.experiment = {"findings": findings, "expect": {name: value}}
    return run.judge().findings[name]


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("connected", 6, Verdict.PASS),
        ("connected", 5, Verdict.FAIL),
        ("connected", {"at_least": 1, "at_most": 6}, Verdict.PASS),
        ("connected", {"at_least": 7}, Verdict.FAIL),
        ("connected", {"at_most": 5}, Verdict.FAIL),
        ("overflow_error", {"one_of": ["ECONNREFUSED", "ETIMEDOUT"]}, Verdict.PASS),
        ("overflow_error", {"one_of": ["ECONNREFUSED"]}, Verdict.FAIL),
        ("overflow_error", None, Verdict.FAIL),
        ("connected", {"same_as": "accept_queue_peak"}, Verdict.PASS),
        ("connected", {"same_as": "accept_queue_limit"}, Verdict.FAIL),
        ("connected", {"model": "no_such_model"}, Verdict.SKIP),
        ("connected", {"model": "admitted", "of": {"finding": "overflow_error"}}, Verdict.SKIP),
    ],
)  # fmt: skip
def test_verdicts(story, name, value, verdict):
    assert judged(story(), name, value).verdict is verdict


@pytest.mark.parametrize(
    ("stack", "kernel", "value"),
    [("linux", "6.12.57", 6), ("linux", "6.1.0-18-amd64", 61), ("gvisor", "4.4.0", 44), ("lwip", "", 0)],
)
def test_the_first_case_that_holds_counts(story, stack, kernel, value):
    run = story()
    for number, event in enumerate(run.events):
        if getattr(event, "process", None) == "observer" and hasattr(event, "facts"):
            run.events[number] = type(event)(
                event.host, event.mono, "observer", {"stack": stack, "kernel": kernel}
            )
    cases = [
        {"when": {"stack": "gvisor"}, "expect": 44},
        {"when": {"stack": "linux", "kernel": "<6.8"}, "expect": 61},
        {"when": {"kernel": ">=6.8"}, "expect": 6},
        {"expect": 0},
    ]
    assert judged(run, "connected", {"cases": cases}).expected == value


def test_without_a_case_that_holds_it_is_a_skip(story):
    found = judged(story(), "connected", {"cases": [{"when": {"stack": "gvisor"}, "expect": 4}]})
    assert (found.verdict, found.reason) == (Verdict.SKIP, "no case speaks of this host's stack and kernel")


@pytest.mark.parametrize("value", ["ETIMEDOUT", {"one_of": ["ETIMEDOUT"]}, {"at_least": 1}])
def test_an_empty_selection_is_a_skip_where_something_is_expected(story, value):
    assert judged(story(backlog=50), "overflow_error", value).verdict is Verdict.SKIP


def test_an_empty_selection_passes_where_nothing_is_expected(story):
    assert judged(story(backlog=50), "overflow_error", None).verdict is Verdict.PASS


def test_nothing_is_the_same_as_nothing(story):
    found = judged(story(backlog=50), "overflow_error", {"same_as": "overflow_seconds"})
    assert found.verdict is Verdict.PASS


def test_a_measured_value_can_be_a_models_argument(story):
    # overflow_error is not a label, so the model that is given it has no rule; a label it knows has.
    found = judged(story(), "connected", {"model": "admitted", "of": {"finding": "overflow_error"}})
    assert found.reason == "no connect step is named 'ETIMEDOUT'"


def test_an_argument_that_was_not_seen_is_a_skip(story):
    found = judged(story(backlog=50), "connected", {"model": "admitted", "of": {"finding": "overflow_error"}})
    assert found.reason == "the model needs overflow_error, which was not seen"


def test_a_missing_setting_is_a_skip_with_the_reason(story):
    run = story()
    run.drop(type(next(event for event in run.events if getattr(event, "name", "") == "net.core.somaxconn")))
    found = run.judge().findings["accept_queue_limit"]
    assert (found.verdict, found.reason) == (Verdict.SKIP, "net.core.somaxconn could not be read on server")
