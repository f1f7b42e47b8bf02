from __future__ import annotations

import pytest

from harness.criteria import FindingSpec
from harness.evidence.evidence import gather
from harness.judge.findings import find
from harness.result import Verdict
from harness.runtime.events import Call, Clock, Ended, Lost, Sampled, Stepped
from harness.runtime.plan import Host, Plan, Step

MS = 1_000_000


def unknown(result):
    """The findings that are unknown; all others must have passed."""
    verdicts = {name: found.verdict for name, found in result.findings.items()}
    assert set(verdicts.values()) <= {Verdict.PASS, Verdict.UNKNOWN}
    return {name for name, verdict in verdicts.items() if verdict is Verdict.UNKNOWN}


def test_packets_lost_on_the_server_touch_what_rests_on_its_capture(story):
    run = story()
    run.change(Lost, {"count": 3}, host="server")
    result = run.judge()
    assert unknown(result) == {"answers_to_overflow"}
    assert result.verdict is Verdict.UNKNOWN
    assert result.reason == "answers_to_overflow: server: 3 packets were lost"
    assert result.packets["server"] == {"captured": 42, "lost": 3}
    # A lesser witness that is touched is not heard.
    assert result.findings["listen_overflows"].witnesses == {"counters": 24}
    assert result.findings["syn_times"].witnesses.keys() == {"packets", "counters"}


def test_packets_lost_on_the_client_touch_what_rests_on_its_capture(story):
    run = story()
    run.change(Lost, {"count": None, "reason": "tcpdump ended by itself"}, host="client")
    result = run.judge()
    assert unknown(result) == {"syn_times"}
    assert "tcpdump ended by itself" in result.findings["syn_times"].reason
    assert result.packets["client"]["lost"] is None
    assert result.findings["connected"].witnesses == {"calls": 6, "socket table": 6}
    assert result.findings["overflow_error"].witnesses == {"calls": "ETIMEDOUT"}


def test_a_capture_whose_statistic_is_missing_is_as_good_as_lost(story):
    run = story()
    run.drop(Lost, host="server")
    assert unknown(run.judge()) == {"answers_to_overflow"}


def test_a_killed_agent_breaks_the_experiment_off_and_touches_everything(story):
    run = story()
    for index in range(6, 10):
        run.drop(Call, index=index, verb="connect")
    run.change(Ended, {"status": -9}, host="client", process="agent")
    run.drop(Stepped, step=3, phase="done")
    result = run.judge()
    assert {found.verdict for found in result.findings.values()} == {Verdict.UNKNOWN}
    assert "client: the agent ended early (signal 9)" in result.doubts


def test_a_killed_observer_touches_table_packets_and_counters_of_its_host(story):
    run = story()
    run.change(Ended, {"status": 137}, host="server", process="observer")
    assert unknown(run.judge()) == {
        "accept_queue_limit",
        "accept_queue_peak",
        "answers_to_overflow",
        "listen_overflows",
        "listen_drops",
    }


def test_a_late_sampler_touches_durations_and_peaks(story):
    run = story()
    run.change(Sampled, {"late": 83 * MS})
    result = run.judge()
    assert unknown(result) == {"overflow_seconds", "syn_times", "accept_queue_peak"}
    assert "83 ms late" in result.findings["overflow_seconds"].reason


def test_doubts_come_before_comparing_so_no_fail_is_relabelled(story):
    run = story()
    run.change(Lost, {"count": 3}, host="server")
    wrong = {"expect": {"answers_to_overflow": 5, "connected": 7}}
    run.experiment = wrong
    result = run.judge()
    assert result.findings["answers_to_overflow"].verdict is Verdict.UNKNOWN
    assert result.findings["connected"].verdict is Verdict.FAIL
    assert result.verdict is Verdict.FAIL


def test_a_jump_of_the_wall_clock_touches_packet_times_alone(story):
    run = story()
    clocks = [event for event in run.events if isinstance(event, Clock) and event.host == "client"]
    run.change(Clock, {"wall": clocks[-1].wall + 3_000 * MS}, host="client", mono=clocks[-1].mono)
    assert unknown(run.judge()) == {"syn_times"}


def test_a_run_that_was_cut_off_says_so(story):
    run = story()
    run.drop(Ended)
    run.drop(Lost)
    result = run.judge()
    assert result.verdict is Verdict.UNKNOWN
    assert {found.verdict for found in result.findings.values()} == {Verdict.UNKNOWN}
    assert "server: the run was cut off before its agent had ended" in result.doubts


def test_a_doubt_about_a_finding_touches_what_is_compared_with_it(story):
    run = story()
    run.experiment = {"expect": {"listen_drops": {"same_as": "connected"}, "connected": "gone"}}
    run.change(Ended, {"status": 1}, host="client", process="agent")
    found = run.judge().findings
    assert found["listen_drops"].verdict is Verdict.UNKNOWN
    # Nothing is expected of it any more: no verdict, but the doubt is told.
    assert found["connected"].verdict is None
    assert found["connected"].reason == "client: the agent ended early (status 1)"


@pytest.mark.parametrize("kind", [Lost, Clock])
def test_without_any_trouble_there_are_no_doubts(story, kind):
    run = story()
    assert any(isinstance(event, kind) for event in run.events)
    assert run.judge().doubts == ()


def test_a_step_that_came_late_touches_what_had_happened_by_then():
    steps = (
        Step(1, "client", "connect", "visitor", {"to": "door"}),
        Step(2, None, "wait", None, {"for": 0.5}),
        Step(3, "client", "send", "greeting", {"on": "visitor", "data": "x"}),
    )
    events = [
        Clock("client", 0, 0),
        Clock("", 0, 0),
        Call("client", 5 * MS, 1, "visitor", 0, "connect", 4 * MS, "ok"),
        Stepped("client", 4 * MS, 1, "begun"),
        Stepped("", 100 * MS, 2, "begun"),
        Stepped("", 600 * MS, 2, "done"),
    ]
    evidence = gather(Plan("x", {}, "quick", 4, (Host("client", "debian"),), steps, (), 30.0), events, {})

    def doubted(source="calls", what="connect", **window):
        spec = FindingSpec("it", source=source, what=what, take="count", of="visitor", **window)
        rests = find(evidence, [spec])["it"].rests
        return any(
            doubt.text.startswith("step 2 (wait) was 96 ms late after step 1")
            for doubt in evidence.doubts
            if any(doubt.touches(host, kind) for host, kind in rests)
        )

    assert doubted(before="greeting")
    assert doubted("states", "ESTABLISHED", after="greeting")
    assert not doubted()
