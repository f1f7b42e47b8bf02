from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from harness.report.compare import render
from harness.report.compare_markdown import markdown
from harness.report.text import Style
from harness.result import FindingResult, HostFacts, RunResult, Verdict

PLAIN = Style(colours=False)


def run(verdict=Verdict.PASS, reason=None, folder="runs/1", kernel="6.12.57"):
    return RunResult(
        experiment="backlog-overflow", title="t", lab="docker", via=None, clock="real", family=4, mode="quick",
        parameters={}, image="debian", kernel=kernel, hosts={"server": HostFacts("debian", kernel=kernel)},
        verdict=verdict, reason=reason, seconds={}, folder=folder,
    )  # fmt: skip


@dataclass
class Column:
    name: str
    result: RunResult = field(default_factory=run)
    same_kernel_as: str | None = None
    short: str = ""


@dataclass
class Difference:
    name: str = "connected"
    cells: tuple = ()
    differs: bool | None = False
    odd: tuple = ()
    between_kernels: bool = False
    claims: dict = field(default_factory=dict)
    groups: tuple = ()
    packets: str = ""


@dataclass
class Comparison:
    columns: list
    findings: list
    experiment: str = "backlog-overflow"
    title: str = "More clients than the accept queue can hold"
    settings: dict = field(default_factory=dict)
    references: list = field(default_factory=list)
    causes: tuple = ()


def found(value, expected=None, verdict=Verdict.PASS, unit=""):
    wanted = value if expected is None else expected
    return FindingResult(value, unit, wanted, verdict, expected_text=str(wanted))


@pytest.fixture
def two():
    return Comparison(
        [Column("old", run(kernel="5.10.0"), short="5.10.0"), Column("new", short="6.12.57")],
        [
            Difference(
                "connected", (found(6), found(5, 6, Verdict.FAIL)), True, (1,), True, {"xnu": 5}, ((0,), (1,))
            ),
            Difference("seconds", (found(7.03, 7, unit="s"), found(7.05, 7, unit="s"))),
            Difference("rows", (found(1), None), None),
        ],
        references=["xnu"],
    )


def test_the_kernel_really_seen_stands_under_each_name(two):
    lines = render([two], 100, PLAIN).splitlines()
    assert lines[1] == "  old: Linux 5.10.0, docker lab, quick: pass, runs/1"
    assert lines[2] == "  new: Linux 6.12.57, docker lab, quick: pass, runs/1"
    heads = [line.split() for line in lines if line.startswith(("  finding", "  kernel"))]
    assert heads == [["finding", "old", "new"], ["kernel", "5.10.0", "6.12.57"]]


def test_differences_are_marked_and_counted(two):
    text = render([two], 100, PLAIN)
    lines = [line for line in text.splitlines() if line[2:].startswith(("connected", "seconds", "rows"))]
    assert [line[0] for line in lines] == ["≠", " ", "?"]
    assert lines[0].split() == ["≠", "connected", "6", "≠", "5", "(fail)"]
    assert lines[1].split() == ["seconds", "7.03", "s", "7.05", "s"]
    assert "1 of 3 findings differ; not to be compared: rows." in text
    assert "connected: 6 on 5.10.0; 5 on 6.12.57." in text


def test_what_is_expected_stands_below_unless_it_is_just_that(two):
    lines = [line.split() for line in render([two], 100, PLAIN).splitlines()]
    below = {line[0]: after for line, after in pairwise(lines) if line and not line[0].startswith("-")}
    assert below["≠"] == ["expected", "6,", "each"]
    assert below["seconds"] == ["expected", "7", "s,", "each"]
    two.findings = [Difference(cells=(found(6), found(6)))]
    assert "expected  " not in render([two], 100, PLAIN)


def test_where_one_run_alone_shows_anything_that_is_all_that_is_said(two):
    two.findings = [Difference("rows", (found(1), None), None), Difference("syns", (found(1), None), None)]
    text = " ".join(render([two], 100, PLAIN).split())
    assert text.endswith("Nothing can be compared: no finding was seen beyond doubt in two of the runs.")


def test_what_references_claim_stands_below(two):
    two.findings[0].claims = {"article-macos": 5, "freebsd": 8, "xnu": 5}
    lines = [line.split() for line in render([two], 100, PLAIN).splitlines()]
    assert ["claimed", "5", "(article-macos,", "xnu);", "8", "(freebsd)"] in lines


def test_one_kernel_under_two_names_is_told(two):
    two.columns[1].same_kernel_as = "old"
    text = " ".join(render([two], 100, PLAIN).split())
    assert "(same kernel as old)" in text
    assert "Same kernel: old, new. What differs between them is no difference between kernels." in text
    heads = render([two], 100, PLAIN)
    assert "(as old)" in heads.splitlines()[6]


def test_a_difference_within_one_kernel_is_told_by_image(two):
    two.columns[0].short = two.columns[1].short = "6.12.57"
    text = " ".join(render([two], 100, PLAIN).split())
    assert "connected: 6 on old; 5 on new (no kernel difference: 6.12.57 is one kernel)." in text


