from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.ladder import Arrow, End, Fate, Ladder, Note, Row, fold, ladder
from harness.report.ladder_choice import alike, named
from harness.report.ladder_text import NARROW, render
from harness.report.text import Style

PLAIN = Style(colours=False)


def shown(made, width=80, **how):
    evidence = made.evidence()
    connection = named(evidence, None, None)
    found = ladder(evidence, connection, alike=alike(evidence, connection))
    return render(found, width, PLAIN, **{"unicode": True, **how})


def same(text, picture):
    """Whether a text is the picture, which is indented here and may have lost the blanks at its lines' ends."""
    wanted = textwrap.dedent(picture).strip("\n")
    common = min(len(line) - len(line.lstrip()) for line in text.splitlines())
    assert [line[common:] for line in text.splitlines()] == wanted.splitlines()


def test_no_answer(pictures):
    same(
        shown(pictures["no answer"](4, first=1)),
        """
        Packets  visitor[1] of 4 (1 of 3 that went alike): connect() ETIMEDOUT
                client 10.0.0.3:40001                             server 10.0.0.2:8000
                                      │                         │ LISTEN
                                      │                         │ queue 6/5, full
         0.000    connect(), SYN_SENT │────────── SYN ─────────>│
                                      ┊        ~ 1.01 s ~       ┊
         1.010                        │──── SYN (again, 2nd) ──>│
                                      ┊        ~ 1.01 s ~       ┊
         2.020                        │──── SYN (again, 3rd) ──>│
                                      ┊        ~ 1.01 s ~       ┊
         3.030    connect() ETIMEDOUT │       … no answer       │
                   after 3.03 s, gone │                         │
        """,
    )


def test_refused(pictures):
    same(
        shown(pictures["refused"](), 100),
        """
        Packets  visitor: connect() ECONNREFUSED
                        client 10.0.0.3:40000                                    server 10.0.0.2:8000
                                              │                                │ no socket on :8000
         0.000100                   connect() │───────────── SYN ─────────────>│
         0.000150      connect() ECONNREFUSED │<────────── RST,ACK ────────────│
        """,
    )


def test_half_closed_in_ascii(pictures):
    same(
        shown(pictures["half-closed"](), unicode=False),
        """
        Packets  visitor: connect() ok
                client 10.0.0.3:40000                             server 10.0.0.2:8000
                                      |                         | LISTEN, queue 0/5
         0.000              connect() |---------- SYN --------->|
         0.000                        |<------- SYN,ACK --------|
         0.000           connect() ok |---------- ACK --------->| ESTABLISHED, queue 1/5
                          ESTABLISHED |                         |
         0.050                        |                         | accept() ok, queue 0/5
                                      :        ~ 0.45 s ~       :
         0.500    close(), FIN_WAIT_1 |-------- FIN,ACK ------->| CLOSE_WAIT
         0.540             FIN_WAIT_2 |<--------- ACK ----------|
        """,
    )


def test_a_narrow_terminal_gets_a_list(pictures):
    same(
        shown(pictures["no answer"](), 40),
        """
        Packets  visitor: connect() ETIMEDOUT
        client 10.0.0.3:40000
        server 10.0.0.2:8000
               server: LISTEN
               server: queue 6/5, full
         0.000 client: connect()
               -> SYN
               client: SYN_SENT
         1.010 -> SYN (again, 2nd)
         2.020 -> SYN (again, 3rd)
         3.030 client: connect() ETIMEDOUT after
                 3.03 s
               client: gone
               … no answer
        """,
    )


def test_few_lines_fold_the_retransmissions(pictures):
    text = shown(pictures["no answer"](), lines=11)
    assert "SYN (2nd to 3rd)" in text
    assert "1.01 2.02" in text
    assert "more lines" not in text


def test_fewer_lines_leave_out_the_waits(pictures):
    text = shown(pictures["no answer"](), lines=9)
    assert "~" not in text
    assert "more lines" not in text


def test_a_whole_group_that_went_alike(pictures):
    assert shown(pictures["no answer"](4)).startswith("Packets  visitor[0] of 4 (all went alike): ")


@pytest.mark.parametrize("lines", range(8, 20))
@pytest.mark.parametrize("width", [40, 80])
def test_no_more_lines_than_there_may_be(pictures, lines, width):
    text = shown(pictures["half-closed"](), width, lines=lines)
    whole = shown(pictures["half-closed"](), width).splitlines()
    assert len(text.splitlines()) <= lines
    assert text.splitlines()[-1] == whole[-1]
    assert text.splitlines() == whole or "more lines" in text or "~" not in text


def arrow(fate, *, from_client=True, way=0.0, **more):
    left = None if fate is Fate.UNSENT and from_client else 0.0
    right = None if fate in (Fate.LOST, Fate.UNKNOWN) and from_client else way
    return Arrow(from_client, "SYN", 0, left, right, fate, (1, 1), **more)


