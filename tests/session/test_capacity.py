from dataclasses import replace

import pytest

from harness.runtime.plan import Host, Plan, Step
from harness.session.capacity import capacity

PLAN = Plan(
    experiment="x",
    parameters={},
    mode="quick",
    family=4,
    hosts=(Host("server", "debian"), Host("client", "debian")),
    steps=(
        Step(1, "server", "socket", "door"),
        Step(2, "server", "bind", "door", {"port": 80}),
        Step(3, "server", "listen", "door", {"backlog": 5}),
        Step(4, "server", "accept", "session", {"from": "door", "count": 99}),
        Step(5, "client", "connect", "visitor", {"to": "door", "count": 200}),
        Step(6, "client", "connect", "more", {"to": "door", "count": 100}),
        Step(7, None, "wait", None, {"for": 2.5}),
        Step(8, None, "wait", None, {"until": "settled", "of": "visitor"}, 5),
    ),
    needs=(),
    limit=30,
)


def test_what_fits_has_no_reasons():
    assert capacity(PLAN, descriptors=300 + 64, ports=300) == []


def test_sockets_of_a_host_against_its_descriptors():
    (reason,) = capacity(PLAN, descriptors=300 + 63, ports=300)
    assert reason == (
        "host 'client' needs 300 sockets; a process here may have 363 open files, 64 of them for harness itself"
        " (ulimit -Hn)"
    )
    both = capacity(PLAN, descriptors=100 + 63, ports=300)
    assert [reason.split(";")[0] for reason in both] == [
        "host 'server' needs 100 sockets",
        "host 'client' needs 300 sockets",
    ]


def test_connections_to_one_port_against_the_ephemeral_ports():
    assert capacity(PLAN, descriptors=10_000, ports=299) == [
        "host 'client' connects 300 times to 'door'; it has 299 ephemeral ports (net.ipv4.ip_local_port_range)"
    ]


@pytest.mark.parametrize(("span", "reasons"), [("40000 40299", 0), ("40000 40298", 1), ("1024\t65535", 0)])
def test_a_port_range_of_the_plan_counts(span, reasons):
    client = Host("client", "debian", {"net.ipv4.ip_local_port_range": span})
    plan = replace(PLAN, hosts=(PLAN.hosts[0], client))
    assert len(capacity(plan, descriptors=10_000, ports=1)) == reasons


def test_connections_to_different_ports_may_share_ephemeral_ports():
    other = replace(PLAN.steps[5], arguments={"to": "server", "port": 81, "count": 100})
    plan = replace(PLAN, steps=(*PLAN.steps[:5], other))
    assert capacity(plan, descriptors=10_000, ports=200) == []


def test_waits_against_the_limit():
    assert capacity(replace(PLAN, limit=7.5), descriptors=10_000, ports=300) == []
    assert capacity(replace(PLAN, limit=7.4), descriptors=10_000, ports=300) == [
        "the waits alone may take 7.5 s; the experiment's limit is 7.4 s (--limit)"
    ]


def test_the_memory_of_a_guest_bounds_all_hosts_together():
    assert capacity(PLAN, descriptors=1000, ports=300, ends=600) == []
    (reason,) = capacity(PLAN, descriptors=1000, ports=300, ends=599)
    assert reason == "300 connections have 600 ends; a guest's memory holds 599"
