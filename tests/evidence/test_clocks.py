from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.clocks import STEP, ClockMap
from harness.runtime.events import Clock

BOOT = 1_700_000_000_000_000_000


def pairs(*moments):
    return ClockMap.of(Clock("client", mono, wall) for mono, wall in moments)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**12), min_size=1, max_size=5))
def test_where_nobody_sets_the_clock_the_map_is_exact(mono, moments):
    clock = pairs(*((moment, moment + BOOT) for moment in moments))
    assert clock.mono(mono + BOOT) == mono
    assert clock.jump == 0


def test_the_nearest_pair_counts():
    # The wall clock was set 1000 s ahead between the pairs.
    clock = pairs((0, BOOT), (10_000, BOOT + 10_000 + 10**12))
    assert clock.mono(BOOT + 5) == 5
    assert clock.mono(BOOT + 10**12 + 9_000) == 9_000


def test_a_jump_is_the_greatest_change_in_either_direction():
    assert pairs((0, BOOT), (5, BOOT + 5), (10, BOOT + 10 - 3 * STEP)).jump == 3 * STEP


def test_without_a_pair_nothing_can_be_placed():
    assert pairs().mono(BOOT) is None
    assert pairs().jump == 0
