from __future__ import annotations

from harness.judge import predict
from harness.model import Expectation, NoModel
from harness.result import HostFacts

LINUX = {name: HostFacts("debian", "linux", "6.12.57", 250) for name in ("server", "client")}
HERE = {
    "net.core.somaxconn": "4096",
    "net.ipv4.tcp_syn_retries": "6",
    "net.ipv4.tcp_syn_linear_timeouts": "4",
}


def predicted(run, settings=None, facts=None):
    here = {"server": settings or HERE, "client": settings or HERE}
    found = predict(run.plan, run.criteria, facts or LINUX, here)
    return {name: each.matcher.text() if isinstance(each, Expectation) else each for name, each in found.items()}


def test_what_is_predicted_is_what_is_expected_later(story):
    run = story()
    later = {name: found.expected_text.partition(" (same")[0] for name, found in run.judge().findings.items()}
    assert predicted(run) == later


def test_the_plans_settings_beat_the_hosts(story):
    assert predicted(story(retries="1"))["overflow_seconds"] == "3.00 to 3.20"


def test_backlog_and_somaxconn(story):
    found = predicted(story(backlog=128, clients=300), {**HERE, "net.core.somaxconn": "100"})
    assert found["accept_queue_limit"] == "100"
    assert found["connected"] == found["accept_queue_peak"] == "101"
    assert found["listen_overflows"] == str((300 - 101) * 6)


def test_why_is_told_too(story):
    found = predict(story().plan, story().criteria, LINUX, {"server": HERE, "client": HERE})
    assert found["accept_queue_peak"].origin == "same as connected"
    assert found["accept_queue_peak"].because == found["connected"].because


def test_a_sysctl_that_the_kernel_lacks_stays_absent(story):
    found = predicted(story(), {**HERE, "net.ipv4.tcp_syn_retries": None})
    assert isinstance(found["syn_times"], NoModel)
    assert found["connected"] == "6"


def test_an_unknown_stack_predicts_what_it_can(story):
    found = predicted(story(), facts={name: HostFacts("x", "lwip") for name in LINUX})
    assert isinstance(found["connected"], NoModel)
    assert isinstance(found["accept_queue_peak"], NoModel)
    assert found["overflow_error"] == "ETIMEDOUT"


def test_what_refers_to_itself_or_to_nothing_is_not_predicted(story):
    run = story()
    run.experiment = {
        "expect": {
            "connected": {"same_as": "accept_queue_peak"},
            "listen_overflows": {"model": "admitted", "of": {"finding": "connected"}},
            "listen_drops": "gone",
        }
    }
    found = predicted(run)
    assert isinstance(found["connected"], NoModel)
    assert isinstance(found["accept_queue_peak"], NoModel)
    assert isinstance(found["listen_overflows"], NoModel)
    assert "listen_drops" not in found
