"""Hosts on gVisor: a TCP stack of its own, seen through packets and calls alone."""

import json
import signal

import pytest

from harness.evidence.folder import RunFolder

pytestmark = pytest.mark.gvisor

ON_GVISOR = ("--image", "gvisor", "--json", "-")
SLACK = 5_000_000
"""Nanoseconds by which two processes' readings of one clock may be apart."""


@pytest.fixture
def done(perform):
    """A connection that nobody accepts, on gVisor."""
    (ended,) = perform(("run", "listen-no-accept", *ON_GVISOR))
    assert ended.code == 0, ended
    return ended


def test_what_it_cannot_show_is_skipped_and_the_rest_is_judged(done):
    findings = done.result["findings"]
    verdicts = {name: finding["verdict"] for name, finding in findings.items()}
    assert verdicts == {
        "listeners": "skip",
        "connect_result": "pass",
        "handshake": "pass",
        "client_states": "skip",
        "server_states": "skip",
        "queued": "skip",
        "blocked_reads": "pass",
    }
    for name, verdict in verdicts.items():
        if verdict == "skip":
            assert "gVisor answers no sock_diag" in findings[name]["reason"]
            assert (findings[name]["value"], findings[name]["witnesses"]) == (None, {})
    assert {each["lost"] for each in done.result["packets"].values()} == {0}


def test_the_stack_and_the_kernel_are_what_the_agent_found(done):
    for host in done.result["hosts"].values():
        assert (host["stack"], host["hz"], host["image"]) == ("gvisor", None, "gvisor")
        assert host["kernel"][0].isdigit()
    environment = json.loads((done.folder / "environment.json").read_text())
    below = environment["lab"]["engine_kernel"]
    for host in environment["hosts"].values():
        assert host["kernel"] not in ("", below)
        assert "sysctls" not in host


def test_both_processes_of_a_host_come_onto_one_clock(done):
    evidence = RunFolder.open(done.folder).evidence
    ((_, connect),) = [seen for seen in evidence.calls if seen[1].verb == "connect"]
    (flow,) = evidence.flows["client"].flows
    clock = evidence.clocks["client"]
    syn, ack = (clock.mono(flow.packets[number].wall) for number in (0, 2))
    assert connect.began - SLACK <= syn <= connect.mono + SLACK
    assert connect.began <= ack
    assert clock.jump < SLACK
    assert evidence.doubts == ()


def test_a_refused_client_asks_again_when_gvisors_source_says(perform):
    (ended,) = perform(("run", "delayed-accept", *ON_GVISOR))
    assert ended.code == 0, ended
    assert ended.values["prompt_connected"] == 2
    moments = [ended.values[name] for name in ("latest_seconds", "earliest_seconds", "middle_seconds")]
    for moment, wanted in zip(moments, (1, 3, 7), strict=True):
        assert wanted - 0.001 <= moment <= wanted + 0.1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("backlog-overflow", "--quick"), "cannot have net.ipv4.tcp_syn_retries=2: gVisor takes no sysctls"),
        (("no-bind", "--sysctl", "server:net.core.somaxconn=9"), "server cannot have net.core.somaxconn=9"),
        (("kernel-handshake",), "socket-filter: gVisor takes a socket filter (SO_ATTACH_FILTER) and lets"),
    ],
)
def test_what_it_would_ignore_is_a_skip_before_the_first_step(perform, words, reason):
    (ended,) = perform(("run", *words, *ON_GVISOR))
    assert (ended.code, ended.result["verdict"]) == (0, "skip"), ended
    assert reason in ended.result["reason"]
    assert ended.result["findings"] == {}
    assert '"event":"stepped"' not in (ended.folder / "events.jsonl").read_text()


def test_only_the_agents_are_in_sandboxes_and_an_interrupt_leaves_nothing(start, engine, left):
    command = start("run", "accept-empty", "--image", "gvisor", "--set", "pause=10").until("step 4 of 6")
    containers = engine.containers.list(filters={"label": f"harness.run={command.run}"})
    runtimes = {
        (each.labels["harness.host"], each.labels["harness.process"]): each.attrs["HostConfig"]["Runtime"]
        for each in containers
    }
    assert runtimes == {
        (host, process): runtime
        for host in ("server", "client")
        for process, runtime in (("agent", "runsc"), ("observer", "runc"))
    }
    ended = command.signal(signal.SIGINT).end()
    assert ended.code == 130, ended
    assert left(command.run) == []
