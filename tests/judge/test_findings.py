"""Extractors that backlog-overflow does not use, on the same run."""

from __future__ import annotations

import pytest

from harness.runtime.events import Call, Socket
from harness.runtime.plan import Step

MS = 1_000_000


def take(run, **words):
    """One more finding of the run."""
    if "from_" in words:
        words["from"] = words.pop("from_")
    run.experiment = {"findings": {"more": words}}
    return run.judge().findings["more"]


@pytest.mark.parametrize(
    ("words", "value", "unit"),
    [
        ({"packets": "any", "on": "server", "take": "count"}, 6 * 3 + 4 * 6, "packets"),
        ({"packets": "SYN,ACK", "on": "server", "take": "count"}, 6, "packets"),
        ({"packets": "SYN", "of": "visitor", "that": "ok", "on": "client", "take": "count"}, 6, "packets"),
        ({"packets": "RST", "of": "visitor", "on": "client", "take": "count"}, 0, "packets"),
        ({"packets": "any", "of": "door", "from_": "server", "on": "server", "take": "count"}, 6, "packets"),
        ({"packets": "any", "of": "visitor", "from_": "client", "on": "server", "take": "count"}, 36, "packets"),
        ({"packets": "any", "of": "visitor", "on": "server", "take": "bytes"}, 0, "bytes"),
        ({"calls": "connect", "of": "visitor", "take": "count"}, 10, "calls"),
        ({"calls": "connect", "of": "visitor", "that": "pending", "take": "count"}, 0, "calls"),
        ({"calls": "listen", "of": "door", "take": "count"}, 1, "calls"),
        ({"calls": "connect", "of": "visitor", "take": "sequence"}, ["ok"] * 6 + ["ETIMEDOUT"] * 4, ""),
        ({"states": "ESTABLISHED", "of": "visitor", "on": "client", "take": "count"}, 6, "sockets"),
        ({"states": "ESTABLISHED", "of": "visitor", "on": "server", "take": "count"}, 6, "sockets"),
        ({"states": "SYN_SENT", "of": "visitor", "that": "failed", "on": "client", "take": "count"}, 4, "sockets"),
        ({"states": "SYN_SENT", "of": "visitor", "that": "ok", "on": "client", "take": "count"}, 0, "sockets"),
        ({"states": "LISTEN", "of": "door", "on": "server", "take": "count"}, 1, "sockets"),
        ({"states": "any", "of": "visitor", "on": "client", "take": "peak"}, 10, "sockets"),
        ({"queue": "door", "take": "sequence"}, [0, 6], "connections"),
        ({"setting": "net.ipv4.tcp_syn_retries", "on": "client", "take": "value"}, 2, ""),
        ({"setting": "net.ipv4.tcp_rto_max_ms", "on": "client", "take": "value"}, None, ""),
        ({"counter": "TcpExt.TCPSynRetrans", "on": "client"}, 20, "events"),
        ({"counter": "TcpExt.NoSuchThing", "on": "client"}, None, "events"),
    ],
    ids=str,
)  # fmt: skip
def test_values(story, words, value, unit):
    found = take(story(), **words)
    assert (found.value, found.unit, found.verdict) == (value, unit, None)


def test_the_flags_of_a_handshake_in_order(story):
    found = take(story(), packets="any", of="visitor", that="ok", on="client", take="sequence")
    assert found.value == ["SYN", "SYN,ACK", "ACK"]
    assert found.members == 6


def test_seconds_between_a_flows_packets(story):
    found = take(story(), packets="SYN", of="visitor", that="failed", on="client", take="seconds")
    assert (found.value, found.spread) == (5.05, [5.05, 5.05])


def test_states_of_a_socket_in_order_and_how_long(story):
    run = story()
    now = run.began(0) + 3_000 * MS
    for index in range(6):
        run.events.append(Socket("client", now, run.address(index), ("10.0.0.2", 8000), "FIN_WAIT_1", 0, 0, 0))
        run.events.append(Socket("client", now + MS, run.address(index), ("10.0.0.2", 8000), "GONE", 0, None, 0))
    words = {"of": "visitor", "that": "ok", "on": "client"}
    assert take(run, states="any", take="sequence", **words).value == ["ESTABLISHED", "FIN_WAIT_1"]
    # Seen ESTABLISHED 10 ms after the beginning, FIN_WAIT_1 at 3 s.
    assert take(run, states="ESTABLISHED", take="seconds", **words).value == 2.99
    assert take(run, states="FIN_WAIT_1", take="times", **words).value == [2.99]
    assert take(run, states="any", take="peak", **words).value == 6


def test_after_and_before_divide_the_run_at_the_moment_a_group_began(story):
    run = story()
    run.more = (Step(4, "client", "send", "greeting", {"on": "visitor", "size": 5}),)
    # Three seconds into the run: three more SYNs of each refused client are still to come (3.03, 4.04, 5.05 s).
    at = run.began(0) + 3_000 * MS
    run.events.append(Call("client", at + MS, 4, "greeting", 0, "send", at, "ok", value=5))
    words = {"packets": "SYN", "of": "visitor", "that": "failed", "on": "client", "take": "count"}
    assert take(run, **words, after="greeting").value == 12
    assert take(run, **words, before="greeting").value == 12
    assert take(run, calls="send", of="visitor", take="bytes").value == 5
    assert take(run, calls="send", of="visitor", take="count", before="greeting").value == 0
    assert take(run, calls="connect", of="visitor", take="count", before="greeting").value == 6


def test_nothing_is_after_a_group_that_never_began(story):
    run = story()
    run.more = (Step(4, "client", "send", "greeting", {"on": "visitor", "size": 5}),)
    words = {"packets": "SYN", "of": "visitor", "on": "client", "take": "count"}
    assert take(run, **words, after="greeting").value == 0
    assert take(run, **words, before="greeting").value == 30


def test_calls_without_an_address_cannot_be_found_among_packets(story):
    run = story()
    run.change(Call, {"local": None}, index=8, verb="connect")
    found = run.judge().findings["syn_times"]
    assert found.verdict == "skip"
    assert found.reason == "1 calls have no local address that tells their packets apart"


def test_a_port_used_again_belongs_to_the_call_of_its_time(story):
    run = story()
    # Long before, another connection had used client 6's port: another SYN, another sequence number.
    run.packets["client"].append((run.began(6) - 900 * MS, run.syn(6)[:38] + b"\0\0\1\0" + run.syn(6)[42:]))
    assert run.judge().findings["syn_times"].verdict == "pass"


def test_the_first_flow_of_a_capture_has_frame_1(story):
    found = take(story(), packets="SYN", of="visitor", that="ok", on="client", take="count")
    (item,) = found.evidence
    assert item.items == [1, 4, 7, 10, 13, 16]
