from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Between, Duration, Either, Equal, Nothing, OneOf, Times

MATCHERS = [
    Equal(6),
    Equal("ETIMEDOUT"),
    Equal((1, 2)),
    Between(1, 2),
    Between(None, 2),
    Between(1, None),
    OneOf((0, "x")),
    Nothing(),
    Duration(7, 0.2, 0.05),
    Times((0, 1), (0, 0.032), 0.05),
    Either((Nothing(), Equal(1))),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@pytest.mark.parametrize("matcher", MATCHERS, ids=repr)
@given(value=VALUES)
def test_never_raises_whatever_the_value(matcher, value):
    assert matcher.matches(value) in (True, False)


@pytest.mark.parametrize("matcher", MATCHERS, ids=repr)
def test_is_plain_json_and_a_short_text(matcher):
    assert json.loads(json.dumps(matcher.to_json())) == matcher.to_json()
    assert 0 < len(matcher.text()) < 40


@pytest.mark.parametrize(
    ("matcher", "right", "wrong"),
    [
        (Equal(6), [6], [5, None, "6", [6]]),
        (Equal([0, 1]), [[0, 1], (0, 1)], [[0], 0]),
        (Between(1, 2), [1, 1.5, 2], [0.9, 2.1, None, True, "1"]),
        (Between(None, 2), [-5, 2], [3]),
        (Between(1, None), [1, 99], [0]),
        (OneOf((0, 1)), [0, 1], [2, None]),
        (Nothing(), [None], [0, "", []]),
        (Duration(7.0, 0.2, 0.05), [7.0, 6.9995, 7.3], [6.99, 7.301, None]),
        (Times((0.0, 1.0), (0.0, 0.032), 0.05), [[0, 1], [0.05, 1.082]], [[0, 1.083], [0], [0, 1, 2], 0, None]),
        (Either((Nothing(), Equal(1))), [None, 1], [0]),
    ],
)
def test_matches(matcher, right, wrong):
    assert all(matcher.matches(value) for value in right)
    assert not any(matcher.matches(value) for value in wrong)


def test_texts_are_for_people():
    assert Duration(7.0, 0.192, 0.05).text() == "7.00 to 7.29"
    assert Times((0.0, 1.0, 3.0), (0.0, 0.0, 0.0), 0.05).text() == "0, 1, 3"
    assert Between(6, 7).text() == "6 to 7"
    assert OneOf(("ETIMEDOUT", "ECONNREFUSED")).text() == "ETIMEDOUT or ECONNREFUSED"
    assert Nothing().text() == "nothing"
