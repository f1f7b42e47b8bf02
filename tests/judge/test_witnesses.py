from __future__ import annotations

import pytest

from harness.result import Verdict
from harness.runtime.events import Call, Cannot, Counters, Queue, Socket


def disagreement(result, name):
    found = result.findings[name]
    assert found.verdict is Verdict.UNKNOWN
    return found.reason


def test_a_call_that_the_packets_contradict(story):
    run = story()
    # The client's kernel says ok, but its handshake was never completed on the wire.
    run.packets["client"] = run.without("client", run.final_ack(2))
    reason = disagreement(run.judge(), "connected")
    assert reason == "the witnesses disagree (calls: 6; socket table: 6; packets: 5)"


def test_a_call_that_the_socket_table_contradicts(story):
    run = story()
    run.change(Socket, {"state": "SYN_SENT"}, host="client", local=run.address(0))
    assert "socket table: 5" in disagreement(run.judge(), "connected")


def test_an_errno_that_the_packets_contradict(story):
    run = story()
    run.see(7, run.reset(7), "client")
    assert "ECONNREFUSED" in disagreement(run.judge(), "overflow_error")


def test_an_answer_makes_a_timeout_doubtful(story):
    run = story()
    run.see(7, run.syn_ack(7), "client")
    assert "answered" in disagreement(run.judge(), "overflow_error")


def test_a_refusal_is_borne_out_by_a_reset(story):
    run = story()
    run.experiment = {"expect": {"overflow_error": "ECONNREFUSED"}}
    for index in range(6, 10):
        run.change(Call, {"errno": "ECONNREFUSED"}, index=index, verb="connect")
        run.see(index, run.reset(index), "client")
    found = run.judge().findings["overflow_error"]
    assert found.verdict is Verdict.PASS
    assert found.witnesses == {"calls": "ECONNREFUSED", "packets": "ECONNREFUSED"}


@pytest.mark.parametrize(
    ("change", "name"), [({"limit": 4}, "accept_queue_limit"), ({"length": 7}, "accept_queue_peak")]
)
def test_a_queue_that_its_listener_contradicts(story, change, name):
    run = story()
    run.change(Queue, change, length=6)
    assert "TCP_INFO" in disagreement(run.judge(), name)


def test_a_peak_that_the_handshakes_contradict(story):
    run = story()
    run.packets["server"] = run.without("server", run.final_ack(2))
    assert "packets: 5" in disagreement(run.judge(), "accept_queue_peak")


def test_a_syn_that_only_the_client_saw(story):
    run = story()
    run.packets["server"].remove(max(each for each in run.packets["server"] if each[1] == run.syn(6)))
    result = run.judge()
    assert "packets on server" in disagreement(result, "syn_times")
    # The server's counter says 24, its capture shows 23 SYNs without an answer.
    assert disagreement(result, "listen_overflows") == "the witnesses disagree (counters: 24; packets: 23)"


def test_captures_may_differ_by_5_ms_and_no_more(story):
    for shift, verdict in ((4_900_000, Verdict.PASS), (5_200_000, Verdict.UNKNOWN)):
        run = story()
        last = max(each for each in run.packets["server"] if each[1] == run.syn(6))
        run.packets["server"].remove(last)
        run.packets["server"].append((last[0] + shift, last[1]))
        assert run.judge().findings["syn_times"].verdict is verdict


def test_a_retransmission_that_the_counter_does_not_know(story):
    run = story()
    values = {"TcpExt.ListenOverflows": 7, "TcpExt.ListenDrops": 9, "TcpExt.TCPSynRetrans": 3 + 19}
    run.change(Counters, {"values": values}, host="client", when="after")
    assert "counters: 19" in disagreement(run.judge(), "syn_times")


def test_an_answer_that_only_the_server_saw(story):
    run = story()
    run.see(7, run.reset(7), "server")
    reason = disagreement(run.judge(), "answers_to_overflow")
    assert reason == "the witnesses disagree (packets: 1; packets on client: 0)"


def test_an_answer_that_both_saw_is_a_fail(story):
    run = story()
    run.see(7, run.reset(7), "client", "server")
    found = run.judge().findings["answers_to_overflow"]
    assert (found.value, found.verdict) == (1, Verdict.FAIL)


def test_where_clients_race_third_acks_may_overflow_too_so_packets_say_nothing(story):
    found = story(connect={"at_once": True}).judge().findings
    assert found["listen_overflows"].witnesses == {"counters": 24}
    assert found["accept_queue_peak"].witnesses == {"socket table": 6, "TCP_INFO": 6}


def test_what_a_host_cannot_show_is_a_skip_and_others_rest_on_what_remains(story):
    # gVisor: no socket table worth the name, no counters, no TCP_INFO of a listener; its own schedule.
    run = story()
    run.experiment = {"expect": {"overflow_seconds": "gone", "syn_times": "gone"}}
    for kind in (Socket, Counters, Queue):
        run.drop(kind)
    for host in ("server", "client"):
        for need in ("socket table", "counters"):
            run.events.append(Cannot(host, 1, need, "gVisor does not list unaccepted connections"))
    found = run.judge().findings
    for name in ("accept_queue_limit", "accept_queue_peak", "listen_overflows"):
        assert found[name].verdict is Verdict.SKIP
        assert "gVisor" in found[name].reason
    # What it is compared with cannot be shown either.
    assert found["listen_drops"].verdict is Verdict.SKIP
    assert found["connected"].verdict is Verdict.PASS
    assert found["connected"].witnesses == {"calls": 6, "packets": 6}


def test_a_table_without_limits_leaves_tcp_info(story):
    run = story()
    run.change(Socket, {"send_q": None}, state="LISTEN")  # /proc/net/tcp has no limit
    found = run.judge().findings["accept_queue_limit"]
    assert (found.value, found.verdict, found.witnesses) == (5, Verdict.PASS, {"TCP_INFO": 5})
