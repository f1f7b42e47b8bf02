"""The conductor: waits and their bounds, the order of events, and processes that die."""

import os
import subprocess
import sys

import pytest

from harness.errors import LabError
from harness.runtime import conductor
from harness.runtime.channel import Channel
from harness.runtime.conductor import HostChannels, Lapsed, conduct
from harness.runtime.events import (
    Call,
    Clock,
    Counters,
    Ended,
    Lost,
    Packets,
    Sampled,
    Setting,
    Socket,
    Started,
    Stepped,
)
from harness.runtime.streams import PairStream

pytestmark = pytest.mark.netns

DOOR = "- server: {listen: door, port: 8000, backlog: 5}"


def phases(seen, step):
    return [event.phase for event in seen.of(Stepped, step=step)]


def seconds(seen, step):
    begun, *_, last = (event.mono for event in seen.of(Stepped, step=step))
    return (last - begun) / 1e9


def test_a_wait_for_a_time_lasts_so_long(perform):
    seen = perform("- wait: {for: 0.3}")
    assert phases(seen, 1) == ["begun", "done"]
    assert 0.3 <= seconds(seen, 1) < 1


def test_a_wait_until_settled_ends_with_the_last_call(perform):
    seen = perform(
        DOOR, "- client: {connect: visitor, to: door, count: 3}", "- wait: {until: settled, of: visitor}"
    )
    (waited,) = seen.of(Stepped, step=3, phase="done")
    assert waited.mono >= max(call.mono for call in seen.calls("visitor"))
    assert seconds(seen, 3) < 1


def test_a_wait_within_its_own_bound_is_late_and_ends_the_steps(perform):
    seen = perform(
        DOOR,
        "- server: {accept: guest, from: door}",
        "- wait: {until: settled, of: guest, within: 0.3}",
        "- client: {connect: visitor, to: door}",
    )
    assert phases(seen, 3) == ["begun", "late"]
    assert 0.3 <= seconds(seen, 3) < 1
    assert (seen.call("guest").result, seen.calls("visitor")) == ("pending", [])


@pytest.mark.parametrize("wait", ["for: 60", "until: settled, of: guest", "until: settled, of: guest, within: 60"])
def test_no_wait_outlasts_the_plans_limit(perform, wait):
    seen = perform(DOOR, "- server: {accept: guest, from: door}", f"- wait: {{{wait}}}", limit=0.4)
    assert phases(seen, 3) == ["begun", "late"]
    assert 0.2 < seconds(seen, 3) < 1


def test_steps_begin_one_after_the_other_and_nothing_but_wait_waits(perform):
    seen = perform(
        DOOR,
        "- server: {accept: first, from: door}",
        "- server: {accept: second, from: door}",
        "- client: {connect: visitor, to: door, count: 2}",
        "- wait: {until: settled, of: second}",
    )
    begun = seen.of(Stepped, phase="begun")
    assert [event.step for event in begun] == [1, 2, 3, 4, 5]
    assert [event.mono for event in begun] == sorted(event.mono for event in begun)
    assert (seen.call("first").result, seen.call("second").result) == ("ok", "ok")


def test_a_run_is_whole(perform):
    seen = perform(DOOR, "- client: {connect: visitor, to: door}", "- wait: {until: settled, of: visitor}")
    processes = {(event.host, event.process) for event in seen.of(Started)}
    everyone = {(host, process) for host in ("server", "client") for process in ("agent", "observer")}
    assert processes == everyone | {("", "lab"), ("", "box")}
    assert {(event.host, event.process, event.status) for event in seen.of(Ended)} == {
        (*each, 0) for each in everyone
    }
    for host in ("server", "client"):
        assert [event.when for event in seen.of(Counters, host=host)] == ["before", "after"]
        assert [(event.source, event.count) for event in seen.of(Lost, host=host)] == [("packets", 0)]
        assert len(seen.of(Clock, host=host)) >= 4  # two processes, at their start and their end
        assert seen.of(Setting, host=host, name="net.ipv4.tcp_syn_retries")[0].value == "6"
        assert seen.of(Sampled, host=host)
        assert b"".join(event.data for event in seen.of(Packets, host=host))[:4] == bytes.fromhex("4d3cb2a1")
    opened = seen.of(Counters, host="client", when="after")[0].values["Tcp.ActiveOpens"]
    assert opened - seen.of(Counters, host="client", when="before")[0].values["Tcp.ActiveOpens"] == 1


