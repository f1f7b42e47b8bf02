"""Where a ladder's rows stand, and which packets got no answer."""

from itertools import pairwise

import pytest

from harness.evidence.connections import all_connections
from harness.report.html.ladder_layout import place, silent
from harness.report.html.ladder_svg import draw
from harness.report.html.svg import NARROW, WIDE
from harness.report.ladder import ladder
from harness.report.ladder_pen import label


def made(talk):
    evidence = talk.evidence()
    return ladder(evidence, all_connections(evidence)[0])


def packets(rows):
    return [row.packet for row in rows if row.packet is not None]


def test_every_syn_into_a_full_queue_is_silent(pictures):
    drawn = made(pictures["no answer"]())
    quiet = silent(drawn.rows)
    assert [number in quiet for number, row in enumerate(drawn.rows) if row.packet] == [True] * 3


def test_a_refused_syn_is_answered(pictures):
    assert silent(made(pictures["refused"]()).rows) == set()


def test_a_handshake_and_a_close_are_answered(pictures):
    drawn = made(pictures["half-closed"]())
    assert [packet.flags for packet in packets(drawn.rows)] == ["SYN", "SYN,ACK", "ACK", "FIN,ACK", "ACK"]
    assert silent(drawn.rows) == set()


def test_only_the_transmission_that_nothing_followed_is_silent(talk):
    run = talk()
    run.connect(0, 0, 1.1)
    run.send(">", "SYN", 0.0001, seq=7)
    run.send(">", "SYN", 1.01, seq=7)
    run.send("<", "SYN,ACK", 1.0101, seq=90, ack=8)
    run.send(">", "ACK", 1.0102, seq=8, ack=91)
    drawn = made(run)
    quiet = silent(drawn.rows)
    assert [number in quiet for number, row in enumerate(drawn.rows) if row.packet] == [True, False, False, False]


def test_what_never_arrived_is_lost_and_not_silent(talk):
    run = talk()
    run.connect(0, 0, 1.1, "ETIMEDOUT")
    run.send(">", "SYN", 0.0001, seq=7, seen=("client",))
    drawn = made(run)
    assert packets(drawn.rows)[0].fate == "lost"
    assert silent(drawn.rows) == set()


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=lambda sheet: sheet.name)
@pytest.mark.parametrize("picture", ["no answer", "refused", "half-closed"])
def test_rows_follow_each_other_without_overlapping(pictures, picture, sheet):
    rows = list(place(made(pictures[picture]()), sheet, 60.0))
    assert rows[0].top == 60
    for one, other in pairwise(rows):
        assert other.top == pytest.approx(one.top + one.height)
    assert all(row.arrow < row.top + row.height for row in rows)


def test_a_long_wait_is_a_break_with_its_true_length(pictures):
    rows = list(place(made(pictures["no answer"]()), WIDE, 0.0))
    assert [round(row.wait, 2) for row in rows if row.wait is not None] == [1.01, 1.01, 1.01]


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=lambda sheet: sheet.name)
def test_of_a_very_long_ladder_the_middle_is_left_out_and_said_so(talk, sheet):
    run = talk()
    run.connect(0, 0, 0.0003)
    run.send(">", "SYN", 0.0001, seq=7)
    run.send("<", "SYN,ACK", 0.0002, seq=90, ack=8)
    for number in range(200):
        run.send(">", "PSH,ACK", 0.01 + number / 1000, seq=8 + 10 * number, ack=91, length=10)
    drawn = made(run)
    rows = list(place(drawn, sheet, 0.0))
    assert len(rows) == 71
    (gap,) = [row for row in rows if row.row is None]
    assert gap.missing == len(drawn.rows) - 70
    assert rows[-1].row == drawn.rows[-1]


def test_a_label_says_flags_data_and_which_transmission(talk):
    run = talk()
    run.connect(0, 0, 0.1)
    run.send(">", "PSH,ACK", 0.01, seq=8, length=1)
    run.send(">", "PSH,ACK", 0.3, seq=8, length=1)
    run.send(">", "PSH,ACK", 0.6, seq=8, length=1, way=0.02)
    assert [label(packet, again="") for packet in packets(made(run).rows)] == [
        "PSH,ACK 1 byte",
        "PSH,ACK 1 byte (2nd)",
        "PSH,ACK 1 byte (3rd) (took 0.020 s)",
    ]


def drawn_text(talk):
    return "".join(str(node) for node in draw(made(talk), WIDE)[1])


def test_a_lost_packet_ends_before_the_other_end_and_is_called_lost(talk):
    run = talk()
    run.connect(0, 0, 1.1, "ETIMEDOUT")
    run.send(">", "SYN", 0.0001, seq=7, seen=("client",))
    text = drawn_text(run)
    assert ">lost<" in text
    assert 'class="mark lost"' in text
    assert 'class="tip' not in text


def test_a_packet_that_only_its_receiver_saw_is_in_doubt(talk):
    run = talk()
    run.connect(0, 0, 1.1)
    run.send("<", "SYN,ACK", 0.0001, seq=90, ack=8, seen=("client",))
    text = drawn_text(run)
    assert ">?<" in text
    assert 'class="arrow doubtful"' in text


def test_a_reset_is_marked(pictures):
    text = drawn_text(pictures["refused"]())
    assert 'class="mono packet reset"' in text
    assert 'class="tip reset"' in text


def test_the_lifeline_has_the_states_of_its_socket(pictures):
    text = drawn_text(pictures["half-closed"]())
    assert text.count('class="band open"') == 2
    assert text.count('class="band closing"') == 3  # FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT
