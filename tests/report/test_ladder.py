from __future__ import annotations

import pytest

from harness.evidence.connections import all_connections
from harness.report.ladder import Fate, fold, ladder


def drawn(made, index=0):
    """The ladder of a run's connection of that index."""
    evidence = made.evidence()
    (connection,) = (each for each in all_connections(evidence) if each.call.index == index)
    return ladder(evidence, connection)


def told(found):
    """A ladder's rows as (left, packet, right)."""
    rows = []
    for row in found.rows:
        packet = row.packet and f"{'>' if row.packet.from_client else '<'} {row.packet.flags}"
        rows.append((" ".join(note.text for note in row.left), packet, " ".join(note.text for note in row.right)))
    return rows


def packets(found):
    return [row.packet for row in found.rows if row.packet is not None]


def test_no_answer(pictures):
    found = drawn(pictures["no answer"]())
    assert told(found) == [
        ("connect() SYN_SENT", "> SYN", ""),
        ("", "> SYN", ""),
        ("", "> SYN", ""),
        ("connect() ETIMEDOUT after 3.03 s gone", None, ""),
    ]
    assert [packet.nth for packet in packets(found)] == [1, 2, 3]
    assert all(packet.fate is Fate.ARRIVED for packet in packets(found))
    assert not found.answered
    assert found.outcome == "connect() ETIMEDOUT"
    assert [note.text for note in found.before] == ["LISTEN", "queue 6/5, full"]
    assert [row.at for row in found.rows] == pytest.approx([0.00001, 1.01, 2.02, 3.03])


def test_refused(pictures):
    found = drawn(pictures["refused"]())
    assert told(found) == [("connect()", "> SYN", ""), ("connect() ECONNREFUSED", "< RST,ACK", "")]
    assert found.answered
    assert [note.text for note in found.before] == ["no socket on :8000"]
    assert packets(found)[1].left == pytest.approx(0.00017)
    assert packets(found)[1].right == pytest.approx(0.00015)
    assert [packet.frames for packet in packets(found)] == [(1, 1), (2, 2)]


def test_half_closed(pictures):
    assert told(drawn(pictures["half-closed"]())) == [
        ("connect()", "> SYN", ""),
        ("", "< SYN,ACK", ""),
        ("connect() ok ESTABLISHED", "> ACK", "ESTABLISHED queue 1/5"),
        ("", None, "accept() ok queue 0/5"),
        ("close() FIN_WAIT_1", "> FIN,ACK", "CLOSE_WAIT"),
        ("FIN_WAIT_2", "< ACK", ""),
    ]


def test_a_bound_port_that_does_not_listen(talk):
    made = talk()
    made.listens(-0.5, 0, None, "CLOSE")  # kernel 6.8 shows such sockets (TCP_BOUND_INACTIVE)
    made.connect(0, 0, 0.0003, "ECONNREFUSED")
    assert [note.text for note in drawn(made).before] == ["bound, not listening"]


@pytest.mark.parametrize("arrives", [0, 1, 2])
def test_the_one_that_was_lost_is_found_by_its_time(talk, arrives):
    made = talk()
    made.connect(0, 0, 2.1)
    for number, at in enumerate((0.1, 1.1, 2.05)):
        made.send(">", "SYN", at, seq=7, seen=("client", "server") if number == arrives else ("client",))
    expected = [Fate.LOST] * 3
    expected[arrives] = Fate.ARRIVED
    assert [packet.fate for packet in packets(drawn(made))] == expected


def test_an_answer_that_was_lost(talk):
    made = talk()
    made.connect(0, 0, 1.2)
    made.send(">", "SYN", 0.1, seq=7)
    made.send("<", "SYN,ACK", 0.1001, seq=90, ack=8, seen=("server",))
    found = drawn(made)
    assert [(packet.from_client, packet.fate) for packet in packets(found)] == [
        (True, Fate.ARRIVED),
        (False, Fate.LOST),
    ]
    assert found.answered


