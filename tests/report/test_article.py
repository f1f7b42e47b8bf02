from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from markdown_it import MarkdownIt

from harness.report.article import markdown, render
from harness.report.text import Style
from harness.result import ClaimResult, FindingResult, HostFacts, RunResult, Verdict

PLAIN = Style(colours=False)
HOSTS = {"server": HostFacts("debian", kernel="6.12.57"), "client": HostFacts("debian", kernel="6.12.57")}


@dataclass
class Statement:
    says: str = "the queue of listen(5) holds 5 connections"
    claim: Any = 5
    measured: FindingResult | None = field(default_factory=lambda: FindingResult(6, "connections"))
    agrees: bool | None = False
    remark: str | None = "Linux admits one more than the limit, because it tests the queue with >"
    experiment: str = "backlog-overflow"
    finding: str | None = "connected"
    place: str = "section «listen»"
    folder: str | None = "runs/1-backlog-overflow"
    others: dict = field(default_factory=dict)


def run(name="backlog-overflow", verdict=Verdict.PASS, reason=None, seconds=7.1, **more):
    values = {"folder": f"runs/1-{name}", "hosts": HOSTS, "kernel": "6.12.57", "image": "debian", **more}
    return RunResult(
        experiment=name, title="", lab="docker", via=None, clock="real", family=4, mode="quick", parameters={},
        verdict=verdict, reason=reason, seconds={"experiment": seconds}, **values,
    )  # fmt: skip


@dataclass
class Article:
    statements: list = field(default_factory=lambda: [Statement()])
    runs: list = field(default_factory=lambda: [run()])
    references: tuple = ()
    seconds: float = 8.94


def test_the_kernel_comes_before_everything():
    assert render(Article(), 80, PLAIN).splitlines()[0] == "Linux 6.12.57 (image debian), docker lab, IPv4"


def test_a_difference_stands_with_both_values_and_the_reason():
    lines = render(Article(), 80, PLAIN).splitlines()
    (line,) = [line for line in lines if line.startswith("differs")]
    assert line.split()[-2:] == ["5", "6"]
    text = " ".join(" ".join(lines).split())
    assert "Linux admits one more than the limit, because it tests the queue with >" in text
    assert "backlog-overflow pass, evidence: runs/1-backlog-overflow" in text


def test_what_holds_needs_no_reason():
    text = render(Article([Statement(agrees=True)]), 80, PLAIN)
    assert "holds " in text
    assert "Linux admits" not in text


def test_what_cannot_be_checked_is_listed_with_the_reason():
    statement = Statement("it opens a port", None, None, None, "nothing here sees it", finding=None)
    text = " ".join(render(Article([statement]), 80, PLAIN).split())
    assert "it opens a port (not checked: nothing here sees it)" in text


def test_a_claim_that_was_not_checked_shows_what_it_claims():
    statement = Statement(agrees=None, remark="packets were lost")
    text = render(Article([statement]), 80, PLAIN)
    assert "not checked: packets were lost" in text
    assert [line.split()[-2:] for line in text.splitlines() if line.startswith("\N{EN DASH}")] == [["5", "6"]]


def test_what_did_not_pass_is_told_below():
    runs = [
        run(),
        run("no-bind", Verdict.FAIL, "refusals: expected 1, measured 0"),
        run("mine", Verdict.ERROR, "mine.yaml:1:1: missing key\nand more", folder=None, hosts={}, seconds=0),
    ]
    lines = render(Article(runs=runs), 100, PLAIN).splitlines()
    assert "FAIL no-bind: refusals: expected 1, measured 0 (runs/1-no-bind)" in lines
    assert "ERROR mine: mine.yaml:1:1: missing key and more" in lines
    assert lines[-1] == "ERROR"


def test_the_end_counts_and_tells_the_time():
    text = render(Article(runs=[run(), run("no-bind", seconds=0.1)]), 100, PLAIN)
    assert "1 statements: 0 hold on this kernel, 1 differ, 0 could not be checked." in text
    assert "2 experiments in 8.9 s; the longest, backlog-overflow, took 7.1 s, all together 7.2 s." in text


def test_nothing_ran_at_all():
    runs = [run(verdict=Verdict.ERROR, reason="no lab", hosts={}, folder=None, seconds=0)]
    statement = Statement(measured=None, agrees=None, remark="backlog-overflow could not be run", folder=None)
    text = render(Article([statement], runs), 80, PLAIN)
    assert "1 experiments in 8.9 s." in text
    assert "not checked: backlog-overflow could not be run" in text


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_is_wider_than_the_terminal(width):
    long = Statement(
        "a client that binds no port gets one from the system, as every client here does " * 2,
        ["SYN", "SYN,ACK"] * 9,
        FindingResult(["SYN", "RST,ACK"] * 9, ""),
    )
    text = render(Article([long, Statement()], [run(reason="x " * 200, verdict=Verdict.FAIL)]), width, PLAIN)
    assert max(map(len, text.splitlines())) <= width


def test_nothing_foreign_steers_the_terminal():
    evil = Statement(
        "a\x1b[2Jb", "c\x1b]0;x\x07", FindingResult("\x9bm", ""), remark="\x1b[31m", experiment="e\x1b[m"
    )
    text = render(Article([evil], [run("e\x1b[m", Verdict.FAIL, "\x1b[1m")]), 80, PLAIN)
    assert not {"\x1b", "\x07", "\x9b"} & set(text)


def test_markdown_is_one_table_with_every_other_reference_that_speaks():
    statement = Statement(others={"xnu": ClaimResult({"at_least": 3}, None, "x", "y")})
    text = markdown(Article([statement, Statement(says="a | b <b>")], references=("freebsd", "xnu")))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    cells = [token.content for token, before in zip(tokens[1:], tokens, strict=False) if before.type == "td_open"]
    heads = [token.content for token, before in zip(tokens[1:], tokens, strict=False) if before.type == "th_open"]
    assert "xnu" in heads
    assert "freebsd" not in heads
    assert len(cells) == 2 * len(heads)
    first = dict(zip(heads, cells, strict=False))
    assert (first["article (macOS)"], first["this kernel"], first["xnu"]) == ("5", "6", "≥ 3")
    assert (first["evidence"], first["place"]) == ("runs/1-backlog-overflow", "section «listen»")
    assert "<b>" not in MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
