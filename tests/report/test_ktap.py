import importlib.util
from pathlib import Path

import pytest

from harness.report.ktap import ktap
from harness.result import Verdict

found = importlib.util.spec_from_file_location("ktap_reader", Path(__file__).with_name("ktap_reader.py"))
ktap_reader = importlib.util.module_from_spec(found)
found.loader.exec_module(ktap_reader)
read = ktap_reader.read

# From the specification itself.
EXAMPLE = """\
KTAP version 1
1..2
  KTAP version 1
  1..2
    KTAP version 1
    1..2
    not ok 1 test_1
    ok 2 test_2
  not ok 1 test_3
  ok 2 test_4 # SKIP
not ok 1 example_test_1
ok 2 example_test_2
"""


def test_the_reader_reads_the_specifications_example():
    first, second = read(EXAMPLE)
    assert (first.ok, first.name, second.ok) == (False, "example_test_1", True)
    assert [(each.name, each.ok, each.directive) for each in first.subtests] == [
        ("test_3", False, None),
        ("test_4", True, "SKIP"),
    ]
    assert [each.ok for each in first.subtests[0].subtests] == [False, True]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("KTAP version 1\n1..2\n  ", "TAP version 14\n1..2\n  "),
        ("1..2\n  KTAP", "1..3\n  KTAP"),
        ("not ok 1 example_test_1", "ok 1 example_test_1"),
        ("ok 2 test_4 # SKIP", "ok 2 test_4 # ERROR why"),
        ("ok 2 example", "ok 3 example"),
        ("ok 2 example", "maybe 2 example"),
    ],
)
def test_the_reader_is_strict(old, new):
    assert old in EXAMPLE
    with pytest.raises(ValueError, match=r"\w"):
        read(EXAMPLE.replace(old, new))


def test_a_run_is_a_test_and_its_findings_are_subtests(make_run, finding):
    (case,) = read(ktap([make_run(findings={"connected": finding(6), "seen": finding(7, None)})]))
    assert (case.ok, case.name, case.directive) == (True, "full-queue on debian (netns)", None)
    assert [(each.name, each.ok) for each in case.subtests] == [("connected", True)]
    assert case.subtests[0].diagnostics[0] == "seen: 7 (nothing is expected of it)"
    assert "evidence: runs/some-run" in case.diagnostics


def test_a_fail_says_what_was_measured_and_expected(make_run, finding):
    bad = finding(5, "fail", expected=6, expected_text="6", because="min(5, 4096) + 1 = 6")
    (case,) = read(ktap([make_run("fail", findings={"connected": bad, "peak": finding(6)})]))
    assert (case.ok, case.directive) == (False, None)
    assert "connected: measured 5, expected 6" in case.diagnostics
    first, second = case.subtests
    assert (first.ok, second.ok) == (False, True)
    assert first.diagnostics == ["connected: measured 5, expected 6", "connected: min(5, 4096) + 1 = 6"]


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("skip", (True, "SKIP", "no socket table")),
        ("unknown", (False, "ERROR", "unknown: no socket table")),
        ("error", (False, "ERROR", "no socket table")),
    ],
)
def test_what_is_neither_pass_nor_fail_has_its_directive(make_run, finding, verdict, expected):
    odd = finding(None, verdict, reason="no socket table")
    (case,) = read(ktap([make_run(verdict, reason="no socket table", findings={"peak": odd})]))
    (sub,) = case.subtests
    assert (sub.ok, sub.directive, sub.said) == expected
    assert (case.ok, case.directive) == expected[:2]
    assert "no socket table" in case.said
    (case,) = read(ktap([make_run(verdict, reason="no socket table", findings={})]))
    assert (case.ok, case.directive, case.said, case.subtests) == (*expected, [])


def test_every_verdict_at_once_is_numbered(make_run):
    cases = read(ktap([make_run(verdict, reason="why", experiment=verdict, findings={}) for verdict in Verdict]))
    assert [case.number for case in cases] == [1, 2, 3, 4, 5]
    assert read(ktap([])) == []
