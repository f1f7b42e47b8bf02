"""Packets a second: harness.evidence.packets beside dpkt, on one capture of TCP frames."""

from __future__ import annotations

import io
import struct
import time
from typing import TYPE_CHECKING

import dpkt
from measuring import arguments, middle
from tabulate import tabulate

from harness.evidence.packets import read_capture

if TYPE_CHECKING:
    from collections.abc import Callable

_FRAMES = 50_000


def capture() -> bytes:
    """A capture as the observers write it: SYNs, answers and data of a thousand connections."""
    pieces = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 160, 1)]
    for number in range(_FRAMES):
        tcp = dpkt.tcp.TCP(
            sport=30000 + number % 1000, dport=8000, seq=number, flags=(2, 18, 16)[number % 3], data=b"x" * 40
        )
        ip = dpkt.ip.IP(src=b"\x0a\x00\x00\x02", dst=b"\x0a\x00\x00\x03", p=6, data=tcp)
        ip.len = len(ip)
        frame = bytes(dpkt.ethernet.Ethernet(src=b"\x02" * 6, dst=b"\x02" * 6, data=ip))
        pieces.append(struct.pack("<IIII", 1_700_000_000, number, len(frame), len(frame)) + frame)
    return b"".join(pieces)


def with_harness(data: bytes) -> int:
    """How many TCP packets our reader finds."""
    return sum(packet.kind == "tcp" for packet in read_capture(data).packets)


def with_dpkt(data: bytes) -> int:
    """How many dpkt finds, each with addresses, ports and flags looked at, as ours has them."""
    found = 0
    for _, frame in dpkt.pcap.Reader(io.BytesIO(data)):
        packet = dpkt.ethernet.Ethernet(frame).data
        segment = packet.data
        if isinstance(segment, dpkt.tcp.TCP):
            _ = (
                dpkt.utils.inet_to_str(packet.src),
                segment.sport,
                dpkt.utils.inet_to_str(packet.dst),
                segment.flags,
            )
            found += 1
    return found


def main() -> None:
    """Read the same bytes with both, in turn."""
    assert __doc__ is not None  # noqa: S101 (it stands above)
    rounds = arguments(__doc__, rounds=3).rounds
    data = capture()
    readers: dict[str, Callable[[bytes], int]] = {"harness.evidence.packets": with_harness, "dpkt": with_dpkt}
    rates: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, reader in readers.items():
            began = time.perf_counter()
            found = reader(data)
            rates[name].append(found / (time.perf_counter() - began) / 1000)
            if found != _FRAMES:
                raise SystemExit(f"{name} found {found} of {_FRAMES} packets")
    rows = [(name, middle(values, 0)) for name, values in rates.items()]
    print(tabulate(rows, ["reader", f"thousand packets a second, median of {rounds}"], disable_numparse=True))


if __name__ == "__main__":
    main()
