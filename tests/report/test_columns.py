from __future__ import annotations

import pytest

from harness.report.columns import row


def test_cells_stand_side_by_side():
    assert row(["one", "two", "three"], [5, 5, 5]) == ["one    two    three"]


def test_a_long_cell_goes_on_below_itself():
    assert row(["a b c", "x"], [3, 3]) == ["a b  x", "c"]
    assert row(["x", "a b c"], [3, 3]) == ["x    a b", "     c"]


def test_words_longer_than_their_column_are_cut():
    assert row(["abcdefgh", "x"], [4, 2]) == ["abcd  x", "efgh"]


def test_packet_flags_are_not_broken_at_hyphens():
    assert row(["a bound-not-listening b"], [20]) == ["a", "bound-not-listening", "b"]


@pytest.mark.parametrize("widths", [[1], [0]])
def test_a_column_without_room_still_shows_everything(widths):
    assert "".join(row(["abc"], widths)) == "abc"


def test_empty_cells_make_no_lines_of_their_own():
    assert row(["", ""], [3, 3]) == []
    assert row(["", "x"], [3, 3]) == ["     x"]
