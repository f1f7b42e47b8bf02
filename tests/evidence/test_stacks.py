"""A host whose agent runs on gVisor, beside an observer on the machine's kernel: what is believed of whom."""

import pytest

from harness.evidence.environment import environment
from harness.evidence.stacks import facts_of, on_one_clock, telling
from harness.runtime.events import (
    Call,
    Cannot,
    Clock,
    Counters,
    Ended,
    Queue,
    Sampled,
    Setting,
    Socket,
    Started,
    Stepped,
)

SECOND = 1_000_000_000
BOOT = 1_700_000_000 * SECOND
SANDBOX = BOOT + 500 * SECOND
"""CLOCK_REALTIME at the moment at which each clock began."""
LINUX = {"stack": "linux", "kernel": "6.18.1", "version": "#1 of today", "hz": 250, "capture": "tcpdump"}
GVISOR = {"stack": "gvisor", "kernel": "4.4.0", "version": "#1 of 2016", "hz": None}
DOOR = ("198.18.0.1", 8000)
NOBODY = ("0.0.0.0", 0)  # noqa: S104 (as the kernel shows it)


def told(agent=GVISOR, *, wall=SANDBOX):
    """What is heard of one host, whose agent's clock began at ``wall``. It calls at 510 s of the machine's."""
    mine = BOOT + 510 * SECOND - wall
    return [
        Setting("server", 501 * SECOND, "net.core.somaxconn", "4096"),
        Counters("server", 501 * SECOND, "before", {"TcpExt.ListenDrops": 9}),
        Clock("server", 502 * SECOND, BOOT + 502 * SECOND, "observer"),
        Started("server", 502 * SECOND, "observer", LINUX),
        Clock("server", mine - 5 * SECOND, BOOT + 505 * SECOND, "agent"),
        Started("server", mine - 5 * SECOND, "agent", agent),
        Cannot("server", mine - 5 * SECOND, "socket table", "it has none", "agent"),
        Call("server", mine + SECOND, 1, "door", 0, "listen", mine, "ok"),
        Queue("server", mine, "door", 0, 0),
        Stepped("server", mine, 1, "done"),
        Stepped("", 511 * SECOND, 2, "done"),
        Socket("server", 510 * SECOND, DOOR, NOBODY, "LISTEN", 0, 5, 0),
        Sampled("server", 510 * SECOND, 1000, 0),
        Ended("server", mine + 2 * SECOND, "agent", 0),
        Ended("server", 513 * SECOND, "observer", 0),
    ]


def moments(events):
    return [event.mono // SECOND for event in events]


ON_ONE_CLOCK = [501, 501, 502, 502, 505, 505, 505, 511, 510, 510, 511, 510, 510, 512, 513]


def test_an_agents_moments_come_onto_its_observers_clock():
    found = on_one_clock(told())
    assert moments(found) == ON_ONE_CLOCK
    (call,) = (event for event in found if isinstance(event, Call))
    assert call.began == 510 * SECOND


def test_where_both_have_one_kernel_nothing_is_moved():
    events = told(LINUX, wall=BOOT)
    assert moments(events) == ON_ONE_CLOCK
    # Not even where the wall clock was set between the two pairs.
    events[4] = Clock("server", 505 * SECOND, BOOT + 900 * SECOND, "agent")
    assert on_one_clock(events) == events


@pytest.mark.parametrize("process", ["agent", "observer"])
def test_without_a_pair_of_both_nothing_is_moved(process):
    events = [event for event in told() if not (isinstance(event, Clock) and event.process == process)]
    assert on_one_clock(events) == events


def test_stack_and_kernel_are_the_agents_the_rest_its_observers():
    assert facts_of(told()) == {"server": {**GVISOR, "capture": "tcpdump"}}
    # Runs from before agents told of their stack.
    assert facts_of(told({"python": "3.11.2"})) == {"server": LINUX}


def test_what_a_host_cannot_show_is_not_taken_from_the_kernel_below():
    events = told()
    needs = {"socket table": Socket, "counters": Counters, "settings": Setting, "TCP_INFO": Queue}
    for need, kind in needs.items():
        events.append(Cannot("server", 1, need, "gVisor", "agent"))
        kept = [event for event in telling(events) if event is not None]
        assert not any(isinstance(event, kind) for event in kept)
    assert {type(event) for event in telling(events) if event} == {
        Cannot, Call, Clock, Ended, Sampled, Started, Stepped,
    }  # fmt: skip
    assert len(telling(events)) == len(events)


def test_the_environment_has_no_sysctls_of_the_kernel_below():
    events = [*told(), Cannot("server", 1, "settings", "fixed texts", "agent")]
    (host,) = environment(events)["hosts"].values()
    assert (host["kernel"], host["version"], host["capture"]) == ("4.4.0", "#1 of 2016", "tcpdump")
    assert "sysctls" not in host
