"""Suspects: what models read of the settings, found out by letting them read."""

from __future__ import annotations

import pytest

from harness import spec
from harness.judge.suspects import settings_read, suspects
from harness.model import MODELS, NoModel, Situation
from harness.model.before import BEFORE
from harness.result import HostFacts

LINEAR, RTO_MAX = "net.ipv4.tcp_syn_linear_timeouts", "net.ipv4.tcp_rto_max_ms"
SOMAXCONN, RETRIES = "net.core.somaxconn", "net.ipv4.tcp_syn_retries"
NEW = {SOMAXCONN: "4096", RETRIES: "6", "net.ipv4.tcp_syncookies": "1", LINEAR: "4", RTO_MAX: None}
EVERYWHERE = {"net.ipv4.tcp_syncookies"}
"""Every kernel has it that was built with CONFIG_SYN_COOKIES; its absence is no older kernel's."""
OLD = {**NEW, LINEAR: None}


def study(name, settings):
    """An experiment's criteria, and its situation on a kernel with these settings."""
    experiment = spec.load(name)
    plan, criteria = spec.fix(
        experiment, mode="full", settings={}, sysctls={}, images=dict.fromkeys(experiment.hosts, "debian")
    )
    facts = {host.name: HostFacts("debian", kernel="6.12.57", hz=250) for host in plan.hosts}
    return criteria, Situation(plan, facts, {host.name: settings for host in plan.hosts})


def test_what_a_model_looks_at_is_noted_with_its_host():
    read = settings_read(*study("backlog-overflow", NEW), {})
    assert read["accept_queue_limit"] == {("server", SOMAXCONN)}
    assert {("client", LINEAR), ("client", RETRIES), ("client", RTO_MAX)} <= read["syn_times"]
    assert ("server", LINEAR) not in read["syn_times"]
    assert read["overflow_error"] == set()  # a literal rests on no setting


def test_what_another_finding_rests_on_counts_too():
    read = settings_read(*study("backlog-overflow", NEW), {"listen_overflows": 44, "connected": 6})
    assert read["listen_drops"] == read["listen_overflows"]
    assert ("client", LINEAR) in read["listen_drops"]


def test_the_setting_that_only_the_newer_kernel_has_is_suspected_with_the_value_that_means_as_before():
    read = settings_read(*study("connect-timeout", NEW), {})["syn_times"]
    (suspect,) = suspects(read, {"client": OLD, "server": OLD}, {"client": NEW, "server": NEW})
    assert (suspect.name, suspect.hosts, suspect.older, suspect.newer) == (LINEAR, ("client",), None, "4")
    assert suspect.tried == "0"
    assert "ccce324dabfe" in suspect.source


def test_a_value_that_means_as_before_is_no_suspect():
    newer = {"client": {**NEW, RTO_MAX: "120000"}}
    assert suspects({("client", RTO_MAX)}, {"client": NEW}, newer) == []
    newer["client"][RTO_MAX] = "1000"
    assert [each.tried for each in suspects({("client", RTO_MAX)}, {"client": NEW}, newer)] == ["120000"]


def test_another_value_is_tried_as_the_older_kernel_has_it():
    read = {("server", SOMAXCONN), ("client", SOMAXCONN)}
    older, newer = ({host: {SOMAXCONN: value} for host in ("server", "client")} for value in ("128", "4096"))
    (suspect,) = suspects(read, older, newer)
    assert (suspect.hosts, suspect.tried, suspect.source) == (("client", "server"), "128", None)


@pytest.mark.parametrize(
    ("older", "newer", "says"),
    [
        ({"x": "1"}, {"x": None}, "the newer kernel does not have it"),
        ({}, {"net.ipv4.tcp_unheard_of": "1"}, "nobody has written down"),
    ],
)
def test_what_cannot_be_tried_says_why(older, newer, says):
    name = next(iter(newer))
    (suspect,) = suspects({("client", name)}, {"client": older}, {"client": newer})
    assert suspect.tried is None
    assert says in suspect.source


@pytest.mark.parametrize("name", [listed.name for listed in spec.experiments()])
def test_the_value_that_means_as_before_is_known_of_every_setting_a_model_can_do_without(name):
    """A model that gives an answer though a sysctl is absent knows what that means; so must the table."""
    criteria, whole = study(name, NEW)
    for finding, read in settings_read(criteria, whole, {}).items():
        wanted = criteria.expectations.get(finding)
        for host, sysctl in read if wanted and wanted.kind == "model" else ():
            lacking = {each: dict(values) for each, values in whole.settings.items()}
            lacking[host][sysctl] = None
            answer = MODELS[wanted.value].function(Situation(whole.plan, whole.facts, lacking), wanted.arguments)
            assert isinstance(answer, NoModel) or sysctl in BEFORE or sysctl in EVERYWHERE, (finding, sysctl)
