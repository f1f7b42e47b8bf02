from __future__ import annotations

from dataclasses import replace

import pytest

from harness.evidence.evidence import gather
from harness.runtime.events import Call, Clock, Ended, Lost, Sampled, Started, Stepped
from harness.runtime.plan import Host, Plan, Step

MS = 1_000_000
PLAN = Plan(
    "x",
    {},
    "quick",
    4,
    (Host("server", "debian"),),
    (
        Step(1, "server", "listen", "door", {"port": 8000, "backlog": 5}),
        Step(2, None, "wait", None, {"until": "settled", "of": "door"}),
        Step(3, None, "wait", None, {"until": "settled", "of": "door"}, within=2.0),
    ),
    (),
    30.0,
)
STARTED = Started("server", 0, "observer"), Started("server", 0, "agent")
STEPPED = Stepped("server", 10 * MS, 1, "begun"), Stepped("", 900 * MS, 2, "done")
TOLD = Lost("server", 990 * MS, "packets", 0)
ENDED = Ended("server", 980 * MS, "agent", 0), Ended("server", 999 * MS, "observer", 0)
SOUND = [*STARTED, *STEPPED, TOLD, *ENDED]

SEEN = ("packets", "socket table", "counters")
TOUCHED = {"agent": (None, ("calls", *SEEN, "time")), "observer": ("server", SEEN)}
"""Where and what a process that ends early makes doubtful: an agent ends the experiment, everywhere."""


def doubts(*events, captures=None):
    return [(doubt.host, doubt.kinds, doubt.text) for doubt in gather(PLAN, events, captures or {}).doubts]


def without(*gone):
    return [event for event in SOUND if event not in gone]


def test_a_sound_run_has_none():
    assert doubts(*SOUND) == []


def test_a_run_that_never_began_has_none():
    assert doubts(*STARTED) == []


def test_lost_packets():
    found = doubts(*without(TOLD), Lost("server", 5, "packets", 12))
    assert found == [("server", ("packets",), "server: 12 packets were lost")]


def test_a_capture_that_died():
    found = doubts(*without(TOLD), Lost("server", 5, "packets", None, "tcpdump ended by itself (status -9)"))
    assert found == [
        ("server", ("packets",),
         "server: nobody can tell how many packets were lost (tcpdump ended by itself (status -9))"),
    ]  # fmt: skip


def test_a_statistic_that_was_never_read():
    ((host, kinds, text),) = doubts(*without(TOLD))
    assert (host, kinds) == ("server", ("packets",))
    assert "never read" in text


def test_lost_samples():
    assert doubts(*SOUND, Lost("server", 5, "samples", 3)) == [
        ("server", ("socket table",), "server: 3 samples were lost")
    ]


def test_a_torn_capture():
    assert doubts(*SOUND, captures={"server": b"\xd4\xc3\xb2\xa1"}) == [
        ("server", ("packets",), "server: the capture is not whole: it does not begin as a pcap file does")
    ]


@pytest.mark.parametrize(
    ("status", "log", "manner"),
    [
        (-9, "", "signal 9"),
        (1, "Traceback", "status 1"),
        (None, "did not finish in time\n", "did not finish in time"),
    ],
)
@pytest.mark.parametrize("process", TOUCHED)
def test_a_process_that_ended_early(process, status, log, manner):
    sound = [event for event in ENDED if event.process != process]
    found = doubts(*without(*ENDED), *sound, Ended("server", 500 * MS, process, status, log))
    assert found == [(*TOUCHED[process], f"server: the {process} ended early ({manner})")]


def test_a_run_that_was_cut_off():
    found = doubts(*without(*ENDED))
    assert [(where, kinds) for where, kinds, _ in found] == list(TOUCHED.values())
    assert all("cut off" in text for _, _, text in found)


def test_a_host_that_nobody_observed():
    found = doubts(*without(STARTED[0], TOLD, ENDED[1]))
    assert found == [("server", ("packets", "socket table", "counters"), "server: there was no observer")]


def test_a_late_sampler_touches_time_everywhere():
    late = [Sampled("server", at * MS, 1, late * MS) for at, late in ((500, 51), (600, 83), (700, 50))]
    found = doubts(*STARTED, STEPPED[0], *late, STEPPED[1], TOLD, *ENDED)
    assert found == [(None, ("time",), "server: a sampler woke 83 ms late: the machine was too busy to keep time")]


def test_a_sampler_that_was_late_before_or_after_the_steps_is_no_doubt():
    late = Sampled("server", 1, 1, 500 * MS)
    assert doubts(*STARTED, late, *STEPPED, late, TOLD, *ENDED) == []


def test_a_limit_that_passed_touches_the_calls_that_had_no_time():
    found = doubts(*SOUND, Stepped("", 30_000 * MS, 2, "late"))
    assert found == [("server", ("calls", "time"), "step 2 (wait) was cut off by the limit of 30 s")]


def test_a_limit_that_passed_touches_what_was_never_begun():
    """A call that nobody made is no call that failed."""
    more = (
        Step(4, "server", "accept", "taken", {"from": "door"}),
        Step(5, "server", "close", None, {"on": "door"}),
    )
    plan = replace(PLAN, steps=(*PLAN.steps, *more))
    late, begun = Stepped("", 30_000 * MS, 2, "late"), Stepped("server", 30_001 * MS, 4, "begun")
    found = gather(plan, [*SOUND, late, begun], {}).doubts
    assert [(doubt.host, doubt.kinds, doubt.text) for doubt in found[1:]] == [
        ("server", ("calls",), "step 5 (close) was never begun: the limit had passed")
    ]


def test_a_bound_of_the_steps_own_is_part_of_the_experiment():
    assert doubts(*SOUND, Stepped("", 2000 * MS, 3, "late")) == []


def test_a_jump_of_the_wall_clock():
    clocks = [Clock("server", at * MS, (at + ahead) * MS) for at, ahead in ((1, 0), (2, 5), (3, 3005))]
    assert doubts(*SOUND, *clocks) == [
        ("server", ("wall clock",), "server: the wall clock jumped by 3.000 s during the run")
    ]


def test_seconds_never_subtract_one_hosts_clock_from_anothers():
    call = Call("server", 70 * MS, 1, "door", 0, "listen", 20 * MS, "ok")
    elsewhere = Stepped("", 10**18, 2, "done")
    assert gather(PLAN, [*STARTED, call, elsewhere, *ENDED], {}).seconds == {"wall": 0.999, "experiment": 0.05}
