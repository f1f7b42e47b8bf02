from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from harness.report.run_markdown import markdown
from harness.result import ClaimResult


@pytest.fixture(scope="module")
def github():
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def headings(tokens):
    return [after.content for before, after in pairwise(tokens) if before.type == "heading_open"]


def rows(tokens):
    """The rows of every table, as source text of cells."""
    found = []
    for before, after in pairwise(tokens):
        if before.type == "tr_open":
            found.append([])
        elif before.type in {"td_open", "th_open"}:
            found[-1].append(after.content)
    return found


def items(tokens):
    return [tokens[number + 2].content for number, token in enumerate(tokens) if token.type == "list_item_open"]


def test_one_run_is_one_section(github, make_run, finding):
    late = finding(7.137, unit="s", expected={"at_least": 7}, expected_text="7 to 7.29", witnesses={"calls": 7.1})
    run = make_run(
        findings={"seconds": late, "seen": finding(3, None)}, notes=("it was shortened",),
        claims={"article-macos": {"seconds": ClaimResult(75, False, "it takes 75 s", "here", "Linux counts")}},
    )  # fmt: skip
    tokens = github.parse(markdown([run]))
    assert headings(tokens) == ["full-queue: More clients than fit"]
    assert rows(tokens) == [
        ["finding", "measured", "expected", "verdict", "seen by"],
        ["seconds", "7.137 s", "7 to 7.29 s", "pass", "calls"],
        ["seen", "3", "–", "–", ""],
        ["reference", "says", "here", "why"],
        ["article-macos", "it takes 75 s", "differs", "Linux counts"],
    ]
    assert items(tokens) == [
        "Linux 6.1.0 (image debian), netns lab, IPv4",
        "backlog=5 (quick); 3.0 s",
        "evidence: runs/some-run",
        "it was shortened",
    ]


def test_several_runs_begin_with_an_overview(github, make_run, finding):
    bad = finding(5, "fail", expected=6, expected_text="6")
    runs = [make_run(), make_run("fail", experiment="other", title="", findings={"one": bad, "two": bad})]
    tokens = github.parse(markdown(runs))
    assert headings(tokens) == ["2 runs: fail", "full-queue: More clients than fit", "other"]
    assert rows(tokens)[1:3] == [
        ["pass", "full-queue", "debian", "6.1.0", "netns", "3.0", ""],
        ["fail", "other", "debian", "6.1.0", "netns", "3.0", "one: measured 5, expected 6"],
    ]
    assert "two: measured 5, expected 6" in items(tokens)


def test_a_run_that_never_began(github, make_run):
    never = make_run("error", reason="no engine", hosts={}, folder=None, seconds={}, findings={}, parameters={})
    tokens = github.parse(markdown([never]))
    assert items(tokens) == ["no parameters (quick)"]
    assert "<strong>error</strong> – no engine" in github.render(markdown([never]))