def test_what_only_the_receiver_saw(talk):
    made = talk()
    made.connect(0, 0, 1)
    made.send(">", "SYN", 0.1, seq=7, seen=("server",))
    (packet,) = packets(drawn(made))
    assert (packet.fate, packet.left) == (Fate.UNSENT, None)


@pytest.mark.parametrize("how", [{"watched": ("client",)}, {"lost": {"server": 3}}, {"lost": {"server": None}}])
def test_nobody_says_lost_where_the_receivers_capture_is_not_whole(talk, how):
    made = talk(**how)
    made.connect(0, 0, 1)
    made.send(">", "SYN", 0.1, seq=7, seen=("client",))
    assert [packet.fate for packet in packets(drawn(made))] == [Fate.UNKNOWN]


def test_no_capture_at_all_still_draws_the_calls(talk):
    made = talk(watched=())
    made.connect(0, 0, 1, "ETIMEDOUT")
    found = drawn(made)
    assert told(found) == [("connect()", None, ""), ("connect() ETIMEDOUT after 1.00 s", None, "")]
    assert not found.seen
    assert found.answered


@pytest.mark.parametrize("apart", [0, 5000, -77])
@pytest.mark.parametrize("ahead", [0, 0.05, -0.05])
def test_hosts_of_two_machines_still_make_one_order(pictures, apart, ahead):
    found = drawn(pictures["half-closed"](apart=apart, ahead=ahead))
    assert told(found) == told(drawn(pictures["half-closed"]()))
    for packet in packets(found):
        way = packet.right - packet.left if packet.from_client else packet.left - packet.right
        assert -1e-6 < way < 1e-3


def test_calls_belong_to_the_connection_that_accept_took_out(talk):
    made = talk(members=2)
    made.step("server", "accept", "guest", **{"from": "door", "count": 3})
    made.step("server", "send", "words", on="guest", data="hi")
    made.connect(0, 0, 0.0003)
    made.connect(1, 0.001, 0.0013)
    # Of three calls the first fails, and the second takes the second client out.
    made.call("guest", 0, 0.1, 0.1001, "EAGAIN", local=made.server)
    made.call("guest", 1, 0.2, 0.2001, local=made.server, remote=made.client(1))
    made.call("guest", 2, 0.3, 0.3001, local=made.server, remote=made.client(0))
    made.call("words", 0, 0.4, 0.4001, "EPIPE", local=made.server)
    made.call("words", 1, 0.5, 0.5001, value=2, local=made.server)
    assert told(drawn(made, 1))[-2:] == [("", None, "accept() ok"), ("", None, "send() EPIPE")]
    assert told(drawn(made, 0))[-2:] == [("", None, "accept() ok"), ("", None, "send() 2 bytes")]


def test_a_call_stands_on_the_packet_that_it_sends(talk):
    made = talk()
    made.step("client", "send", "words", on="visitor", data="hello")
    made.connect(0, 0, 0.0003)
    made.send(">", "ACK", 0.0002, seq=8, ack=91)
    made.state("server", 0.001, "ESTABLISHED")
    made.call("words", 0, 0.002, 0.0022, value=5)
    made.send(">", "PSH,ACK", 0.0021, seq=8, ack=91, length=5)
    assert told(drawn(made)) == [
        ("connect() connect() ok", "> ACK", "ESTABLISHED"),
        ("send() 5 bytes", "> PSH,ACK", ""),
    ]


def test_a_long_call_is_shown_where_it_begins_and_where_it_ends(talk):
    made = talk()
    made.step("client", "recv", "answer", on="visitor")
    made.connect(0, 0, 0.0003)
    made.call("answer", 0, 0.1, 0.6, value=5, data='a"b\x1b\n')
    assert [row[0] for row in told(drawn(made))] == [
        "connect() connect() ok",
        "recv() waits",
        'recv() "a\\"b\\u001b\\n" after 0.50 s',
    ]


def test_a_call_that_never_returned(talk):
    made = talk()
    made.step("client", "recv", "answer", on="visitor")
    made.connect(0, 0, 0.0003)
    made.call("answer", 0, 0.1, 9, result="pending")
    assert told(drawn(made))[-1] == ("recv() blocks", None, "")