def test_what_changes_is_seen_before_the_next_step_begins(perform):
    seen = perform(DOOR, "- client: {connect: visitor, to: door}", "- server: {accept: guest, from: door}")
    listening = seen.index(seen.of(Socket, host="server", state="LISTEN")[0])
    assert listening < seen.index(seen.of(Stepped, step=2, phase="begun")[0])


def test_an_idle_host_is_told_of_once_a_second_at_most(perform):
    seen = perform(DOOR, "- wait: {for: 2.2}")
    begun, done = seen.of(Stepped, step=2)
    idle = [
        event for event in seen.of(Sampled, host="client") if begun.mono + 100_000_000 < event.mono < done.mono
    ]
    assert 1 <= len(idle) <= 3


def test_a_killed_agent_ends_the_steps(perform, killer):
    seen = perform(
        DOOR,
        "- server: {accept: guest, from: door}",
        "- wait: {until: settled, of: guest}",
        "- client: {connect: visitor, to: door}",
        on_event=killer("agent:server", 3),
    )
    (end,) = seen.of(Ended, host="server", process="agent")
    assert end.status == -9
    assert phases(seen, 3) == ["begun"]  # no bound has passed: it was broken off
    assert seen.calls("visitor") == []
    # The others still end in good order: what they saw is kept.
    assert {event.status for event in seen.of(Ended) if event is not end} == {0}
    assert len(seen.of(Counters, when="after")) == 2


def test_a_killed_observer_leaves_the_experiment_going(perform, killer):
    seen = perform(
        DOOR,
        "- wait: {for: 0.2}",
        "- client: {connect: visitor, to: door}",
        "- wait: {until: settled, of: visitor}",
        on_event=killer("obser:server", 2),
    )
    (end,) = seen.of(Ended, host="server", process="observer")
    assert end.status == -9
    assert (seen.call("visitor").result, phases(seen, 4)) == ("ok", ["begun", "done"])
    assert seen.of(Lost, host="server") == []  # nobody can tell any more
    assert [event.count for event in seen.of(Lost, host="client")] == [0]


def test_a_box_that_is_killed_is_an_error(perform, killer):
    with pytest.raises(LabError, match="the box ended with status 137"):
        perform("- wait: {for: 5}", on_event=killer("harness-box", 1))


# Without a lab: a host whose processes are ours.


def channel(process, program):
    """A channel to a Python program that is no agent and no observer."""
    stream, theirs = PairStream.make()
    with subprocess.Popen(
        [sys.executable, "-S", "-c", program], stdin=theirs, stdout=theirs, stderr=stream.log_descriptor
    ) as started:
        stream.pid = started.pid
        started.returncode = 0  # the stream waits for it
    os.close(theirs)
    return Channel("server", process, stream)


def conducted(plan, agent, observer):
    hosts = {"server": HostChannels("198.18.0.1", channel("agent", agent), channel("observer", observer))}
    try:
        return list(conduct(plan, hosts))
    finally:
        for each in (hosts["server"].agent, hosts["server"].observer):
            each.stream.close()
            each.stream.status()


SILENT = "import sys; sys.stdin.read()"


def test_a_process_that_never_gets_ready_is_named(make_plan, monkeypatch):
    monkeypatch.setattr(conductor, "START_SECONDS", 0.5)
    with pytest.raises(Lapsed, match="server: agent not ready after 0 s"):
        conducted(make_plan(hosts=["server"]), SILENT, SILENT)


def test_a_process_that_dies_before_it_is_ready_is_named_with_what_it_wrote(make_plan):
    with pytest.raises(Lapsed) as caught:
        conducted(make_plan(hosts=["server"]), "raise SystemExit('no such luck')", SILENT)
    assert "server: agent ended before it was ready" in str(caught.value)
    assert "no such luck" in str(caught.value)


def test_what_is_no_event_is_kept_as_the_process_log(make_plan):
    ready = 'import sys; print(\'{"event":"started","host":"server","mono":1,"process":"%s"}\', flush=True)'
    chatty = ready + "; print('oh no', flush=True); sys.stdin.readline(); sys.exit(3)"
    seen = conducted(make_plan(hosts=["server"]), chatty % "agent", chatty % "observer")
    ends = {event.process: event for event in seen if isinstance(event, Ended)}
    assert {process: end.status for process, end in ends.items()} == {"agent": 3, "observer": 3}
    assert "oh no" in ends["agent"].log
    assert not [event for event in seen if isinstance(event, Call)]
