from __future__ import annotations

import io
import socket
import struct

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.packets import ACK, ECE, FIN, SYN, flag_names, read_capture

CLIENT, SERVER = ("10.0.0.2", 40000), ("10.0.0.3", 8000)
CLIENT6, SERVER6 = ("fd00::2", 40000), ("fd00::3", 8000)


def pcap(frames, *, order="<", nano=False, link=1, snap=160, first=1_700_000_000):
    """A pcap file, written after tcpdump.org/manpages/pcap-savefile.5: one frame a millisecond."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    unit = 1_000_000 if nano else 1000
    pieces = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap, link)]
    for number, frame in enumerate(frames):
        kept = frame[:snap]
        pieces.append(struct.pack(order + "IIII", first, number * unit, len(kept), len(frame)) + kept)
    return b"".join(pieces)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_reads_every_kind_of_pcap(tcp_frame, order, nano):
    data = pcap([tcp_frame(CLIENT, SERVER, SYN, sequence=7)] * 2, order=order, nano=nano)
    capture = read_capture(data)
    assert capture.frames == 2
    assert capture.fault is None
    second = capture.packets[1]
    assert second.frame == 2
    assert second.wall == 1_700_000_000_001_000_000
    assert (second.source, second.source_port, second.target, second.target_port) == (*CLIENT, *SERVER)
    assert (second.kind, second.flags, second.sequence, second.length) == ("tcp", SYN, 7, 0)


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("options", [b"", b"\x02\x04\x05\xb4", b"\x01" * 40])
def test_payload_length_is_the_headers_however_short_the_capture(tcp_frame, family, options):
    ends = (CLIENT, SERVER) if family == 4 else (CLIENT6, SERVER6)
    frame = tcp_frame(*ends, ACK, payload=b"x" * 1000, options=options, family=family)
    (packet,) = read_capture(pcap([frame], snap=120)).packets
    assert packet.length == 1000
    assert packet.source == ends[0][0]


def test_vlan_tags_are_passed(tcp_frame):
    frame = tcp_frame(CLIENT, SERVER, SYN)
    tagged = frame[:12] + b"\x88\xa8\x00\x05\x81\x00\x00\x07" + frame[12:]
    (packet,) = read_capture(pcap([tagged])).packets
    assert (packet.source, packet.target_port) == ("10.0.0.2", 8000)


@pytest.mark.parametrize(
    ("link", "header"),
    [
        (101, b""),
        (113, struct.pack(">HHH8sH", 0, 1, 6, b"\0" * 8, 0x0800)),
        (276, struct.pack(">HHIHBB8s", 0x0800, 0, 2, 1, 0, 6, b"\0" * 8)),
    ],
    ids=["raw", "sll", "sll2"],
)
def test_other_link_types(tcp_frame, link, header):
    frame = header + tcp_frame(CLIENT, SERVER, SYN | ACK)[14:]
    (packet,) = read_capture(pcap([frame], link=link)).packets
    assert (packet.source, packet.source_port, packet.flags) == ("10.0.0.2", 40000, SYN | ACK)


def test_ipv6_extension_headers_are_passed(tcp_frame):
    frame = tcp_frame(CLIENT6, SERVER6, SYN, family=6)
    ip, segment = bytearray(frame[14:54]), frame[54:]
    ip[6] = 0  # hop-by-hop, then destination options, then the first fragment
    ip[4:6] = struct.pack(">H", len(segment) + 32)
    options = (
        bytes([60, 0, 1, 4, 0, 0, 0, 0])
        + bytes([44, 1])
        + b"\1\x0c"
        + b"\0" * 12
        + bytes([6, 0, 0, 0, 0, 0, 0, 9])
    )
    (packet,) = read_capture(pcap([frame[:14] + bytes(ip) + options + segment])).packets
    assert (packet.target, packet.target_port, packet.length) == ("fd00::3", 8000, 0)


def test_what_is_not_tcp_keeps_its_frame_number(tcp_frame):
    arp = b"\xff" * 12 + b"\x08\x06" + b"\0" * 46
    udp = bytearray(tcp_frame(CLIENT, SERVER, SYN))
    udp[23] = 17
    later_fragment = bytearray(tcp_frame(CLIENT, SERVER, SYN))
    later_fragment[20:22] = b"\x00\x10"
    capture = read_capture(pcap([arp, bytes(udp), bytes(later_fragment), tcp_frame(CLIENT, SERVER, SYN)]))
    assert capture.frames == 4
    assert [packet.frame for packet in capture.packets] == [4]


def test_icmp_is_kept_with_type_and_code():
    unreachable = dpkt.icmp.ICMP(type=3, code=1, data=dpkt.icmp.ICMP.Unreach(data=b""))
    packet = dpkt.ip.IP(src=socket.inet_aton("10.0.0.1"), dst=socket.inet_aton("10.0.0.2"), p=1, data=unreachable)
    packet.len = len(packet)
    (found,) = read_capture(pcap([bytes(dpkt.ethernet.Ethernet(type=0x0800, data=packet))])).packets
    assert (found.kind, found.source, found.source_port, found.target_port) == ("icmp", "10.0.0.1", 3, 1)


def test_a_cut_record_ends_the_capture_and_is_named(tcp_frame):
    data = pcap([tcp_frame(CLIENT, SERVER, SYN)] * 3)
    for cut in (1, 20, 60):
        capture = read_capture(data[:-cut])
        assert capture.frames == 2
        assert capture.fault == "its last record is cut off"


@pytest.mark.parametrize("data", [b"x", b"not a pcap file, but long enough to be one", b"\xd4\xc3\xb2\xa1"])
def test_what_is_no_pcap_file_is_named(data):
    assert read_capture(data).fault == "it does not begin as a pcap file does"


def test_an_unknown_link_type_is_named():
    assert read_capture(pcap([], link=147)).fault == "its link type 147 is not known"


def test_nothing_captured_is_no_fault():
    assert read_capture(b"").fault is None
    assert read_capture(pcap([])).fault is None


@given(st.binary(max_size=400))
def test_any_bytes_at_all(data):
    assert read_capture(data).frames == 0 or data


@given(
    st.lists(st.binary(max_size=120), max_size=6),
    st.sampled_from([1, 101, 113, 276]),
    st.sampled_from([b"", b"\xff" * 12 + b"\x08\x00\x45", b"\xff" * 12 + b"\x86\xdd\x60", b"\x45", b"\x60"]),
    st.integers(0, 30),
)
def test_any_frames_at_all(frames, link, start, cut):
    data = pcap([start + frame for frame in frames], link=link)
    whole = read_capture(data)
    assert whole.frames == len(frames)
    assert whole.fault is None
    assert all(packet.length >= 0 for packet in whole.packets)
    read_capture(data[: len(data) - cut])


NUMBER = st.integers(0, 2**32 - 1)
SEGMENTS = st.tuples(
    st.integers(0, 255), NUMBER, NUMBER, st.binary(max_size=90), st.integers(0, 10), st.sampled_from([4, 6])
)


@given(st.lists(SEGMENTS, max_size=8))
def test_agrees_with_dpkt(tcp_frame, packets):
    frames = []
    for flags, sequence, acknowledgement, payload, options, family in packets:
        ends = (CLIENT, SERVER) if family == 4 else (CLIENT6, SERVER6)
        frames.append(
            tcp_frame(*ends, flags, sequence=sequence, acknowledgement=acknowledgement, payload=payload,
                      options=b"\1" * (4 * options), family=family)
        )  # fmt: skip
    data = pcap(frames, snap=400)
    found = read_capture(data).packets
    theirs = [(moment, dpkt.ethernet.Ethernet(raw).data) for moment, raw in dpkt.pcap.Reader(io.BytesIO(data))]
    assert len(found) == len(theirs) == len(frames)
    for ours, (moment, ip) in zip(found, theirs, strict=True):
        segment = ip.data
        family = socket.AF_INET if ip.v == 4 else socket.AF_INET6
        assert ours.wall == round(moment * 1_000_000) * 1000
        assert (ours.source, ours.target) == (socket.inet_ntop(family, ip.src), socket.inet_ntop(family, ip.dst))
        assert (ours.source_port, ours.target_port) == (segment.sport, segment.dport)
        assert (ours.flags, ours.sequence, ours.acknowledgement) == (segment.flags, segment.seq, segment.ack)
        assert (ours.window, ours.length) == (segment.win, len(segment.data))


def test_flag_names():
    assert flag_names(SYN | ACK) == "SYN,ACK"
    assert flag_names(FIN | ACK | ECE) == "FIN,ACK,ECE"
    assert flag_names(0) == ""
