from __future__ import annotations

import json

import pytest

from harness.result import RunResult, Verdict

# Ten clients against listen(5): min(5, 4096) + 1 = 6 fit, 4 are refused, each with 6 SYNs.
EXPECTED = {
    "connected": 6,
    "accept_queue_limit": 5,
    "accept_queue_peak": 6,
    "overflow_error": "ETIMEDOUT",
    "overflow_seconds": 7.06,
    "syn_times": [0.0, 1.01, 2.02, 3.03, 4.04, 5.05],
    "answers_to_overflow": 0,
    "listen_overflows": 24,
    "listen_drops": 24,
}


def test_every_finding_is_measured_and_passes(story):
    result = story().judge()
    assert {name: found.value for name, found in result.findings.items()} == EXPECTED
    assert {found.verdict for found in result.findings.values()} == {Verdict.PASS}
    assert (result.verdict, result.reason) == (Verdict.PASS, None)


def test_every_fact_has_its_independent_witnesses(story):
    witnesses = {name: found.witnesses for name, found in story().judge().findings.items()}
    times = EXPECTED["syn_times"]
    assert witnesses == {
        "connected": {"calls": 6, "socket table": 6, "packets": 6},
        "accept_queue_limit": {"socket table": 5, "TCP_INFO": 5},
        "accept_queue_peak": {"socket table": 6, "TCP_INFO": 6, "packets": 6},
        "overflow_error": {"calls": "ETIMEDOUT", "packets": "ETIMEDOUT"},
        "overflow_seconds": {"calls": 7.06},
        "syn_times": {"packets": times, "packets on server": times, "counters": 20},
        "answers_to_overflow": {"packets": 0, "packets on client": 0},
        "listen_overflows": {"counters": 24, "packets": 24},
        "listen_drops": {"counters": 24, "packets": 24},
    }


def test_evidence_names_lines_frames_and_counters(story):
    run = story()
    found = run.judge().findings
    (item,) = found["connected"].evidence
    ((first, last),) = item.items
    assert (item.source, item.host, last - first + 1) == ("calls", "client", 6)
    assert [run.events[number - 1].index for number in range(first, last + 1)] == [0, 1, 2, 3, 4, 5]
    (item,) = found["syn_times"].evidence
    # Six handshakes of three packets come first, then six SYNs of each of four clients.
    assert (item.source, item.host, item.items) == ("packets", "client", list(range(19, 43)))
    (item,) = found["listen_overflows"].evidence
    assert (item.source, item.host, item.items) == ("counters", "server", ["TcpExt.ListenOverflows"])
    (item,) = found["accept_queue_peak"].evidence
    assert [run.events[number - 1].state for number in item.items] == ["LISTEN", "LISTEN"]


def test_a_group_shows_its_first_member_and_the_spread(story):
    run = story()
    call = run.call(8, run.began(8) + 7_100_000_000, "failed", "ETIMEDOUT")
    run.change(type(call), {"mono": call.mono}, index=8)
    found = run.judge().findings["overflow_seconds"]
    assert (found.value, found.spread, found.members) == (7.06, [7.06, 7.1], 4)
    assert found.verdict is Verdict.PASS


def test_an_expectation_holds_for_every_member(story):
    run = story()
    call = run.call(8, run.began(8) + 7_900_000_000, "failed", "ETIMEDOUT")
    run.change(type(call), {"mono": call.mono}, index=8)
    found = run.judge().findings["overflow_seconds"]
    assert found.verdict is Verdict.FAIL
    assert found.reason == "expected 7.00 to 7.29, measured 7.9 (1 of 4 members)"


def test_what_is_expected_stands_beside_it(story):
    found = story().judge().findings
    assert (found["connected"].expected, found["connected"].expected_text) == (6, "6")
    assert found["accept_queue_peak"].expected_text == "6 (same as connected)"
    # 7 s, six timers of 32 ms granule each, 50 ms of slack at both ends.
    assert found["overflow_seconds"].expected == {"nominal": 7.0, "at_least": 7.0, "at_most": 7.292}
    assert found["connected"].inputs == {"backlog": 5, "net.core.somaxconn": 4096, "clients": 10}


def test_why_says_each_rule_once(story):
    fit = "min(backlog 5, net.core.somaxconn 4096) + 1 = 6 connections fit in the accept queue"
    assert story().judge().why == (
        f"{fit}; later SYNs are dropped in silence",
        "listen() limits the accept queue to min(backlog 5, net.core.somaxconn 4096) = 5",
        "tcp_syn_retries 2 with tcp_syn_linear_timeouts 4: SYNs at 0, 1, 2, 3, 4, 5 s, then ETIMEDOUT at 7 s",
        "4 refused clients, 6 SYNs each: 24 SYNs meet a full queue",
    )


def test_the_note_keeps_the_quick_value_from_being_taken_for_linuxs_answer(story):
    (note,) = story().judge().notes
    assert note == (
        "tcp_syn_retries was set to 2 for this run to save time; this kernel's own value is 6, "
        "with which a client gives up after 131 s instead of 7 s."
    )


def test_hosts_and_packets_are_told(story):
    result = story().judge()
    assert (result.image, result.kernel, result.lab, result.via) == ("debian", "6.12.57", "docker", None)
    assert result.hosts["server"].digest == "sha256:1"
    assert result.packets == {
        "server": {"captured": 42, "lost": 0},
        "client": {"captured": 42, "lost": 0},
    }
    assert result.seconds["experiment"] == pytest.approx(7.11, abs=0.001)  # first step to the last wait


def test_the_result_is_json_and_the_same_twice(story):
    run = story()
    first, second = json.dumps(run.judge().to_json()), json.dumps(run.judge().to_json())
    assert first == second
    assert json.dumps(RunResult.from_json(json.loads(first)).to_json()) == first


def test_everybody_admitted_is_a_pass_with_nothing_to_measure(story):
    result = story(backlog=50).judge()
    found = result.findings
    assert (found["connected"].value, found["connected"].verdict) == (10, Verdict.PASS)
    # The models say null too; the literal ETIMEDOUT has nothing to be compared with.
    assert (found["overflow_seconds"].value, found["overflow_seconds"].verdict) == (None, Verdict.PASS)
    assert (found["syn_times"].value, found["syn_times"].verdict) == (None, Verdict.PASS)
    assert (found["overflow_error"].value, found["overflow_error"].verdict) == (None, Verdict.SKIP)
    assert "nothing was selected" in found["overflow_error"].reason
    assert (found["answers_to_overflow"].value, found["answers_to_overflow"].verdict) == (0, Verdict.PASS)
    assert result.verdict is Verdict.PASS
    assert result.why[0].endswith("so all 10 are admitted")


@pytest.mark.parametrize(
    ("backlog", "clients", "admitted"), [(0, 3, 1), (1, 10, 2), (128, 300, 129), (1000, 2000, 1001)]
)
def test_other_sizes(story, backlog, clients, admitted):
    result = story(backlog=backlog, clients=clients).judge()
    assert result.verdict is Verdict.PASS, result.reason
    assert result.findings["connected"].value == admitted
    assert result.findings["listen_overflows"].value == (clients - admitted) * 6


def test_a_kernel_that_admits_exactly_the_limit_fails(story):
    # As XNU does (soqlimitcompat): the model says 6, 5 are connected, and the witnesses agree on 5.
    run = story()
    other = story(backlog=4)
    run.events = other.events
    run.packets = other.packets
    found = run.judge().findings["connected"]
    assert (found.value, found.verdict) == (5, Verdict.FAIL)
    assert found.reason == "expected 6, measured 5"
