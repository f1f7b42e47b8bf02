"""Commands as GitHub's runner reads them: written anew from its source (ActionCommand.cs), to read ours with."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.workflow import MOST, command, commands, harmless

REGISTERED = {
    "error",
    "warning",
    "notice",
    "debug",
    "add-mask",
    "stop-commands",
    "set-output",
    "group",
    "endgroup",
}


def runner(line):
    """(command, properties, data) of a line, or None."""
    text = line.lstrip()
    if text.startswith("::") and (end := text.find("::", 2)) > 0:
        name, _, given_properties = text[2:end].partition(" ")
        if name in REGISTERED:
            pairs = [pair.split("=", 1) for pair in given_properties.strip().split(",") if "=" in pair]
            found = {key: decoded(value, ":,") for key, value in pairs}
            return name, found, decoded(text[end + 2 :])
    start = line.find("##[")
    if start >= 0 and (end := line.find("]", start)) > 0:
        name, *_ = line[start + 3 : end].split(" ")
        if name in REGISTERED:
            return name, {}, line[end + 1 :]
    return None


def decoded(text, more=""):
    for char in ("\r", "\n", *more, "%"):
        text = text.replace(f"%{ord(char):02X}", char)
    return text


def obeyed(text):
    """The commands in what a step prints: .NET's ReadLine ends a line at CR, LF or both."""
    return [found for line in re.split(r"\r\n|\r|\n", text) if (found := runner(line))]


COMMANDS = [
    "::error::x",
    "  ::error title=a,b=c::x",
    "x ##[error]y",
    "###[warning]y",
    "a\r::add-mask::b",
    "\u2003::debug::",
]


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_becomes_text(text):
    assert obeyed(text)
    assert obeyed(harmless(text)) == []
    assert harmless(text).replace("\\", "") == text


PIECES = st.sampled_from([":", "::", "#", "##", "[", "]", "error", " ", "\n", "\r", "\t", "\u00a0", "\\", "x"])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_nothing_is_obeyed(text):
    assert obeyed(harmless(text)) == []


@pytest.mark.parametrize("text", ["a::b", "std::error::x", "[::1]:8000", "# heading", "#[x]", "#8 of 10 [x]"])
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text


@pytest.mark.parametrize("text", ["50% of 5%25", "a, b: c", "first\nsecond", "::error::x", "##[error]x"])
def test_what_is_told_arrives_as_it_was(text):
    line = command("error", text, text)
    assert "\n" not in line
    assert obeyed(line) == [("error", {"title": text.replace("\n", " ")}, text)]


def test_a_control_character_arrives_as_its_number():
    assert obeyed(command("error", "\x1b[2J", "a\r\u202eb")) == [("error", {"title": "\\x1b[2J"}, "a\\r\\u202eb")]


def test_the_worst_come_first_and_passes_never(make_run, finding):
    bad = finding(5, "fail", expected=6, expected_text="6")
    runs = [
        make_run(experiment="a"),
        make_run("unknown", experiment="b", reason="busy", findings={}),
        make_run("fail", experiment="c", findings={"connected": bad}),
        make_run("skip", experiment="d", reason="cannot", findings={}),
        make_run("error", experiment="e", reason="no engine", findings={}),
    ]
    assert [found for line in commands(runs) for found in obeyed(line)] == [
        ("error", {"title": "e on debian: error"}, "no engine"),
        ("error", {"title": "c on debian: fail"}, "connected: measured 5, expected 6"),
        ("warning", {"title": "b on debian: unknown"}, "busy"),
    ]


@pytest.mark.parametrize("count", [MOST, MOST + 1, 300])
def test_there_are_at_most_ten_and_the_last_names_the_rest(make_run, count):
    runs = [make_run("fail", experiment=f"e{number}", reason="why", findings={}) for number in range(count)]
    lines = commands(runs)
    assert len(lines) == MOST == 10
    rest = count - MOST + 1
    assert (f"{rest} more of {count} runs did not pass: e9, e10" in lines[-1]) is (count > MOST)
    assert all(len(line) < 3000 for line in lines)
