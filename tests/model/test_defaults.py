from __future__ import annotations

import pytest

from harness.model import longest, own_value, with_setting
from harness.model.defaults import patience
from harness.runtime.plan import Step

RETRIES = "net.ipv4.tcp_syn_retries"


def test_another_host_shows_the_kernels_own_value(situation):
    here = situation(settings={RETRIES: "5"}, client_sysctls={RETRIES: "2"})
    assert own_value(here, RETRIES) == "5"


def test_where_every_host_sets_it_the_documented_default_holds(situation):
    assert own_value(situation(settings={RETRIES: None}, client_sysctls={RETRIES: "2"}), RETRIES) == "6"
    assert own_value(situation(), "net.ipv4.no_such_thing") is None


def test_with_setting_changes_only_hosts_whose_plan_sets_it(situation):
    here = situation(client_sysctls={RETRIES: "2"})
    there = with_setting(here, RETRIES, "6")
    assert there.settings["client"][RETRIES] == "6"
    assert here.settings["client"][RETRIES] == "2"
    assert there.settings["server"] == here.settings["server"]


def test_patience_is_nominal(situation):
    here = situation(client_sysctls={RETRIES: "2"})
    assert patience(here) == 7
    assert patience(with_setting(here, RETRIES, "6")) == 131


def test_longest_allows_for_late_timers(situation):
    # Six timers of at most 2 s: 32 ms each at HZ 250.
    assert longest(situation(client_sysctls={RETRIES: "2"})) == pytest.approx(7 + 6 * 0.032)


def test_longest_is_zero_where_all_are_admitted(situation):
    listen = Step(1, "server", "listen", "door", {"port": 8000, "backlog": 50})
    connect = Step(2, "client", "connect", "visitor", {"to": "door", "count": 10})
    assert longest(situation(listen, connect)) == 0


def test_longest_is_unknown_without_a_rule(situation):
    assert longest(situation(facts={"stack": "lwip"})) is None
