from __future__ import annotations

import pytest

from harness.report.changes import changed
from harness.result import Change, Changes


def measured(value, unit="", spread=None, members=None):
    return {"value": value, "unit": unit, "spread": spread, "members": members}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([Change("verdict", "pass", "fail")], "x: fail, was pass"),
        ([Change("verdict", None, "skip"), Change("reason", None, "why")], "x: skip, was none"),
        ([Change("reason", "one", "two")], "x: because two, was one"),
        (
            [
                Change("measured", measured(1.5, "s"), measured(2.0, "s", [2.0, 2.5], 4)),
                Change("expected", {"expected": 1, "text": "1"}, {"expected": None, "text": ""}),
                Change("verdict", "pass", None),
            ],
            "x: none, was pass; measured 2 s (from 2 to 2.5) ×4, was 1.5 s; expected nothing said, was 1",
        ),
        ([Change("taken", {"on": None}, {"on": "client"})], "x: is taken otherwise: on client, was on none"),
        (
            [Change("rule", {}, {}), Change("witnesses", {}, {}), Change("evidence", [], [])],
            "x: other witnesses; other evidence; another rule",
        ),
        ([Change("there", False, True)], "x: is new"),
        ([Change("there", True, False)], "x: is no more"),
    ],
)
def test_a_findings_changes_in_words(changes, said):
    text = changed(Changes(findings={"x": tuple(changes)}), (), 100)
    assert " ".join(text.split()) == f"Changed {said}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([Change("agrees", True, False)], "does not agree, before: agrees"),
        ([Change("agrees", None, True), Change("claim", 5, 6)], "agrees, before: not checked; claims 6, was 5"),
        ([Change("claim", {"at_least": 1}, {"at_most": 2})], "claims ≤ 2, was ≥ 1"),
        ([Change("says", "a", "b"), Change("place", "c", "d")], "says otherwise; another place"),
        ([Change("there", True, False)], "is no more"),
    ],
)
def test_a_claims_changes_in_words(changes, said):
    text = changed(Changes(claims={"article-macos": {"connected": tuple(changes)}}), (), 100)
    assert " ".join(text.split()) == f"Changed article-macos of connected: {said}"


def test_nothing_changed_and_nothing_to_compare_with():
    assert changed(Changes(), (), 80) == "Stored   nothing has changed against the stored result\n"
    assert changed(None, ("there is no stored result",), 80) == "Note     there is no stored result\n"


def test_hostile_text_is_text():
    evil = "\x1b[2J\n\u202eevil"
    changes = Changes(
        (Change("reason", None, evil),),
        {evil: (Change("measured", measured("x"), measured(evil)),)},
        {evil: {evil: (Change("claim", None, evil),)}},
    )
    text = changed(changes, (evil,), 60)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.count("\\x1b") == 7
