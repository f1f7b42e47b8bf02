from __future__ import annotations

from dataclasses import replace

import pytest

from harness.evidence.clocks import ClockMap
from harness.evidence.doubts import find_doubts
from harness.evidence.packets import ACK, SYN, Capture, Packet
from harness.evidence.under_way import lost_syns
from harness.runtime.events import Ended, Lost, Started, Stepped
from harness.runtime.plan import Host, Plan, Step

MS = 1_000_000
CLIENT, SERVER = "10.0.0.3", "10.0.0.2"
CLOCKS = {host: ClockMap(((0, 5_000 * MS),)) for host in ("client", "server")}


def packet(at, port=40000, flags=SYN, *, answer=False, sequence=1, length=0):
    ends = ((SERVER, 8000), (CLIENT, port)) if answer else ((CLIENT, port), (SERVER, 8000))
    (source, source_port), (target, target_port) = ends
    numbers = (sequence, 0, 64240, length)
    return Packet(1, at * MS, "tcp", source, source_port, target, target_port, flags, *numbers)


def events(lost=0, **addresses):
    for host, address in {"client": CLIENT, "server": SERVER, **addresses}.items():
        yield Started(host, 0, "observer", {"address": address})
        yield Started(host, 0, "agent")
        yield Lost(host, 9_000 * MS, "packets", lost)
        yield Ended(host, 9_000 * MS, "agent", 0)
        yield Ended(host, 9_001 * MS, "observer", 0)


def captures(client, server, fault=None):
    seen = {"client": (client, None), "server": (server, fault)}
    return {host: Capture(len(each), tuple(each), why) for host, (each, why) in seen.items()}


def later(packets):
    """The same packets a moment later, at the other end."""
    return [each._replace(wall=each.wall + 20_000) for each in packets]


SYNS = [packet(1), packet(2, 40001), packet(1001, 40001), packet(2001, 40001)]


def found(client, server, told=None, clocks=CLOCKS, fault=None):
    return list(lost_syns(told or list(events()), captures(client, server, fault), clocks))


def test_what_came_is_not_lost():
    assert found(SYNS, later(SYNS)) == []


def test_a_syn_or_a_retransmission_that_never_came():
    assert found(SYNS, later([SYNS[0], *SYNS[2:]])) == [("client", "server", 1)]
    assert found(SYNS, later([SYNS[0], SYNS[3]])) == [("client", "server", 2)]


def test_an_answer_that_never_came():
    answers = [packet(1, flags=SYN | ACK, answer=True), packet(2, 40001, SYN | ACK, answer=True)]
    more = packet(3, 40002, SYN | ACK, answer=True)
    assert found(later([answers[0], more]), [*answers, more]) == [("server", "client", 1)]


@pytest.mark.parametrize("flags", [ACK, ACK | 8])
def test_segments_that_may_have_been_merged_are_not_counted(flags):
    data = [packet(at, flags=flags, sequence=at, length=100) for at in (3, 4)]
    assert found([SYNS[0], *data, *SYNS[1:]], later([SYNS[0], *SYNS[1:]])) == []


def test_what_left_after_the_last_that_came_may_have_come_too_late():
    assert found(SYNS, later(SYNS[:3])) == []


def test_captures_that_are_not_whole_tell_nothing():
    some = later([SYNS[0], *SYNS[2:]])
    assert found(SYNS, some, fault="its last record is cut off") == []
    assert found(SYNS, some, told=list(events(lost=1))) == []
    assert found(SYNS, some, told=list(events(lost=None))) == []
    assert found(SYNS, some, told=[each for each in events() if not isinstance(each, Lost)]) == []


def test_hosts_with_clocks_of_their_own_tell_nothing():
    apart = {**CLOCKS, "server": ClockMap(((0, 9_000 * MS),))}
    assert found(SYNS, later([SYNS[0], *SYNS[2:]]), clocks=apart) == []


PLAN = Plan(
    "x", {}, "quick", 4, (Host("server", "debian"), Host("client", "debian")),
    (Step(1, "server", "listen", "door", {"port": 8000}),), (), 30.0,
)  # fmt: skip


def test_what_rests_on_what_came_is_in_doubt():
    seen = captures(SYNS, later([SYNS[0], *SYNS[2:]]))
    told = [*events(), Stepped("server", MS, 1, "begun"), Stepped("server", 2 * MS, 1, "done")]
    came, sent = find_doubts(PLAN, told, seen, CLOCKS)
    assert (came.host, came.kinds) == ("server", ("packets", "counters"))
    assert came.text == "server: 1 SYNs of client never came, they were lost on the way"
    assert (sent.host, sent.kinds) == ("client", ("packets", "counters", "time"))
    assert sent.text == "client: 1 SYNs to server were lost on the way, so it may have sent more, at other times"
    blocked = replace(PLAN, steps=(*PLAN.steps, Step(2, "client", "block", "wall", {})))
    assert find_doubts(blocked, told, seen, CLOCKS) == ()
