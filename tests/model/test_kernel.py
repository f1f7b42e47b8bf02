from __future__ import annotations

import pytest

from harness.model.kernel import bound_is_valid, release, satisfies


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("6.1.0-18-amd64", (6, 1, 0)), ("6.18.44", (6, 18, 44)), ("7.3-rc1", (7, 3)), ("", ()), ("x", ())],
)
def test_release(text, numbers):
    assert release(text) == numbers


@pytest.mark.parametrize(
    ("kernel", "bound", "there"),
    [
        ("6.8.0", ">=6.8", True),
        ("6.7.12", ">=6.8", False),
        ("6.10.1", ">=6.8", True),  # numbers, not text
        ("6.8.12", ">6.8", False),
        ("6.8.12", "==6.8", True),
        ("6.8", ">=6.8.1", False),
        ("5.15.100", ">=5.15,<6.13", True),
        ("6.13.0", ">=5.15,<6.13", False),
        ("", ">=1.0", False),
        ("6.8", "about 6.8", False),
    ],
)
def test_satisfies(kernel, bound, there):
    assert satisfies(kernel, bound) is there


@pytest.mark.parametrize(
    ("bound", "valid"), [(">=6.8", True), (">=5.15, <6.13", True), ("6.8", False), ("", False)]
)
def test_bound_is_valid(bound, valid):
    assert bound_is_valid(bound) is valid
