from __future__ import annotations

from harness.criteria import When
from harness.runtime.events import Lost


def claims(run, *made):
    run.claims = made
    return run.judge().claims["article"]


def test_a_claim_stands_beside_what_was_measured(story, claim):
    found = claims(
        story(),
        claim("connected", 5, differs="Linux tests with >"),
        claim("overflow_error", "ETIMEDOUT"),
        claim("answers_to_overflow", 0),
    )
    assert {name: (each.claim, each.agrees) for name, each in found.items()} == {
        "connected": (5, False),
        "overflow_error": ("ETIMEDOUT", True),
        "answers_to_overflow": (0, True),
    }
    assert found["connected"].differs == "Linux tests with >"
    assert found["connected"].says == "it says 5"


def test_a_claim_that_nothing_can_check_is_told_with_the_reason(story, claim):
    found = claims(story(), claim(None, uncheckable="nobody accepts"), claim(None, uncheckable="nor sends"))
    assert [(name, each.agrees, each.differs) for name, each in found.items()] == [
        ("uncheckable 1", None, "nobody accepts"),
        ("uncheckable 2", None, "nor sends"),
    ]


def test_a_second_claim_about_one_finding_has_its_own_place(story, claim):
    found = claims(story(), claim("connected", 5), claim("connected", {"at_most": 6}))
    assert {name: each.agrees for name, each in found.items()} == {"connected": False, "connected (2)": True}


def test_where_nothing_was_measured_a_claim_is_not_checked(story, claim):
    assert claims(story(backlog=50), claim("overflow_error", "ETIMEDOUT"))["overflow_error"].agrees is None


def test_a_doubtful_finding_checks_no_claim(story, claim):
    run = story()
    run.change(Lost, {"count": 3}, host="server")
    assert claims(run, claim("answers_to_overflow", 0))["answers_to_overflow"].agrees is None


def test_a_claim_about_other_kernels_is_not_checked_here(story, claim):
    old, new = When("linux", "<4.10"), When("linux", ">=4.10")
    found = claims(story(), claim("connected", 5, when=old), claim("connected", 6, when=new))
    assert [each.agrees for each in found.values()] == [None, True]


def test_a_claim_holds_only_if_every_member_agrees(story, claim):
    run = story()
    call = run.call(8, run.began(8) + 7_100_000_000, "failed", "ETIMEDOUT")
    run.change(type(call), {"mono": call.mono}, index=8)
    assert claims(run, claim("overflow_seconds", {"at_most": 7.08}))["overflow_seconds"].agrees is False