def test_what_is_expected_of_each_stands_below_it(two):
    two.findings = [Difference(cells=(found(6), found(3)), differs=True, odd=(1,), groups=((0,), (1,)))]
    lines = [line.split() for line in render([two], 100, PLAIN).splitlines()]
    assert lines[lines.index(["≠", "connected", "6", "≠", "3"]) + 1] == ["expected", "6", "3"]


def moments(*times, members=4):
    wanted = [{"at_least": float(int(each)), "at_most": each + 1} for each in times]
    return FindingResult(
        list(times), "s", wanted, Verdict.PASS, members=members, expected_text=", ".join(map(str, map(int, times)))
    )


SHORT = (0.0, 1.02, 3.03, 7.13, 15.32, 31.45, 64.47)
LONG = (0.0, 1.0, 2.03, 3.05, 4.08, 5.1, 7.12, 11.21, 19.4, 35.53, 68.56)


@pytest.fixture
def syns(two):
    two.findings = [
        Difference(
            "syn_times", (moments(*SHORT), moments(*LONG)), True, (1,), True, groups=((0,), (1,)), packets="SYN"
        )
    ]
    two.columns.append(Column("newest", short="7.3.4"))
    two.findings[0].cells = (*two.findings[0].cells, moments(*LONG))
    two.findings[0].groups = ((0,), (1, 2))
    return two


def test_a_list_that_no_column_holds_stands_below_with_its_numbers_in_columns(syns):
    lines = render([syns], 100, PLAIN).splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("≠ syn_times"))
    assert lines[row].split() == ["≠", "syn_times", "7", "SYNs", "≠", "11", "SYNs", "11", "SYNs"]
    assert lines[row + 1] == "    old           0.00  1.02  3.03  7.13  15.32  31.45  64.47 s ×4"
    assert lines[row + 2] == "    expected         0     1     3     7     15     31     64"
    assert [line.split()[0] for line in lines[row + 3 : row + 6]] == ["new", "newest", "expected"]


def test_moments_are_told_as_they_were_due(syns):
    text = " ".join(render([syns], 100, PLAIN).split())
    assert (
        "syn_times: 7 SYNs (0, 1, 3, 7, 15, 31, 64 s) on 5.10.0; 11 SYNs (0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 68 s)"
        " on 6.12.57 and 7.3.4." in text
    )


def test_what_was_not_asked_alike_is_told(two):
    two.settings = {"backlog": (5, 128), "server: net.core.somaxconn": (None, "100")}
    text = " ".join(render([two], 100, PLAIN).split())
    assert "Not asked alike: backlog (5, 128); server: net.core.somaxconn (\N{EN DASH}, 100)." in text


def test_a_run_that_did_not_pass_says_why(two):
    two.columns[1] = Column("new", run(Verdict.ERROR, "the box\ndied", None))
    assert "new error: the box died" in render([two], 100, PLAIN)


def test_many_columns_become_blocks():
    columns = [Column(f"image-{number}") for number in range(9)]
    cells = tuple(found(number) for number in range(9))
    wide = Comparison(columns, [Difference(cells=cells, differs=True, claims={"xnu": 5})])
    text = render([wide], 80, PLAIN)
    assert "    image-8: 8 (expected 8)" in text.splitlines()
    assert "    claimed: 5 (xnu)" in text.splitlines()


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("columns", [1, 2, 3, 12])
def test_no_line_is_wider_than_the_terminal(width, columns):
    many = Comparison(
        [Column(f"image-{number}", run(reason="r " * 90, verdict=Verdict.FAIL)) for number in range(columns)],
        [
            Difference(
                "connected", tuple(found("ETIMEDOUT " * 9) for _ in range(columns)), claims={"xnu": "5 " * 60}
            )
        ],
        references=["xnu"],
    )
    assert max(map(len, render([many], width, PLAIN).splitlines())) <= width


def test_nothing_foreign_steers_terminal_or_markdown(two):
    two.columns[0].name = "\x1b[31m<b>|"
    two.title = "\x1b]0;`x`\x07"
    two.findings[0].cells = (found("<i>\x9b|"), found("y"))
    text = render([two], 100, PLAIN)
    assert not {"\x1b", "\x07", "\x9b"} & set(text)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown([two]))
    assert "<b>" not in html
    assert "<i>" not in html


def test_markdown_has_every_column_and_reference(two):
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown([two]))
    pairs = list(zip(tokens[1:], tokens, strict=False))
    heads = [token.content for token, before in pairs if before.type == "th_open"]
    cells = [token.content for token, before in pairs if before.type == "td_open"]
    assert heads == ["", "finding", "old", "new", "claimed"]
    assert cells[:5] == ["", "kernel", "5.10.0", "6.12.57", ""]
    assert cells[5:10] == ["≠", "connected", "6", "≠ 5 (fail)", "5 (xnu)"]
    assert cells[10:15] == ["", "connected, expected", "6", "6", ""]
