from __future__ import annotations

import pytest

from harness.evidence.flows import group, is_flags
from harness.evidence.packets import ACK, CWR, ECE, FIN, PSH, RST, SYN, Packet

CLIENT, SERVER = ("10.0.0.2", 40000), ("10.0.0.3", 8000)


def story(*steps):
    """Packets from (">" of the client or "<" of the server, flags) or (…, sequence)."""
    packets = []
    for number, (direction, flags, *rest) in enumerate(steps, 1):
        source, target = (CLIENT, SERVER) if direction == ">" else (SERVER, CLIENT)
        sequence = rest[0] if rest else 1
        packets.append(Packet(number, number * 1000, "tcp", *source, *target, flags, sequence, 0, 0, 0))
    return packets


@pytest.mark.parametrize(
    ("flags", "wanted", "is_so"),
    [
        (SYN, "SYN", True),
        (SYN | ECE | CWR, "SYN", True),  # RFC 3168: a SYN that offers ECN is still a SYN
        (SYN | ECE | CWR, "SYN,ECE,CWR", True),
        (SYN, "SYN,ECE,CWR", False),
        (SYN | ACK, "SYN", False),
        (SYN | ACK, "SYN,ACK", True),
        (SYN | ACK, "ACK, SYN", True),
        (RST | ACK, "RST", False),
        (PSH | ACK, "ACK", True),
        (ACK, "PSH,ACK", False),
        (FIN | PSH | ACK, "FIN,ACK", True),
        (SYN, "NONSENSE", False),
        (0, "any", True),
    ],
)
def test_is_flags(flags, wanted, is_so):
    (packet,) = story((">", flags))
    assert is_flags(packet, wanted) is is_so


def test_a_completed_handshake():
    (flow,) = group(story((">", SYN), ("<", SYN | ACK), (">", ACK))).flows
    assert (flow.client, flow.server) == (CLIENT, SERVER)
    assert flow.established
    assert not flow.refused
    assert flow.unanswered_syns == 0


def test_syns_without_an_answer():
    (flow,) = group(story((">", SYN), (">", SYN), (">", SYN))).flows
    assert not flow.established
    assert not flow.refused
    assert flow.unanswered_syns == len(flow.syns) == 3
    assert flow.answers == ()


def test_a_late_answer_leaves_the_earlier_syns_unanswered():
    (flow,) = group(story((">", SYN), (">", SYN), ("<", SYN | ACK), (">", ACK))).flows
    assert flow.established
    assert flow.unanswered_syns == 1


def test_a_refusal():
    (flow,) = group(story((">", SYN), ("<", RST | ACK))).flows
    assert flow.refused
    assert not flow.established


def test_an_answer_that_the_client_never_acknowledged_is_no_connection():
    (flow,) = group(story((">", SYN), ("<", SYN | ACK), ("<", SYN | ACK))).flows
    assert not flow.established
    assert len(flow.syn_acks) == 2


def test_a_port_used_again_is_another_flow():
    packets = story((">", SYN, 1), (">", SYN, 1), (">", SYN, 9), ("<", SYN | ACK, 5), (">", ACK, 10))
    flows = group(packets)
    assert [len(flow.packets) for flow in flows.flows] == [2, 3]
    assert flows.by_client[CLIENT, SERVER] == flows.flows


def test_a_capture_that_begins_at_the_answer_still_knows_the_server():
    (flow,) = group(story(("<", SYN | ACK), (">", ACK))).flows
    assert (flow.client, flow.server) == (CLIENT, SERVER)


def test_icmp_belongs_to_no_flow():
    assert group([Packet(1, 0, "icmp", "10.0.0.1", 3, "10.0.0.2", 1, 0, 0, 0, 0, 0)]).flows == ()


def test_each_syn_is_answered_only_before_the_next():
    (flow,) = group(story((">", SYN), ("<", SYN | ACK), (">", SYN))).flows
    assert [answered for _, answered in flow.syn_answers] == [True, False]
    assert flow.unanswered_syns == 1