def one(packet, **row):
    ends = (End("client", ("10.0.0.3", 1)), End("server", ("10.0.0.2", 2)))
    rows = (Row(0.0, packet=packet, **row),)
    made = Ladder("visitor", 0, 1, 1, "connect() ok", *ends, (), rows, answered=True, seen=True)
    return render(made, 80, PLAIN, unicode=True).splitlines()[-1].split("│")[1:]


@pytest.mark.parametrize(
    ("fate", "from_client", "drawn"),
    [
        (Fate.ARRIVED, True, "────────── SYN ─────────>"),
        (Fate.LOST, True, "─────── SYN ───────x     "),
        (Fate.LOST, False, "     x────── SYN ────────"),
        (Fate.UNKNOWN, True, "─────── SYN ───────?     "),
        (Fate.UNSENT, True, "     ?────── SYN ───────>"),
        (Fate.UNSENT, False, "<────── SYN ───────?     "),
    ],
)
def test_what_became_of_a_packet_is_seen_on_its_arrow(fate, from_client, drawn):
    assert one(arrow(fate, from_client=from_client)) == [drawn, ""]


def test_a_packet_that_was_long_under_way_says_so():
    assert "SYN (took 0.250 s)" in one(arrow(Fate.ARRIVED, way=0.25))[0]


@pytest.mark.parametrize(
    ("nth", "says"), [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (111, "111th")]
)
def test_ordinals(nth, says):
    assert f"(again, {says})" in one(arrow(Fate.ARRIVED, nth=nth))[0]


def test_colours_mark_what_must_not_be_overlooked(pictures):
    evidence = pictures["refused"]().evidence()
    text = render(ladder(evidence, named(evidence, None, None)), 80, Style(colours=True), unicode=True)
    (reset,) = (line for line in text.splitlines() if "RST,ACK" in line)
    (syn,) = (line for line in text.splitlines() if " SYN " in line)
    assert "\x1b[1m" in reset
    assert "\x1b" not in syn


# Anything at all

TEXT = st.text(max_size=60)
HOSTILE = (
    st.sampled_from(["\x1b[2J\x1b]0;x\x07", "a\nb\r\tc", "\u202eolleh", "\x00", "你好", "ESTABLISHED"]) | TEXT
)
MOMENTS = st.floats(-5, 200)
NOTES = st.lists(st.builds(Note, st.sampled_from(["call", "state", "queue"]), HOSTILE), max_size=3).map(tuple)
ARROWS = st.builds(
    Arrow,
    from_client=st.booleans(),
    flags=st.sampled_from(["", "SYN", "SYN,ACK", "RST,ACK", "SYN,FIN,RST,PSH,ACK,URG,ECE,CWR"]),
    length=st.integers(0, 1 << 30),
    left=st.none() | MOMENTS,
    right=st.none() | MOMENTS,
    fate=st.sampled_from(Fate),
    frames=st.just((None, 1)),
    nth=st.integers(1, 12),
    repeats=st.lists(MOMENTS, max_size=12).map(tuple),
)
ROWS = st.lists(st.builds(Row, MOMENTS, NOTES, NOTES, st.none() | ARROWS, st.booleans()), min_size=1, max_size=8)
ENDS = st.builds(
    End, HOSTILE, st.sampled_from([("10.0.0.2", 8000), ("2001:db8:1111:2222:3333:4444:5555:6666", 65535)])
)
LADDERS = st.builds(
    Ladder,
    label=HOSTILE,
    index=st.integers(0, 9),
    members=st.integers(1, 9),
    alike=st.integers(1, 9),
    outcome=HOSTILE,
    client=ENDS,
    server=ENDS,
    before=NOTES,
    rows=ROWS.map(lambda rows: tuple(sorted(rows, key=lambda row: row.at))),
    answered=st.booleans(),
    seen=st.booleans(),
)


@given(LADDERS, st.integers(30, 160), st.booleans(), st.none() | st.integers(0, 20))
def test_every_line_fits_and_no_byte_acts(made, width, unicode, lines):
    text = render(made, width, PLAIN, unicode=unicode, lines=lines)
    for line in text.rstrip("\n").split("\n"):
        assert len(line) <= width
        assert not {unicodedata.category(char) for char in line} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert unicode or text.isascii()


@given(LADDERS)
def test_folding_loses_no_packet_and_no_call(made):
    def count(rows):
        packets = sum(1 + len(row.packet.repeats) for row in rows if row.packet is not None)
        return packets, [note for row in rows for note in (*row.left, *row.right) if note.kind != "queue"]

    assert count(fold(made.rows)) == count(made.rows)


def test_a_list_begins_where_the_ladder_gets_too_narrow(pictures):
    made = pictures["refused"]()
    assert "│" in shown(made, NARROW)
    assert "│" not in shown(made, NARROW - 1)


def test_nothing_captured_is_said(pictures):
    made = replace(pictures["refused"](), watched=())
    assert "no packets were captured" in shown(made)
