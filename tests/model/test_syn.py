from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import MODELS, NoModel
from harness.model.syn import SynRules, simulate
from harness.runtime.plan import Step

LISTEN = Step(1, "server", "listen", "door", {"port": 8000, "backlog": 5})


def expected(situation, model):
    result = MODELS[model].function(situation, {"of": "visitor"})
    assert not isinstance(result, NoModel), result
    return result


# Read in net/ipv4/tcp_timer.c and measured on 5.10, 6.1, 6.12 and 6.18 (docs/models.md names the functions).
SCHEDULES = [
    (6, 0, [0, 1, 3, 7, 15, 31, 63], 127),
    (6, 4, [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67], 131),
    (1, 0, [0, 1], 3),
    (1, 4, [0, 1, 2], 3),
    (2, 0, [0, 1, 3], 7),
    (2, 4, [0, 1, 2, 3, 4, 5], 7),
]


@pytest.mark.parametrize(("retries", "linear", "sends", "end"), SCHEDULES)
def test_schedule(retries, linear, sends, end):
    found = simulate(SynRules(retries, linear))
    assert list(found.sends) == sends
    assert found.end == end


def test_the_longest_rto_bounds_every_interval():
    # net.ipv4.tcp_rto_max_ms=2000: the doubling stops at 2 s, and tcp_model_timeout is 3 s + 5 x 2 s.
    found = simulate(SynRules(6, 0, rto_max=2.0))
    assert found.intervals == (1, 2, 2, 2, 2, 2, 2)
    assert found.end == 13


@pytest.mark.parametrize(
    ("retries", "rto_max", "patience"), [(1, 120, 3), (6, 120, 127), (7, 120, 247), (8, 120, 367), (6, 1, 7)]
)
def test_patience_is_tcp_model_timeout(retries, rto_max, patience):
    # ilog2(120 s / 1 s) = 6: up to there 2^(retries+1) - 1, then rto_max more for each retry.
    assert SynRules(retries, 0, rto_max).patience == patience


@given(st.integers(1, 20), st.integers(0, 20), st.sampled_from([1.0, 2.0, 30.0, 120.0]))
def test_a_schedule_grows_and_ends_after_its_last_syn(retries, linear, rto_max):
    found = simulate(SynRules(retries, linear, rto_max))
    assert list(found.sends) == sorted(set(found.sends))
    assert found.end > found.sends[-1]
    assert 2 <= len(found.sends) <= retries + linear + 1
    assert sum(found.intervals) == found.end
    assert max(found.intervals) <= rto_max


@pytest.mark.parametrize(("retries", "linear", "sends", "end"), SCHEDULES)
def test_models_use_the_clients_settings(situation, retries, linear, sends, end):
    settings = {"net.ipv4.tcp_syn_linear_timeouts": str(linear)}
    here = situation(settings=settings, client_sysctls={"net.ipv4.tcp_syn_retries": str(retries)})
    assert expected(here, "syn_schedule").matcher.matches([float(moment) for moment in sends])
    assert expected(here, "connect_timeout").matcher.matches(float(end))
    assert not expected(here, "connect_timeout").matcher.matches(end - 0.01)


def test_a_kernel_without_linear_timeouts(situation):
    here = situation(settings={"net.ipv4.tcp_syn_linear_timeouts": None, "net.ipv4.tcp_syn_retries": "1"})
    found = expected(here, "syn_schedule")
    assert found.matcher.text() == "0, 1"
    assert found.because == (
        "tcp_syn_retries 1 on a kernel without tcp_syn_linear_timeouts: SYNs at 0, 1 s, then ETIMEDOUT at 3 s"
    )


def test_because_has_the_hosts_numbers(situation):
    here = situation(settings={"net.ipv4.tcp_syn_retries": "2"})
    because = "tcp_syn_retries 2 with tcp_syn_linear_timeouts 4: SYNs at 0, 1, 2, 3, 4, 5 s, then ETIMEDOUT at 7 s"
    assert expected(here, "syn_schedule").because == because
    assert expected(here, "connect_timeout").because == because


def test_each_timer_may_be_late_by_its_granule(situation):
    # HZ 250: timers of 1 s may be 32 ms late, the one of 2 s 32 ms (500 jiffies < 504); 50 ms of slack a point.
    here = situation(settings={"net.ipv4.tcp_syn_retries": "2"})
    times = expected(here, "syn_schedule").matcher
    assert times.matches([0, 1.08, 2.11, 3.14, 4.17, 5.2])
    assert not times.matches([0, 1.09, 2.11, 3.14, 4.17, 5.2])
    assert not times.matches([0, 0.99, 2.11, 3.14, 4.17, 5.2])
    assert not times.matches([0, 1.08, 2.11, 3.14, 4.17])
    seconds = expected(here, "connect_timeout").matcher
    assert seconds.matches(7 + 6 * 0.032 + 0.099)
    assert not seconds.matches(7 + 6 * 0.032 + 0.101)


def test_nobody_refused_expects_nothing(situation):
    here = situation(LISTEN, Step(2, "client", "connect", "visitor", {"to": "door", "count": 6}))
    for model in ("connect_timeout", "syn_schedule"):
        assert expected(here, model).matcher.matches(None)
        assert not expected(here, model).matcher.matches(7.0)
    assert expected(here, "dropped_syns").matcher.to_json() == 0
    assert expected(here, "dropped_syns").because.endswith("so all 6 are admitted")


def test_a_race_for_the_last_slot_leaves_both_open(situation):
    here = situation(LISTEN, Step(2, "client", "connect", "visitor", {"to": "door", "count": 7, "at_once": True}))
    seconds = expected(here, "connect_timeout").matcher
    assert seconds.matches(None)
    assert seconds.matches(131.5)
    assert not seconds.matches(100.0)


def test_dropped_syns_are_all_syns_of_the_refused(situation):
    found = expected(situation(settings={"net.ipv4.tcp_syn_retries": "2"}), "dropped_syns")
    assert found.matcher.to_json() == 24  # 4 refused clients, 6 SYNs each
    assert found.because == "4 refused clients, 6 SYNs each: 24 SYNs meet a full queue"


def test_a_missing_setting_has_no_rule(situation):
    result = MODELS["connect_timeout"].function(
        situation(settings={"net.ipv4.tcp_syn_retries": None}), {"of": "visitor"}
    )
    assert result == NoModel("net.ipv4.tcp_syn_retries could not be read on client")


def test_gvisor_always_retransmits_six_times(situation):
    here = situation(facts={"stack": "gvisor"}, client_sysctls={"net.ipv4.tcp_syn_retries": "1"})
    assert expected(here, "syn_schedule").matcher.matches([0, 1, 3, 7, 15, 31, 63])
    assert expected(here, "connect_timeout").matcher.matches(127.05)
    assert isinstance(MODELS["dropped_syns"].function(here, {"of": "visitor"}), NoModel)
