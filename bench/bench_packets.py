"""Packets a second: harness.evidence.packets, dpkt and tshark, each giving the same fields of the same capture."""

from __future__ import annotations

import io
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import dpkt
from measuring import arguments, middle
from tabulate import tabulate

from harness.evidence.packets import read_capture

if TYPE_CHECKING:
    from collections.abc import Callable

_FRAMES = 50_000
_TSHARK = (
    "frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport", "tcp.flags",
    "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.len",
)  # fmt: skip
_ENDS = {4: ("10.0.0.2", "10.0.0.3", socket.AF_INET), 6: ("fd00::2", "fd00::3", socket.AF_INET6)}


def capture(family: int) -> bytes:
    """A capture as the observers write it: SYNs, answers and data of a thousand connections."""
    here, there, kind = _ENDS[family]
    source, target = socket.inet_pton(kind, here), socket.inet_pton(kind, there)
    pieces = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 160, 1)]
    for number in range(_FRAMES):
        tcp = dpkt.tcp.TCP(
            sport=30000 + number % 1000, dport=8000, seq=number, flags=(2, 18, 16)[number % 3], data=b"x" * 40
        )
        if family == 4:
            packet = dpkt.ip.IP(src=source, dst=target, p=6, data=tcp)
            packet.len = len(packet)
        else:
            packet = dpkt.ip6.IP6(src=source, dst=target, nxt=6, plen=len(tcp), hlim=64, data=tcp)
        ethertype = 0x0800 if family == 4 else 0x86DD
        frame = bytes(dpkt.ethernet.Ethernet(src=b"\x02" * 6, dst=b"\x02" * 6, type=ethertype, data=packet))
        pieces.append(struct.pack("<IIII", 1_700_000_000, number, len(frame), len(frame)) + frame)
    return b"".join(pieces)


def with_harness(path: Path) -> int:
    """How many TCP packets our reader finds."""
    return sum(packet.kind == "tcp" for packet in read_capture(path.read_bytes()).packets)


def with_dpkt(path: Path) -> int:
    """How many dpkt finds, each with the fields that ours has."""
    found = []
    for moment, frame in dpkt.pcap.Reader(io.BytesIO(path.read_bytes())):
        packet = dpkt.ethernet.Ethernet(frame).data
        segment = packet.data
        if isinstance(segment, dpkt.tcp.TCP):
            source, target = dpkt.utils.inet_to_str(packet.src), dpkt.utils.inet_to_str(packet.dst)
            found.append(
                (moment, source, segment.sport, target, segment.dport, segment.flags, segment.seq, segment.ack,
                 segment.win, len(segment.data))
            )  # fmt: skip
    return len(found)


def with_tshark(path: Path) -> int:
    """How many tshark finds, its start (about half a second) included."""
    words = ["tshark", "-n", "-r", str(path), "-Y", "tcp", "-T", "fields"]
    for field in _TSHARK:
        words += ["-e", field]
    return subprocess.run(words, capture_output=True, check=True).stdout.count(b"\n")


def main() -> None:
    """Read the same bytes with each, in turn."""
    assert __doc__ is not None  # noqa: S101 (it stands above)
    rounds = arguments(__doc__, rounds=3).rounds
    readers: dict[str, Callable[[Path], int]] = {"harness.evidence.packets": with_harness, "dpkt": with_dpkt}
    if shutil.which("tshark"):
        readers["tshark"] = with_tshark
    else:
        print("tshark is not installed: left out", file=sys.stderr)
    rates: dict[tuple[str, int], list[float]] = {(name, family): [] for name in readers for family in _ENDS}
    with tempfile.TemporaryDirectory() as folder:
        for family in _ENDS:
            path = Path(folder, f"ipv{family}.pcap")
            path.write_bytes(capture(family))
            for _ in range(rounds):
                for name, reader in readers.items():
                    began = time.perf_counter()
                    found = reader(path)
                    rates[name, family].append(found / (time.perf_counter() - began) / 1000)
                    if found != _FRAMES:
                        raise SystemExit(f"{name} found {found} of {_FRAMES} packets")
    rows = [(name, *(middle(rates[name, family], 0) for family in _ENDS)) for name in readers]
    print(f"thousand packets a second, median of {rounds}")
    print(tabulate(rows, ["reader", "IPv4", "IPv6"], disable_numparse=True))


if __name__ == "__main__":
    main()
