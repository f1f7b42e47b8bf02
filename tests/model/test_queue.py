from __future__ import annotations

import pytest

from harness.model import MODELS, NoModel
from harness.runtime.plan import Step


def listen(backlog, number=1, label="door"):
    return Step(number, "server", "listen", label, {"port": 8000, "backlog": backlog})


def connect(count, number=2, label="visitor", **more):
    return Step(number, "client", "connect", label, {"to": "door", "count": count, **more})


def expected(situation, model="admitted", of="visitor"):
    result = MODELS[model].function(situation, {"of": of})
    assert not isinstance(result, NoModel), result
    return result


# net/socket.c, __sys_listen: the smaller one; Modules/socketmodule.c, sock_listen: a negative backlog is 0.
@pytest.mark.parametrize(
    ("backlog", "somaxconn", "limit"),
    [(5, "4096", 5), (5000, "4096", 4096), (128, "100", 100), (0, "4096", 0), (-1, "4096", 0)],
)
def test_limit(situation, backlog, somaxconn, limit):
    here = situation(listen(backlog), connect(1), settings={"net.core.somaxconn": somaxconn})
    assert expected(here, "accept_queue_limit", "door").matcher.to_json() == limit


def test_limit_says_why_with_this_hosts_numbers(situation):
    because = expected(situation(), "accept_queue_limit", "door").because
    assert because == "listen() limits the accept queue to min(backlog 5, net.core.somaxconn 4096) = 5"


def test_limit_without_the_sysctl_has_no_rule(situation):
    here = situation(settings={"net.core.somaxconn": None})
    result = MODELS["accept_queue_limit"].function(here, {"of": "door"})
    assert result == NoModel("net.core.somaxconn could not be read on server")


def test_the_last_listen_counts(situation):
    here = situation(listen(5), listen(9, number=2), connect(1, number=3))
    assert expected(here, "accept_queue_limit", "door").matcher.to_json() == 9


@pytest.mark.parametrize(
    ("backlog", "clients", "admitted"), [(5, 10, 6), (5, 6, 6), (5, 3, 3), (0, 10, 1), (1, 10, 2)]
)
def test_one_more_than_the_limit_is_admitted(situation, backlog, clients, admitted):
    assert expected(situation(listen(backlog), connect(clients))).matcher.to_json() == admitted


def test_admitted_says_why(situation):
    assert expected(situation()).because == (
        "min(backlog 5, net.core.somaxconn 4096) + 1 = 6 connections fit in the accept queue; "
        "later SYNs are dropped in silence"
    )


def test_several_cpus_may_fill_one_slot_more(situation):
    matcher = expected(situation(listen(5), connect(10, at_once=True))).matcher
    assert [count for count in range(12) if matcher.matches(count)] == [6, 7]


def test_several_cpus_cannot_admit_more_than_there_are(situation):
    assert expected(situation(listen(5), connect(6, at_once=True))).matcher.to_json() == 6


def test_earlier_clients_come_first(situation):
    steps = (listen(5), connect(4, number=2, label="early"), connect(10, number=3))
    here = situation(*steps)
    assert expected(here, of="early").matcher.to_json() == 4
    assert expected(here).matcher.to_json() == 2


def test_a_host_and_a_port_name_a_listener_too(situation):
    step = Step(2, "client", "connect", "visitor", {"to": "server", "port": 8000, "count": 9})
    assert expected(situation(listen(5), step)).matcher.to_json() == 6


# Commit 3479c7549fb1 (6.13; some stable branches): before it a SYN queue of limit 0 is always full.
@pytest.mark.parametrize(
    ("kernel", "cookies", "outcomes"),
    [("6.12.57", "0", [0, 1]), ("5.10.0-36-amd64", None, [0, 1]), ("6.12.57", "1", [1]), ("6.13.0", "0", [1])],
)
def test_a_limit_of_zero_without_syncookies(situation, kernel, cookies, outcomes):
    here = situation(
        listen(0), connect(5), settings={"net.ipv4.tcp_syncookies": cookies}, facts={"kernel": kernel}
    )
    matcher = expected(here).matcher
    assert [count for count in range(5) if matcher.matches(count)] == outcomes


@pytest.mark.parametrize(
    "step",
    [
        Step(3, "server", "accept", "served", {"from": "door"}),
        Step(3, "server", "filter", None, {"on": "door", "drop": "all"}),
        Step(3, "client", "close", None, {"on": "visitor"}),
        Step(3, "client", "option", None, {"on": "visitor", "name": "TCP_SYNCNT", "value": 3}),
    ],
    ids=lambda step: step.verb,
)
@pytest.mark.parametrize("model", ["admitted", "connect_timeout", "syn_schedule", "dropped_syns"])
def test_no_rule_where_the_plan_changes_what_clients_meet(situation, step, model):
    result = MODELS[model].function(situation(listen(5), connect(10), step), {"of": "visitor"})
    assert isinstance(result, NoModel)
    assert "no rule is known" in result.reason


def test_a_non_blocking_connect_has_no_rule(situation):
    result = MODELS["admitted"].function(situation(listen(5), connect(10, blocking=False)), {"of": "visitor"})
    assert isinstance(result, NoModel)


def test_nothing_listening_has_no_rule(situation):
    bind = Step(1, "server", "bind", "door", {"port": 8000})
    result = MODELS["admitted"].function(situation(bind, connect(1)), {"of": "visitor"})
    assert result == NoModel("'visitor' connects to 'door', where nothing listens")


GVISOR = {"facts": {"stack": "gvisor", "kernel": "4.4.0"}, "settings": {"net.core.somaxconn": None}}


# gVisor caps backlog at 1024 and has room for one more; whose SYN comes before that is full is answered too. Its
# sysctls do not matter, and the release it names is not Linux's.
@pytest.mark.parametrize(
    ("backlog", "clients", "admitted"),
    [(5, 10, {"at_least": 6, "at_most": 10}), (5000, 2000, {"at_least": 1025, "at_most": 2000}), (5, 6, 6)],
)
def test_gvisor(situation, backlog, clients, admitted):
    assert expected(situation(listen(backlog), connect(clients), **GVISOR)).matcher.to_json() == admitted


def wait(number, label):
    return Step(number, None, "wait", None, {"until": "settled", "of": label})


def test_gvisor_answers_nobody_once_its_queue_is_full(situation):
    steps = (listen(5), connect(6, label="prompt"), wait(3, "prompt"), connect(4, number=4))
    assert expected(situation(*steps, **GVISOR)).matcher.to_json() == 0


def test_gvisor_may_answer_those_who_come_with_the_ones_that_fill_its_queue(situation):
    steps = (listen(5), connect(6, label="prompt"), connect(4, number=3))
    assert expected(situation(*steps, **GVISOR)).matcher.to_json() == {"at_least": 0, "at_most": 4}


def test_an_unknown_stack_has_no_rule(situation):
    result = MODELS["admitted"].function(situation(facts={"stack": "lwip"}), {"of": "visitor"})
    assert result == NoModel("no rule is known for the lwip stack")


def test_a_label_is_needed(situation):
    assert isinstance(MODELS["admitted"].function(situation(), {"of": 5}), NoModel)
    assert isinstance(MODELS["admitted"].function(situation(), {"of": "nobody"}), NoModel)


def test_a_kernel_before_4_10_has_no_rule(situation):
    result = MODELS["admitted"].function(situation(facts={"kernel": "3.10.0-1160.el7"}), {"of": "visitor"})
    assert isinstance(result, NoModel)
