from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.timers import USUAL_HZ, granule, lateness

HZ = st.sampled_from(USUAL_HZ)
SECONDS = st.floats(min_value=0, max_value=20_000)


# kernel/time/timer.c: LVL_START(n) = 63 << 3(n-1), LVL_GRAN(n) = 1 << 3n.
@pytest.mark.parametrize(
    ("jiffies", "late"),
    [(1, 1), (62, 1), (63, 8), (503, 8), (504, 64), (4031, 64), (4032, 512), (32255, 512), (32256, 4096)],
)
@pytest.mark.parametrize("hz", [100, 250, 1000])
def test_granule_is_that_of_the_wheel_level(jiffies, late, hz):
    assert granule(jiffies / hz, hz) == late / hz


def test_a_second_may_be_32_ms_late_at_hz_250():
    assert granule(1, 250) == pytest.approx(0.032)


def test_32_seconds_may_be_2_seconds_late_at_hz_250():
    assert granule(32, 250) == pytest.approx(2.048)


@given(SECONDS, SECONDS, HZ)
def test_longer_timers_are_never_more_exact(one, two, hz):
    assert granule(min(one, two), hz) <= granule(max(one, two), hz)


@given(SECONDS, HZ)
def test_granule_is_one_jiffy_or_an_eighth_of_the_interval(seconds, hz):
    # A level begins at 63/8 of its granule: that is what makes the wheel about 12.5 % exact.
    assert granule(seconds, hz) <= max(1 / hz, seconds * 8 / 63 + 1e-9)


@given(SECONDS)
def test_an_unknown_hz_allows_the_coarsest(seconds):
    assert all(granule(seconds, None) >= granule(seconds, hz) for hz in USUAL_HZ)


@given(st.lists(SECONDS, max_size=5), HZ)
def test_lateness_adds_up(intervals, hz):
    assert lateness(intervals, hz) == pytest.approx(sum(granule(interval, hz) for interval in intervals))
