import pytest
from markdown_it import MarkdownIt

from harness.report.summary import MOST, Section, fitted, sections
from harness.result import Verdict

ROOM = 10_000


def section(name, size, verdict=Verdict.PASS):
    return Section(name, f"{name} " + "é" * ((size - len(name)) // 2), verdict)


def test_githubs_limit():
    assert MOST == 1_048_576


def test_what_fits_is_all_there():
    assert fitted([Section("a", "one"), Section("b", "two")], ROOM) == "\none\n\ntwo\n"


def test_the_worst_are_kept_whole_in_their_order_and_the_rest_is_named():
    wanted = [
        Section("overview", "the overview"),
        section("passed", 4000),
        section("failed", 3000, Verdict.FAIL),
        section("doubtful", 2000, Verdict.UNKNOWN),
        section("also_passed", 4000),
    ]
    text = fitted(wanted, ROOM)
    assert len(text.encode()) <= ROOM
    assert text.startswith("\nthe overview\n\nfailed ")
    for kept in wanted[2:4]:
        assert kept.text in text
    (said,) = [token.content for token in MarkdownIt().parse(text) if token.type == "inline"][-1:]
    assert said == "*2 of 5 sections are left out, for GitHub shows no more of a step: passed, also\\_passed.*"


@pytest.mark.parametrize("room", [-5, 0, 100, 4096, 5000, 50_000])
def test_the_room_is_never_exceeded(room):
    wanted = [section(f"`{number}`" * 50, 700, verdict) for number in range(100) for verdict in Verdict]
    assert len(fitted(wanted, room).encode()) <= max(0, room)


def test_several_runs_have_an_overview_and_a_section_each(make_run):
    runs = [make_run(), make_run("fail", experiment="bad", reason="why", findings={})]
    assert [(each.name, each.verdict) for each in sections(runs)] == [
        ("overview", Verdict.ERROR),
        ("full-queue", Verdict.PASS),
        ("bad", Verdict.FAIL),
    ]
