import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.text import Style, columns, labelled, one_line, paragraph, printable, wrap

HOSTILE = ["\x1b[2J", "\x9b31m", "\r", "\x07", "\x00", "\u202e", "\u2066", "\u200b", "\u2028", "\ud800"]
"""Escape sequences, control characters, and what turns or hides text (Unicode TR36)."""


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_steers_a_terminal_gets_through(text):
    shown = printable(f"a{text}b")
    assert text[0] not in shown
    assert shown.startswith("a\\")
    assert shown.endswith("b")


@pytest.mark.parametrize("text", ["plain", "größer ≥ 5", "握手", "two\nlines", "~ \\ %"])
def test_what_does_no_harm_stays(text):
    assert printable(text) == text


def test_a_cell_has_one_line_of_bounded_length():
    assert one_line("a\nb") == "a\\nb"
    assert len(one_line("x" * 5000)) < 300
    assert one_line("x" * 5000).endswith("…")


@pytest.mark.parametrize(
    ("text", "count"), [("abc", 3), ("握手", 4), ("e\N{COMBINING ACUTE ACCENT}", 1), ("×", 1)]
)
def test_columns_are_those_of_a_terminal(text, count):
    assert columns(text) == count


WORDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C", "M"]), min_size=1), max_size=30
)


@given(words=WORDS, width=st.integers(20, 120))
def test_lines_fit_unless_a_word_does_not(words, width):
    wrapped = wrap(" ".join(words), width, "first: ", "  ")
    for line in wrapped.splitlines():
        begun = line.removeprefix("first:").strip()
        assert columns(line) <= width or " " not in begun


@given(words=WORDS, width=st.integers(20, 120))
def test_wrapping_loses_nothing(words, width):
    assert "".join(wrap(" ".join(words), width).split()) == "".join("".join(words).split())


def test_a_path_stays_whole():
    path = "runs/20261124T122221-backlog-overflow-host-105a64fb/"
    assert path in wrap(f"evidence lies in {path} and nowhere else", 40).splitlines()


def test_a_number_stays_with_its_unit():
    for width in range(20, 60):
        for line in wrap("a client gives up after 131 s instead of 7 s, or 50 ms of slack", width).splitlines():
            assert not line.startswith(("s ", "s,", "ms"))


def test_wide_text_is_broken_between_its_characters():
    lines = wrap("握手" * 30, 40).splitlines()
    assert len(lines) == 3
    assert all(columns(line) == 40 for line in lines)


def test_a_paragraph_ends_its_sentences_and_leaves_names_alone():
    text = paragraph("Why", ["a queue holds six", "tcp_syn_retries is 2", "it stays."], 100)
    assert text == "Why      A queue holds six. tcp_syn_retries is 2. it stays."


def test_a_paragraph_is_readable_on_a_wide_terminal_and_indented_below_its_label():
    lines = paragraph("Why", ["word " * 100], 300).splitlines()
    assert max(map(len, lines)) <= 100
    assert all(line.startswith(" " * 9) for line in lines[1:])


def test_what_is_no_sentence_gets_no_full_stop():
    assert labelled("Set", "net.ipv4.tcp_syn_retries=2", 80).endswith("=2")


def test_colours_only_where_wanted():
    assert Style(colours=False).paint("fail", "fail") == "fail"
    assert Style(colours=True).paint("fail", "fail").startswith("\x1b[")
    assert Style(colours=True).paint("no such emphasis", "text") == "text"
