import pytest

from harness.evidence.clocks import ClockMap
from harness.evidence.evidence import gather
from harness.evidence.pauses import pauses
from harness.runtime.events import Call, Clock, Stepped
from harness.runtime.plan import Host, Plan, Step

MS = 1_000_000
PLAN = Plan(
    "x",
    {},
    "quick",
    4,
    (Host("server", "debian"), Host("client", "debian")),
    (
        Step(1, "server", "listen", "door", {"port": 8000, "backlog": 1}),
        Step(2, "client", "connect", "visitor", {"to": "door"}),
        Step(3, None, "wait", None, {"for": 0.9}),
        Step(4, "server", "accept", "slot", {"from": "door"}),
    ),
    (),
    30.0,
)
ONE = dict.fromkeys(("", "server", "client"), ClockMap(((0, 1000),)))
OWN = ClockMap(((0, 1000 * MS),))


def events(wait=0, overslept=0, accept=0):
    """A run in which each of these came so many milliseconds too late."""
    begun = 20 + wait
    done = begun + 900 + overslept
    accepted = done + accept
    return [
        Stepped("server", 10 * MS, 1, "begun"),
        Stepped("client", 20 * MS, 2, "begun"),
        Stepped("", begun * MS, 3, "begun"),
        Stepped("", done * MS, 3, "done"),
        Call("server", accepted * MS, 4, "slot", 0, "accept", accepted * MS, "ok"),
        Stepped("server", accepted * MS, 4, "begun"),
    ]


def found(clocks=None, **late):
    return [
        (step.number, following.number, nanoseconds // MS)
        for step, following, nanoseconds in pauses(PLAN, events(**late), ONE if clocks is None else clocks)
    ]


def test_a_plan_that_went_on_at_once_has_no_pause():
    assert found() == [(2, 3, 0), (3, 4, 0)]


def test_a_wait_that_began_late_or_ended_late():
    assert found(wait=30, overslept=70) == [(2, 3, 100), (3, 4, 0)]


def test_a_step_that_began_late_after_a_wait():
    assert found(accept=60) == [(2, 3, 0), (3, 4, 60)]


@pytest.mark.parametrize("host", ["", "client"])
def test_a_host_or_a_conductor_with_a_clock_of_its_own_tells_nothing(host):
    assert found(clocks={**ONE, host: OWN}, accept=60) == []


def test_a_conductor_whose_clock_is_not_known_tells_nothing():
    assert found(clocks={name: clock for name, clock in ONE.items() if name}, accept=60) == []


def doubts(**late):
    clocks = [Clock(host, 0, 1000, "agent") for host in ("", "server", "client")]
    made = gather(PLAN, [*clocks, *events(**late)], {}).doubts
    return [doubt.text for doubt in made if doubt.touches("client", "order")]


def test_what_rests_on_the_order_of_steps_is_in_doubt():
    assert doubts(accept=60) == [
        "step 4 (accept) was 60 ms late after step 3: the machine was too busy to keep time"
    ]


def test_less_than_a_sampler_may_be_late_is_no_doubt():
    assert doubts(accept=40) == []
