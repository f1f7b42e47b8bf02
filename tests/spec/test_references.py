import pytest

from harness.errors import SpecError
from harness.spec import check, load_reference

BASE = """\
reference: mine
title: Mine
source: myself
system: Linux
claims:
  - experiment: backlog-overflow
    finding: connected
    says: a few get in
    at_least: 1
    place: here
  - experiment: backlog-overflow
    says: it is fun
    place: there
    uncheckable: nobody measures fun
"""


@pytest.fixture
def mistakes(tmp_path):
    def told(text: str) -> list[str]:
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return [f"{each.line}:{each.column}: {each.message}" for each in check([str(path)])]

    return told


def test_the_base_is_right(mistakes, tmp_path):
    assert mistakes(BASE) == []
    assert [claim.says for claim in load_reference(str(tmp_path / "mine.yaml")).claims] == [
        "a few get in",
        "it is fun",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("system: Linux\n", "", ["1:1: missing key 'system'"]),
        ("system: Linux", "systm: Linux", [
            "1:1: missing key 'system'",
            "4:1: unknown key 'systm'; did you mean 'system'?",
        ]),
        (
            "- experiment: backlog-overflow\n    finding",
            "- experiment: backlog-overflo\n    finding",
            ["6:17: no experiment named 'backlog-overflo'; did you mean 'backlog-overflow'?"],
        ),
        (
            "finding: connected",
            "finding: conected",
            ["7:14: experiment 'backlog-overflow' has no finding 'conected'; did you mean 'connected'?"],
        ),
        ("reference: mine", "refrence: mine", [
            "1:1: missing key 'reference'",
            "1:1: unknown key 'refrence'; did you mean 'reference'?",
        ]),
        ("at_least: 1", "at_least: 1\n    parameters: {backlog: 5}", []),
        ("at_least: 1", "at_least: 1\n    parameters: {backlogs: 5}", [
            "10:18: experiment 'backlog-overflow' has no parameter 'backlogs'; did you mean 'backlog'?",
        ]),
        ("at_least: 1", "at_least: 1\n    parameters: {backlog: [5]}", [
            "10:27: 'backlog' must be a single value, not a list",
        ]),
        ("at_least: 1", "at_leest: 1", [
            "9:5: unknown key 'at_leest'; did you mean 'at_least'?",
        ]),
        ("at_least: 1", "at_least: one", ["9:15: 'at_least' must be a number, not 'one'"]),
        ("    at_least: 1\n", "", [
            "6:5: a claim gives one of claim:, at_least: and at_most:, one_of: or uncheckable:",
        ]),
        ("at_least: 1", "at_least: 1\n    claim: 5", [
            "6:5: a claim gives one of claim:, at_least: and at_most:, one_of: or uncheckable:",
        ]),
        ("at_least: 1", "at_least: 1\n    at_most: 2", []),
        ("at_least: 1", "claim: null", []),
        ("at_least: 1", "claim: five", ["9:12: this finding takes count: a whole number, not 'five'"]),
        ("at_least: 1", "one_of: [5, six]", ["9:13: this finding takes count: a whole number, not 'six'"]),
        ("    finding: connected\n", "", ["6:5: missing key 'finding' (or uncheckable: with the reason)"]),
        ("says: it is fun", "says: it is fun\n    finding: connected", [
            "13:5: a claim with a finding is checkable; leave out uncheckable: or finding:",
        ]),
        ("place: there", "place: there\n    when: {kernel: old}", [
            "14:20: 'kernel' must be a kernel bound such as \">=6.8\" or \">=5.15,<6.13\", not 'old'",
        ]),
        ("place: there", "place: there\n    when: {kernl: old}", [
            "14:12: unknown key 'kernl'; did you mean 'kernel'?",
        ]),
        ("place: here\n  - experiment", "plac: here\n  - experiment", [
            "6:5: missing key 'place'",
            "10:5: unknown key 'plac'; did you mean 'place'?",
        ]),
    ],
)  # fmt: skip
def test_a_mistake(mistakes, old, new, expected):
    assert BASE.count(old) == 1
    assert mistakes(BASE.replace(old, new)) == expected


def test_claims_that_are_no_list(mistakes):
    head = BASE[: BASE.index("claims:")]
    assert mistakes(f"{head}claims: none\n") == ["5:9: 'claims' must be a list, not 'none'"]


def test_loading_raises_all_mistakes(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(BASE.replace("title", "titel").replace("system", "systm"))
    with pytest.raises(SpecError) as caught:
        load_reference(str(path))
    assert len(caught.value.mistakes) == 4
