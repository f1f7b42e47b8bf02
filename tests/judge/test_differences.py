from __future__ import annotations

import pytest

from harness.judge.differences import differ
from harness.model.timers import SLACK
from harness.result import FindingResult, Verdict

SEVEN = {"nominal": 7.0, "at_least": 7.0, "at_most": 7.3}
THREE = {"at_least": 3.0, "at_most": 3.2}


def found(value, expected=None, verdict=Verdict.PASS, **more):
    values = {"unit": "s" if isinstance(value, float) else "", "witnesses": {"calls": value}}
    return FindingResult(value=value, expected=expected, verdict=verdict, **{**values, **more})


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (found(6, 6), found(6, 6), False),
        (found(6, 6), found(5, 5), True),
        (found("ETIMEDOUT", "ETIMEDOUT"), found("ECONNREFUSED", "ECONNREFUSED"), True),
        (found(["SYN", "ACK"], ["SYN", "ACK"]), found(["SYN"], ["SYN"]), True),
        (found(None), found(None), False),
        (found(None), found("EPIPE"), True),
    ],
)
def test_values_differ_unless_they_are_equal(left, right, expected):
    assert differ(left, right) is expected


def test_durations_within_the_same_bounds_are_one_timer_seen_twice():
    assert differ(found(7.03, SEVEN), found(7.28, SEVEN)) is False


def test_the_bounds_of_either_run_will_do():
    # A kernel with a coarser clock allows more: both values fit its bounds.
    assert differ(found(3.01, THREE), found(3.25, {"at_least": 3.0, "at_most": 3.6})) is False


def test_durations_of_different_timers_differ():
    assert differ(found(7.03, SEVEN), found(3.05, THREE)) is True


def test_a_value_outside_its_bounds_differs_from_one_inside():
    assert differ(found(7.03, SEVEN), found(9.0, SEVEN, Verdict.FAIL)) is True


def test_a_reading_may_be_a_millisecond_early():
    assert differ(found(6.9995, SEVEN), found(7.1, SEVEN)) is False


def test_a_whole_group_must_fit():
    wide = found(7.03, SEVEN, spread=[7.03, 9.5], members=4)
    assert differ(wide, found(7.1, SEVEN, spread=[7.05, 7.2], members=4)) is True
    assert differ(found(7.03, SEVEN, spread=[7.03, 7.2]), found(7.1, SEVEN, spread=[7.05, 7.2])) is False


TIMES = [{"at_least": 0.0, "at_most": 0.05}, {"at_least": 1.0, "at_most": 1.08}]


def test_each_moment_has_its_own_bounds():
    first = found([0.0, 1.01], TIMES, unit="s")
    assert differ(first, found([0.0, 1.05], TIMES, unit="s")) is False
    assert differ(first, found([0.0, 1.01, 2.02], [*TIMES, {"at_least": 2.0, "at_most": 2.1}], unit="s")) is True


def test_one_of_several_moments_must_hold_both():
    moments = {"one_of": [{"at_least": 1.0, "at_most": 1.1}, {"at_least": 3.0, "at_most": 3.2}]}
    assert differ(found(1.01, moments), found(1.09, moments)) is False
    assert differ(found(1.01, moments), found(3.1, moments)) is True


def test_of_alternatives_each_is_a_value_of_its_own():
    either = {"one_of": ["ECONNREFUSED", "ETIMEDOUT"]}
    assert differ(found("ECONNREFUSED", either), found("ETIMEDOUT", either)) is True


def test_a_port_within_its_range_is_any_port():
    ports = {"at_least": 32768, "at_most": 60999}
    assert differ(found(40001, ports), found(51234, ports)) is False


def test_durations_without_bounds_differ_by_more_than_a_timer_may_be_late():
    # At 250 Hz the wheel's granule is 4 ms below 252 ms, and 2.048 s for 32 s (kernel/time/timer.c).
    assert differ(found(0.0002, verdict=None), found(0.09, verdict=None), 250) is False
    assert differ(found(0.0002, verdict=None), found(0.2, verdict=None), 250) is True
    assert differ(found(32.1, verdict=None), found(33.9, verdict=None), 250) is False


def test_a_measured_duration_that_another_is_the_same_as_is_no_bound():
    assert differ(found(7.031, 7.031), found(7.028, 7.028), 1000) is False
    assert differ(found(7.031, 7.031), found(7.031 + 3 * SLACK, 7.0), 1000) is False
    assert differ(found(7.031, 7.031), found(9.0, 9.0), 1000) is True


@pytest.mark.parametrize(
    "doubtful",
    [
        found(6, 6, Verdict.UNKNOWN),
        found(None, 6, Verdict.SKIP, witnesses={}),
        found(6, verdict=None, reason="packets were lost"),
    ],
)
def test_what_is_in_doubt_or_was_not_seen_is_not_compared(doubtful):
    assert differ(doubtful, found(5, 5)) is None
    assert differ(found(5, 5), doubtful) is None
