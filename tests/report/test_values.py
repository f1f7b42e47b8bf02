import pytest

from harness.report.values import expected, measured, plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (6, "6"),
        (3.0, "3"),
        (3.0499, "3.05"),
        (0.0001, "0"),
        ([0.0, 1.019694, 2.5], "0, 1.02, 2.5"),
        (["SYN", "SYN,ACK"], "SYN, SYN,ACK"),
        ("ETIMEDOUT", "ETIMEDOUT"),
    ],
)
def test_values_are_short(value, text):
    assert plain(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5, "connections", "5"),
        (None, "", "nothing"),
        ({"at_least": 75, "at_most": 76}, "s", "75 to 76 s"),
        ({"at_least": 2}, "", "≥ 2"),
        ({"at_most": 11}, "", "≤ 11"),
        ({"one_of": ["ETIMEDOUT", None]}, "", "ETIMEDOUT or nothing"),
        ({"either": [0, {"at_least": 3, "at_most": 4}]}, "s", "0 or 3 to 4 s"),
    ],
)
def test_what_is_claimed_reads_like_what_is_measured(value, unit, text):
    assert expected(value, unit) == text


def test_a_group_shows_its_spread_only_where_its_members_differ(finding):
    same = finding(3.05, unit="s", spread=[3.0501, 3.0502], members=4)
    assert measured(same) == "3.05 s ×4"
    assert measured(finding(3.05, unit="s", spread=[3.05, 3.08], members=4)) == "3.05 to 3.08 s ×4"


def test_nothing_has_no_unit_and_no_size(finding):
    assert measured(finding(None, unit="s", members=4)) == "–"


def test_a_spread_without_order_is_not_shown(finding):
    assert measured(finding("EPIPE", spread=["ECONNRESET", "EPIPE"], members=2)) == "EPIPE ×2"
