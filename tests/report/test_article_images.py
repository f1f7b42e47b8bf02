from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from markdown_it import MarkdownIt

from harness.report.article_images import markdown, render
from harness.report.text import Style
from harness.result import FindingResult, Verdict

PLAIN = Style(colours=False)


@dataclass
class Statement:
    agrees: bool | None
    measured: FindingResult | None
    says: str = "netstat shows one row of the bound socket"
    claim: Any = 1
    remark: str | None = "Linux shows it from kernel 6.8 on"
    experiment: str = "bound-not-listening"
    finding: str | None = "server_own_rows"
    place: str = "section «server»"
    folder: str | None = "runs/1"
    others: dict = field(default_factory=dict)


@dataclass
class Article:
    statements: list
    runs: list
    references: tuple = ()
    seconds: float = 4.0


@pytest.fixture
def two(make_run):
    def article(image, value, agrees, verdict="pass"):
        run = make_run(verdict, image=image, experiment="bound-not-listening", reason="it broke")
        return Article([Statement(agrees, FindingResult(value, ""))], [run])

    return [article("linux-6.1", 0, agrees=False), article("linux-6.12", 1, agrees=True)]


def test_each_image_has_a_column(two):
    lines = [line.split() for line in render(two, 100, PLAIN).splitlines()]
    assert ["the", "article", "says", "macOS", "linux-6.1", "linux-6.12"] in lines
    assert any(line[-4:] == ["1", "differs:", "0", "holds"] for line in lines)
    assert ["Linux", "shows", "it", "from", "kernel", "6.8", "on"] in lines


def test_what_is_not_the_same_on_all_is_told_below(two):
    text = " ".join(render(two, 100, PLAIN).split())
    assert "Not the same on all: netstat shows one row of the bound socket: holds on linux-6.12." in text
    assert "linux-6.1: 1 statements: 0 hold on this kernel, 1 differ, 0 could not be checked." in text
    two[0].statements = two[1].statements
    assert "Not the same on all" not in render(two, 100, PLAIN)


def test_a_run_that_did_not_pass_is_told_by_its_image(two):
    two[0].runs = [two[0].runs[0], *two[0].runs[1:]]
    two[0].runs[0] = type(two[0].runs[0]).from_json({**two[0].runs[0].to_json(), "verdict": Verdict.FAIL})
    text = " ".join(render(two, 100, PLAIN).split())
    assert "linux-6.1: FAIL bound-not-listening: it broke" in text
    assert text.endswith("FAIL")


def test_where_there_is_no_room_for_columns_one_image_comes_after_another(two):
    text = render(two * 4, 70, PLAIN)
    assert text.count("the article says") == 8
    assert max(map(len, text.splitlines())) <= 70


@pytest.mark.parametrize("width", [80, 100, 200])
def test_no_line_is_wider_than_the_terminal(two, width):
    two[0].statements[0].says = "word " * 60
    assert max(map(len, render(two, width, PLAIN).splitlines())) <= width


def test_it_is_markdown(two):
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(two))
    cells = [token.content for token, before in zip(tokens[1:], tokens, strict=False) if before.type == "td_open"]
    assert cells[3:5] == ["differs: 0", "holds"]
