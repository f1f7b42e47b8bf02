"""Causes on a real lab: one kernel stands for two, the older one's run being made with another setting."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.judge.suspects import Suspect
from harness.result import FindingResult, HostFacts, Verdict
from harness.session.cause import Cause, Split, Word
from harness.session.causes import with_causes
from harness.session.compare import compare
from harness.session.compare_json import comparisons_json
from harness.session.many import run_all
from harness.session.prepare import Request
from harness.session.readings import Reading

SOMAXCONN = "net.core.somaxconn"
LIMIT = """\
experiment: limit
title: The limit of an accept queue
question: What limit does listen() give?
limit: 20
hosts: {server: {}, client: {}}
steps:
  - server: {listen: door, port: 8000, backlog: 5}
  - client: {connect: visitor, to: door}
  - wait: {until: settled, of: visitor}
findings:
  limit: {queue: door, take: limit}
  connected: {calls: connect, of: visitor, that: ok, take: count}
expect:
  limit: {model: accept_queue_limit, of: door}
  connected: 1
"""


@pytest.fixture
def two(here, several):
    """A comparison of a run with somaxconn 3, said to be an older kernel's, with one of this kernel."""
    (here / "limit.yaml").write_text(LIMIT)
    request = Request("limit.yaml", lab="netns", out=Path("runs"), mode="quick")
    sysctls = {"server": {SOMAXCONN: "3"}}
    old, new = run_all([replace(request, sysctls=sysctls), request], several, workers=1)
    hosts = {name: replace(facts, kernel="4.19.0") for name, facts in old.result.hosts.items()}
    (comparison,) = compare([replace(old.result, hosts=hosts, kernel="4.19.0"), new.result])
    return replace(comparison, settings={}), [request, request]


@pytest.mark.netns
def test_the_setting_of_the_older_kernel_makes_the_newer_one_do_the_same(two, several, published):
    comparison, requests = two
    (done,) = with_causes([comparison], [requests], several, what="all")
    (cause,) = done.causes
    assert (cause.word, cause.by, cause.split.findings) == (Word.CONFIRMED, (SOMAXCONN,), ("limit",))
    assert [(each.name, each.hosts, each.older, each.tried) for each in cause.suspects] == [
        (SOMAXCONN, ("server",), "3", "3")
    ]
    (trial,) = cause.trials
    assert trial.sysctls == {"server": {SOMAXCONN: "3"}}
    assert trial.result.findings["limit"].value == 3
    assert (Path(trial.result.folder) / "result.json").exists()
    assert several.said[-1] == "trying what may be the cause, net.core.somaxconn=3: 1 run more"
    compared = comparisons_json([done])
    published({"schema": 1, "verdict": "pass", "runs": [], "comparisons": json.loads(json.dumps(compared))})
    (told,) = compared[0]["causes"]
    assert told["verdict"] == "confirmed"
    assert told["trials"][0]["values"] == {"limit": 3}


@pytest.mark.netns
def test_a_setting_that_does_not_explain_it_is_not_confirmed(two, several):
    comparison, requests = two
    (limit,) = (each for each in comparison.findings if each.name == "limit")
    other = replace(limit.cells[0], value=2, expected=2)
    findings = tuple(
        replace(each, cells=(other, each.cells[1])) if each.name == "limit" else each
        for each in comparison.findings
    )
    (done,) = with_causes([replace(comparison, findings=findings)], [requests], several, what="all")
    assert [(cause.word, cause.by) for cause in done.causes] == [(Word.NOT_CONFIRMED, ())]


@pytest.mark.netns
def test_nothing_in_real_time_is_run_once_more_unless_asked(two, several):
    comparison, requests = two
    for what, reason in (("virtual", "runs in real time"), ("none", "--causes tries it")):
        (done,) = with_causes([comparison], [requests], several, what=what)
        (cause,) = done.causes
        assert (cause.word, cause.trials) == (Word.NOT_TRIED, ())
        assert reason in cause.reason
    assert len(several.outcomes) == 2


def found(value):
    return FindingResult(value=value, unit="", expected=value, verdict=Verdict.PASS, witnesses={"calls": value})


