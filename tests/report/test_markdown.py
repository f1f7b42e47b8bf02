"""Rendered by a CommonMark library, with GitHub's tables, strikethrough and autolinks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.report.markdown import heading, inline, table
from harness.report.text import printable

HOSTILE = [
    "a | b",
    "`code` and ``more``",
    "<script>alert(1)</script>",
    "<!-- comment",
    "&lt;b&gt; &copy;",
    "*em* **strong** _em_ ~~gone~~",
    "[link](javascript:alert(1)) ![image](x) [ref]: y",
    "http://example.org/x?a=b#c www.example.org",
    "@everyone #1 user@example.org",
    "\\| \\` \\",
    "# heading\n- list\n> quote\n```\ncode",
    "$x^2$ $$y$$",
    "::error::injected",
    "\x1b[31mred\x07 \u202ereversed\u2066",
]


@pytest.fixture(scope="module")
def github():
    """CommonMark with what GitHub adds. Its autolinker is not installed; see the test of bare addresses."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def texts(tokens):
    """Every inline token but those of plain text, and the plain text itself."""
    inlines = [child for token in tokens for child in token.children or ()]
    odd = [child.type for child in inlines if child.type not in {"text", "text_special"}]
    return odd, "".join(child.content for child in inlines)


def shown(text):
    return " ".join(printable(text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_is_text_and_nothing_else(github, text):
    assert texts(github.parse("before " + inline(text))) == ([], "before " + shown(text))
    html = github.render(heading(2, text))
    assert html.startswith("<h2>")
    assert "<script" not in html
    assert "<a " not in html


@given(st.text(max_size=60))
def test_any_text_is_text_and_nothing_else(text):
    github = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    odd, plain = texts(github.parse("x" + inline(text) + "x"))
    assert (odd, plain) == ([], "x" + shown(text) + "x")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_stays_in_its_cell(github, text):
    tokens = github.parse(table(["one", text], [[text, "second"], ["", "last"]]))
    cells = [
        token for token, before in zip(tokens[1:], tokens, strict=False) if before.type in {"th_open", "td_open"}
    ]
    assert [texts([cell]) for cell in cells] == [
        ([], words) for words in ("one", shown(text), shown(text), "second", "", "last")
    ]


@pytest.mark.parametrize(
    "text", ["http://example.org", "https://x", "ftp://x", "mailto:a", "www.example.org", "a@b.c"]
)
def test_a_bare_address_is_broken_up(text):
    # GitHub's extended autolinks need scheme and colon, "www." or "@" unescaped (GFM 6.9).
    written = inline(text)
    assert ":" not in written.replace("\\:", "")
    assert "www." not in written
    assert "@" not in written.replace("\\@", "")


def test_ordinary_words_stay_readable():
    assert inline("127.0.0.1, tcp(7): 5 - 6 + 1 = 2.5 s (100%); a/b 'c'") == (
        "127.0.0.1, tcp(7): 5 - 6 + 1 = 2.5 s (100%); a/b 'c'"
    )
