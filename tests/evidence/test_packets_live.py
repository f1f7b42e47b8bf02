"""Real captures, read by us, by dpkt and by tshark: the same packets."""

from __future__ import annotations

import io
import socket
import subprocess
from pathlib import Path

import dpkt
import pytest

from harness.cli.main import main
from harness.evidence.packets import ACK, FIN, PSH, SYN, read_capture

STORED = sorted((Path(__file__).parents[1] / "data").glob("*/*.pcap"))
FIELDS = (
    "frame.number", "frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport",
    "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.len",
)  # fmt: skip


def by_harness(path):
    return [
        (each.frame, each.wall, (each.source, each.source_port), (each.target, each.target_port), each.flags,
         each.sequence, each.acknowledgement, each.window, each.length)
        for each in read_capture(path.read_bytes()).packets
        if each.kind == "tcp"
    ]  # fmt: skip


def by_tshark(path):
    words = [
        "tshark",
        "-n",
        "-r",
        path,
        "-Y",
        "tcp and not icmp and not icmpv6",
        "-T",
        "fields",
        "-E",
        "separator=|",
    ]
    for field in FIELDS:
        words += ["-e", field]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return [_from_tshark(*line.split("|")) for line in lines]


def _from_tshark(frame, time, source4, source6, sport, target4, target6, dport, flags, *numbers):  # noqa: PLR0917 (tshark's columns)
    seconds, _, fraction = time.partition(".")
    return (
        int(frame),
        int(seconds) * 1_000_000_000 + int(fraction.ljust(9, "0")),
        (source4 or source6, int(sport)),
        (target4 or target6, int(dport)),
        int(flags, 16) & 0xFF,  # tshark has the reserved bits as well
        *map(int, numbers),
    )


def by_dpkt(path):
    found = []
    # dpkt gives the moment as a Decimal, whose 28 digits hold nanoseconds since 1970.
    for frame, (moment, raw) in enumerate(dpkt.pcap.Reader(io.BytesIO(path.read_bytes())), 1):
        packet = dpkt.ethernet.Ethernet(raw).data
        if not isinstance(packet, dpkt.ip.IP | dpkt.ip6.IP6) or not isinstance(packet.data, dpkt.tcp.TCP):
            continue
        family, payload = (
            (socket.AF_INET, packet.len - packet.hl * 4) if packet.v == 4 else (socket.AF_INET6, packet.plen)
        )
        source, target = (socket.inet_ntop(family, raw) for raw in (packet.src, packet.dst))
        segment = packet.data
        found.append(
            (frame, int(moment * 1_000_000_000), (source, segment.sport), (target, segment.dport),
             segment.flags & 0xFF, segment.seq, segment.ack, segment.win, payload - segment.off * 4)
        )  # fmt: skip
    return found


def same(path):
    """The capture's packets, on which all three agree."""
    ours = by_harness(path)
    assert ours == by_dpkt(path)
    assert ours == by_tshark(path)
    return ours


@pytest.mark.tshark
@pytest.mark.parametrize("path", STORED, ids=lambda path: path.name)
def test_a_stored_capture(path):
    assert len(same(path)) > 40


@pytest.mark.tshark
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize(
    "lab", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("netns", "docker")]
)
def test_a_whole_life(lab, family, tmp_path, capsys):
    """Handshake, data both ways and the end, as each lab captures it."""
    words = ["run", "lifecycle", "--lab", lab, "--family", str(family), "--out", str(tmp_path)]
    main(
        [*words, *(["--image", "debian"] if lab == "docker" else [])]
    )  # what it says of timers is not the question
    said = capsys.readouterr()
    captures = sorted((tmp_path / "latest").glob("*.pcap"))
    assert [path.name for path in captures] == ["client.pcap", "server.pcap"], said
    for path in captures:
        packets = same(path)
        flags = {packet[4] for packet in packets}
        assert {SYN, SYN | ACK, ACK, PSH | ACK, FIN | ACK} <= flags
        assert any(packet[-1] == len("hello-world") for packet in packets)
        assert all((":" in packet[2][0]) is (family == 6) for packet in packets)