def test_what_happens_to_the_listener_meanwhile(talk):
    made = talk()
    made.step("server", "filter", "hold", on="door", drop="without-syn")
    made.step("server", "filter", "release", on="door", drop="none")
    made.listens(-1, 0)
    made.call("hold", 0, -0.5, -0.4999, local=made.server)
    made.connect(0, 0, 0.0003)
    made.send(">", "SYN", 0.0001, seq=7)
    made.call("release", 0, 0.5, 0.5001, local=made.server)
    made.send("<", "SYN,ACK", 1, seq=90, ack=8)
    found = drawn(made)
    assert [note.text for note in found.before] == ["LISTEN", "queue 0/5", "filter lets SYN in"]
    assert ("", None, "filter off") in told(found)


def test_a_queue_that_others_filled_is_not_shown_as_what_this_one_met(pictures):
    made = pictures["no answer"](2, first=1)
    made.events = [event for event in made.events if getattr(event, "recv_q", None) != 6]
    made.listens(-0.5, 0)
    made.connect(0, 0.00001, 0.00005)
    made.listens(0.003, 6)
    found = drawn(made, 1)
    assert [note.text for note in found.before] == ["LISTEN"]
    assert [note.text for note in found.rows[0].right] == ["queue 6/5, full"]


def test_where_the_socket_table_shows_no_queue_the_listener_does(talk):
    made = talk()
    made.sees_queue(-0.5, 0)
    made.connect(0, 0, 0.0003)
    made.sees_queue(0.002, 1)
    made.state("server", 0.003, "ESTABLISHED")
    found = drawn(made)
    assert "queue 0/5" in [note.text for note in found.before]
    assert [note.text for row in found.rows for note in row.right] == ["queue 1/5", "ESTABLISHED"]


def test_a_port_used_again_keeps_the_two_connections_apart(talk):
    made = talk(members=2)
    for index, (at, seq) in enumerate(((0, 7), (5, 1007))):
        made.connect(index, at, at + 0.0003, local=made.client(0))
        made.send(">", "SYN", at + 0.0001, seq=seq)
        made.send("<", "SYN,ACK", at + 0.0002, seq=90 + seq, ack=seq + 1)
        made.state("client", at + 0.05, "ESTABLISHED")
        made.state("client", at + 1, "GONE")
    for index in (0, 1):
        assert told(drawn(made, index)) == [
            ("connect()", "> SYN", ""),
            ("connect() ok", "< SYN,ACK", ""),
            ("ESTABLISHED", None, ""),
            ("gone", None, ""),
        ]


def test_both_ends_on_one_host(talk):
    made = talk(server_host="client", watched=("client",))
    made.connect(0, 0, 0.0003, "ECONNREFUSED")
    made.send(">", "SYN", 0.0001, seq=7, seen=("client",))
    made.send("<", "RST,ACK", 0.0002, seq=0, ack=8, seen=("client",))
    assert [packet.fate for packet in packets(drawn(made))] == [Fate.ARRIVED, Fate.ARRIVED]


def test_data_sent_again_is_tied_to_the_first(talk):
    made = talk()
    made.connect(0, 0, 0.0003)
    for at in (0.1, 0.3, 0.7):
        made.send(">", "PSH,ACK", at, length=11, seq=8, ack=91)
    made.send(">", "PSH,ACK", 0.8, length=11, seq=19, ack=91)
    assert [packet.nth for packet in packets(drawn(made))] == [1, 2, 3, 1]


def test_folding_joins_the_retransmissions_and_nothing_else(pictures):
    found = drawn(pictures["no answer"]())
    rows = fold(found.rows)
    assert [row.packet and (row.packet.nth, len(row.packet.repeats)) for row in rows] == [(1, 0), (2, 1), None]
    assert rows[1].until == pytest.approx(2.02)
    closed = drawn(pictures["half-closed"]())
    assert fold(closed.rows) == closed.rows
