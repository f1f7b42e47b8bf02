from __future__ import annotations

import socket

import dpkt
import pytest

NETWORKS = {4: (socket.AF_INET, dpkt.ip.IP, 0x0800), 6: (socket.AF_INET6, dpkt.ip6.IP6, 0x86DD)}


@pytest.fixture(scope="session")
def tcp_frame():
    """Makes an Ethernet frame with dpkt, an implementation independent of ours."""

    def make(source, target, flags, *, sequence=1, acknowledgement=0, payload=b"", options=b"", family=4):
        segment = dpkt.tcp.TCP(
            sport=source[1],
            dport=target[1],
            flags=flags,
            seq=sequence,
            ack=acknowledgement,
            win=64240,
            opts=options,
            off=5 + len(options) // 4,
            data=payload,
        )
        number, kind, ethertype = NETWORKS[family]
        ends = {"src": socket.inet_pton(number, source[0]), "dst": socket.inet_pton(number, target[0])}
        if family == 4:
            packet = kind(p=6, data=segment, **ends)
            packet.len = len(packet)
        else:
            packet = kind(nxt=6, plen=len(segment), hlim=64, data=segment, **ends)
        return bytes(dpkt.ethernet.Ethernet(type=ethertype, data=packet))

    return make