@pytest.fixture
def sided(result):
    """A comparison of made-up runs: a finding's value on each kernel, and what each run's folder would tell."""

    def make(values, readings=None, **more):
        runs = [
            result(image=kernel, kernel=kernel, hosts={"client": HostFacts(kernel, kernel=kernel)},
                   findings={"syns": found(value)}, **more)
            for kernel, value in values.items()
        ]  # fmt: skip
        (comparison,) = compare(runs)
        return replace(comparison, readings=tuple(readings or [Reading()] * len(runs)))

    return make


def test_kernels_are_split_by_age_whatever_their_order(sided):
    (done,) = with_causes([sided({"6.12": 11, "5.10": 7, "7.3": 11, "6.1": 7})])
    (cause,) = done.causes
    assert cause.split == Split(older=(1, 3), newer=(0, 2), findings=("syns",))
    assert cause.word is Word.NO_SUSPECT


def test_three_behaviours_are_two_splits(sided):
    (done,) = with_causes([sided({"5.10": 1, "6.1": 2, "7.3": 3})])
    assert [(cause.split.older, cause.split.newer) for cause in done.causes] == [((0,), (1,)), ((1,), (2,))]


def test_what_cannot_be_compared_on_one_image_splits_no_kernel(sided):
    comparison = sided({"5.10": 7, "6.12": 11, "6.12-twin": 11})
    columns = [replace(each, kernels=("6.12",)) if "6.12" in each.name else each for each in comparison.columns]
    unsure = replace(comparison.findings[0], name="seconds", groups=((0,), (2,)))
    two = replace(comparison, columns=tuple(columns), findings=(comparison.findings[0], unsure))
    (done,) = with_causes([two])
    assert [cause.split for cause in done.causes] == [Split((0,), (2,), ("syns", "seconds"))]


def test_a_finding_of_which_no_model_speaks_shares_its_experiments_suspects(sided):
    comparison = sided({"5.10": 7, "6.12": 11})
    read = {"seconds": {("client", "net.ipv4.tcp_syn_linear_timeouts")}}
    readings = (
        Reading({"client": {}}, read),
        Reading({"client": {"net.ipv4.tcp_syn_linear_timeouts": "4"}}, read),
    )
    other = replace(comparison.findings[0], name="seconds")
    (done,) = with_causes([replace(comparison, findings=(*comparison.findings, other), readings=readings)])
    assert [(cause.word, cause.split.findings) for cause in done.causes] == [(Word.NOT_TRIED, ("syns", "seconds"))]


def test_what_is_expected_by_the_release_is_said_to_be_a_change_of_code(sided):
    reading = Reading(releases={"syns": (">=6.8",)})
    (done,) = with_causes([sided({"6.1": 0, "6.12": 1}, [reading, reading])])
    assert done.causes[0].reason == "a change of code: it is expected by the kernel's release (>=6.8)"


def test_one_kernel_or_another_stack_has_no_cause_to_look_for(sided, result):
    same = sided({"6.1": 0, "6.12": 1})
    one = {"client": HostFacts("a", kernel="6.1.0")}
    (both,) = compare([result(image=name, hosts=one, findings={"syns": found(name)}) for name in "ab"])
    gvisor = {"client": HostFacts("gvisor", stack="gvisor", kernel="4.4.0")}
    (stacks,) = compare([result(hosts=hosts, findings={"syns": found(str(hosts))}) for hosts in (one, gvisor)])
    asked = replace(same, settings={"backlog": (5, 6)})
    assert [done.causes for done in with_causes([both, stacks, asked])] == [(), (), ()]


def test_a_setting_that_no_value_can_undo_is_told_and_not_tried(sided):
    read = {"syns": {("client", "net.ipv4.tcp_unheard_of")}}
    older = Reading({"client": {}}, read)
    newer = Reading({"client": {"net.ipv4.tcp_unheard_of": "1"}}, read)
    (done,) = with_causes([sided({"6.1": 0, "6.12": 1}, [older, newer], clock="virtual")], what="virtual")
    (cause,) = done.causes
    assert isinstance(cause, Cause)
    assert cause.word is Word.NOT_TRIED
    assert "nobody has written down" in cause.reason
    assert isinstance(cause.suspects[0], Suspect)
