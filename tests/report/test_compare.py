from __future__ import annotations

from dataclasses import dataclass, field

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


@dataclass
class Difference:
    name: str = "connected"
    cells: tuple = ()
    differs: bool | None = False
    odd: tuple = ()
    between_kernels: bool = False
    claims: dict = field(default_factory=dict)


@dataclass
class Comparison:
    columns: list
    findings: list
    experiment: str = "backlog-overflow"
    title: str = "More clients than the accept queue can hold"
    settings: dict = field(default_factory=dict)
    references: list = field(default_factory=list)


def found(value, expected=None, verdict=Verdict.PASS, unit=""):
    wanted = value if expected is None else expected
    return FindingResult(value, unit, wanted, verdict, expected_text=str(wanted))


@pytest.fixture
def two():
    return Comparison(
        [Column("old", run(kernel="5.10.0")), Column("new")],
        [
            Difference("connected", (found(6), found(5, 6, Verdict.FAIL)), True, (1,), True, {"xnu": 5}),
            Difference("seconds", (found(7.03, 7, unit="s"), found(7.05, 7, unit="s"))),
            Difference("rows", (found(1), None), None),
        ],
        references=["xnu"],
    )


def test_the_kernel_really_seen_stands_under_each_name(two):
    lines = render([two], 100, PLAIN).splitlines()
    assert lines[1] == "  old: Linux 5.10.0, docker lab, quick: pass, runs/1"
    assert lines[2] == "  new: Linux 6.12.57, docker lab, quick: pass, runs/1"


def test_differences_are_marked_and_counted(two):
    text = render([two], 100, PLAIN)
    lines = [line for line in text.splitlines() if line[2:].startswith(("connected", "seconds", "rows"))]
    assert [line[0] for line in lines] == ["≠", " ", "?"]
    assert lines[0].split() == ["≠", "connected", "6", "≠", "5", "(fail)", "6", "5"]
    assert lines[1].split() == ["seconds", "7.03", "s", "7.05", "s", "7", "s"]
    assert "1 of 3 findings differ: connected. Not to be compared: rows." in text


def test_one_kernel_under_two_names_is_told(two):
    two.columns[1].same_kernel_as = "old"
    two.findings[0].between_kernels = False
    text = " ".join(render([two], 100, PLAIN).split())
    assert "(same kernel as old)" in text
    assert "Same kernel: old, new. What differs between them is no difference between kernels." in text


def test_differences_between_kernels_are_told_apart(two):
    two.columns.append(Column("twin", same_kernel_as="new"))
    two.findings = [
        Difference("connected", (found(6), found(5), found(5)), True, (1, 2), True),
        Difference("rows", (found(1), found(1), found(2)), True, (2,)),
    ]
    text = render([two], 120, PLAIN)
    assert "2 of 2 findings differ: connected, rows. Between different kernels: connected." in text


def test_what_is_expected_of_each_stands_in_the_columns_order(two):
    two.findings = [Difference(cells=(found(6), found(3)), differs=True, odd=(1,))]
    assert "6 / 3" in render([two], 100, PLAIN)


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
    assert "    xnu says: 5" in text.splitlines()


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
    assert heads == ["", "finding", "old", "new", "expected", "xnu"]
    assert cells[:6] == ["≠", "connected", "6", "≠ 5 (fail)", "6", "5"]
