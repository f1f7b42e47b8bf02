from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harness.evidence.folder import RunFolder
from harness.judge import judge
from harness.result import Verdict
from harness.runtime.events import Cannot, Ended, Packets, Stepped

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path, story, captures):
    """A run's folder with everything that was seen, not yet finished."""
    run = story()
    made = RunFolder.create(tmp_path, "backlog-overflow", "debian", "1a2b3c4d", NOW)
    made.begin(run.plan, run.criteria)
    made.record(*run.events)
    made.record(*(Packets(host, 1, data) for host, data in captures(run).items()))
    yield made
    made.close()


def test_judging_again_from_the_folder_alone_gives_the_same(folder):
    first = judge(folder)
    assert first.verdict is Verdict.PASS
    folder.finish(first)
    again = judge(RunFolder.open(folder.path))
    assert again.to_json() == first.to_json()
    written = RunFolder.open(folder.path).result
    assert written.findings["syn_times"].value == again.findings["syn_times"].value


def test_it_says_where_the_evidence_lies(folder):
    assert judge(folder).folder == str(folder.path)


def test_a_folder_that_was_moved_is_judged_the_same(folder, tmp_path):
    first = judge(folder)
    folder.finish(first)
    moved = folder.path.rename(tmp_path / "elsewhere")
    assert replace(judge(RunFolder.open(moved)), folder=first.folder) == first


def before_the_steps(run, *more):
    run.drop(Stepped)
    run.drop(Ended)
    run.events = [*run.events[:3], *more]
    return run.judge()


def test_an_absent_sysctl_skips_the_run(story):
    result = before_the_steps(story(), Cannot("client", 1, "sysctl net.ipv4.tcp_rto_max_ms=1000", "absent"))
    assert (result.verdict, result.reason) == (
        Verdict.SKIP,
        "client: this kernel does not have net.ipv4.tcp_rto_max_ms",
    )
    assert result.findings == {}


def test_a_refused_sysctl_is_an_error(story):
    refused = Cannot("client", 1, "sysctl net.ipv4.tcp_syn_retries=0", "refused: Invalid argument")
    result = before_the_steps(story(), refused)
    assert result.verdict is Verdict.ERROR
    assert result.reason == (
        "client: the kernel did not take net.ipv4.tcp_syn_retries=0 (refused: Invalid argument)"
    )


def test_a_process_that_never_got_ready_is_an_error_with_its_log(story):
    result = before_the_steps(story(), Ended("server", 1, "observer", 1, "tcpdump: no suitable device\n"))
    assert result.verdict is Verdict.ERROR
    assert result.reason == "server: the observer ended early: tcpdump: no suitable device"


def test_a_run_that_ended_before_its_first_step_is_an_error(story):
    result = before_the_steps(story())
    assert (result.verdict, result.reason) == (Verdict.ERROR, "the run ended before its first step")
    assert result.doubts == ()


def test_nothing_expected_is_a_skip(story):
    run = story()
    run.experiment = {"expect": dict.fromkeys(run.judge().findings, "gone")}
    result = run.judge()
    assert result.verdict is Verdict.SKIP
    assert result.reason == "nothing was expected of any finding"
    assert result.findings["connected"].value == 6


def test_the_worst_finding_is_the_runs_reason(story):
    run = story()
    run.experiment = {"expect": {"overflow_error": "ECONNREFUSED"}}
    result = run.judge()
    assert result.verdict is Verdict.FAIL
    assert result.reason == "overflow_error: expected ECONNREFUSED, measured ETIMEDOUT (4 of 4 members)"


@pytest.mark.parametrize(
    ("log", "reason"), [("the engine is gone\n", "the engine is gone"), ("", "the lab ended early")]
)
def test_a_lab_that_died_is_an_error_whatever_was_found(story, log, reason):
    run = story()
    run.events.append(Ended("", 1, "lab", 1, log))
    result = run.judge()
    assert (result.verdict, result.reason) == (Verdict.ERROR, reason)
    assert result.findings["connected"].value == 6
    early = before_the_steps(story(), Ended("", 1, "lab", 1, log))
    assert (early.verdict, early.reason) == (Verdict.ERROR, reason)
