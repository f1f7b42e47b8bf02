import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.html.plot import Frame, area, steps, ticks


@pytest.mark.parametrize(
    ("first", "last", "most", "found"),
    [
        (0, 7.1, 8, [0, 1, 2, 3, 4, 5, 6, 7]),
        (0, 7.1, 4, [0, 2, 4, 6]),
        (0, 134, 6, [0, 50, 100]),
        (0, 0.38, 10, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35]),
        (3, 3, 4, [3]),
    ],
)
def test_ticks_are_round(first, last, most, found):
    assert ticks(first, last, most) == found


def test_a_small_count_has_whole_ticks_only():
    assert ticks(0, 1.12, 4, whole=True) == [0, 1]


@given(st.floats(0, 1e3), st.floats(1e-3, 1e6), st.integers(1, 12))
def test_there_are_never_too_many_and_none_lies_outside(first, length, most):
    found = ticks(first, first + length, most)
    assert len(found) <= most + 1
    assert all(first - 1e-6 * length <= value <= first + length * (1 + 1e-6) for value in found)


def frame():
    return Frame(left=10, top=0, width=100, height=50, first=0.0, last=10.0, most=5)


def test_a_number_holds_until_it_changes():
    assert 'd="M10 50H60V0H110"' in str(steps([(0.0, 0), (5.0, 5)], frame(), "stroke"))
    assert 'd="M10 50H60V0H110V50H10Z"' in str(area([(0.0, 0), (5.0, 5)], frame(), "fill"))


def test_what_was_before_the_first_call_stands_on_the_edge():
    assert frame().x(-3) == 10
    assert frame().x(11) == 110


def test_nothing_makes_no_line():
    assert steps([], frame(), "stroke") is None
    assert area([], frame(), "fill") is None
