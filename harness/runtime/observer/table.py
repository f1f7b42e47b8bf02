"""The socket table of this network namespace: through sock_diag where it answers, else /proc/net/tcp."""

from __future__ import annotations

import errno
import socket
import struct
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from harness.runtime.events import Address

__all__ = ["ProcNet", "Row", "SockDiag", "Table", "changes", "open_table"]

STATES = {
    1: "ESTABLISHED",
    2: "SYN_SENT",
    3: "SYN_RECV",
    4: "FIN_WAIT_1",
    5: "FIN_WAIT_2",
    6: "TIME_WAIT",
    7: "CLOSE",
    8: "CLOSE_WAIT",
    9: "LAST_ACK",
    10: "LISTEN",
    11: "CLOSING",
    12: "SYN_RECV",  # TCP_NEW_SYN_RECV: a request not yet a socket of its own
    13: "CLOSE",  # TCP_BOUND_INACTIVE (kernel 6.8): bound, neither listening nor connected
}
"""include/net/tcp_states.h, named as ss and RFC 9293 name them."""

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST_DUMP = 0x301
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI48s")
_MESSAGE = struct.Struct("=BBBB2s2s16s16s12s5I")
_ALL_STATES = 0xFFFF


class Row(NamedTuple):
    """One socket: of a listener ``recv_q`` is the accept queue and ``send_q`` its limit."""

    local: Address
    remote: Address
    state: str
    recv_q: int
    send_q: Optional[int]
    retransmits: int


_UNATTENDED = {"FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT", "CLOSING", "LAST_ACK"}
"""States that may end by a timer of the kernel's, with no call and no packet to tell of it."""

Key = Tuple[Address, Address]
Table = Dict[Key, Row]


class SockDiag:
    """Reads the table through NETLINK_SOCK_DIAG (net/ipv4/inet_diag.c); needs no privilege."""

    name = "sock_diag"

    def __init__(self) -> None:
        self.expires: Optional[float] = None
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
        self._socket.settimeout(5)
        self._sequence = 0
        self.read()

    def read(self) -> Table:
        """All TCP sockets of both families; OSError where the kernel has no tcp_diag.

        ``expires`` is then in how many seconds the first unattended socket's timer fires, or None.
        """
        table: Table = {}
        self.expires = None
        for family in (socket.AF_INET, socket.AF_INET6):
            for row in self._dump(family):
                # A bound-only socket and a half-made one can share a key with nothing else; the last stands.
                table[row.local, row.remote] = row
        return table

    def _dump(self, family: int) -> Iterator[Row]:
        self._sequence += 1
        body = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, _ALL_STATES, bytes(48))
        head = _HEADER.pack(16 + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST_DUMP, self._sequence, 0)
        self._socket.send(head + body)
        while True:
            data = self._socket.recv(262144)
            at = 0
            while at + 16 <= len(data):
                length, kind, _, sequence, _ = _HEADER.unpack_from(data, at)
                if sequence == self._sequence:
                    if kind in (_NLMSG_DONE, _NLMSG_ERROR):
                        # The end of a dump tells of an error too: ENOENT where inet_diag has no tcp_diag.
                        number = -struct.unpack_from("=i", data, at + 16)[0] if length >= 20 else 0
                        if number or kind == _NLMSG_ERROR:
                            raise OSError(number, "sock_diag refused")
                        return
                    row, expires = _row(data, at + 16)
                    if row.state in _UNATTENDED and expires is not None:
                        self.expires = expires if self.expires is None else min(self.expires, expires)
                    yield row
                at += (length + 3) & ~3


def _row(data: bytes, at: int) -> Tuple[Row, Optional[float]]:
    """The row of one message, and in how many seconds its timer fires (None: none runs)."""
    (family, state, timer, retransmits, sport, dport, source, target, _, expires, recv_q, send_q, _, _) = (
        _MESSAGE.unpack_from(data, at)
    )
    row = Row(
        local=(_address(family, source), int.from_bytes(sport, "big")),
        remote=(_address(family, target), int.from_bytes(dport, "big")),
        state=STATES.get(state, f"STATE_{state}"),
        recv_q=recv_q,
        send_q=send_q,
        retransmits=retransmits,
    )
    return row, expires / 1000 if timer else None


def _address(family: int, raw: bytes) -> str:
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[:4])
    return socket.inet_ntop(socket.AF_INET6, raw)


class ProcNet:
    """Reads /proc/net/tcp and tcp6: slower, and no listener's limit is in it."""

    name = "/proc/net/tcp"
    expires: Optional[float] = None

    def read(self) -> Table:
        """All TCP sockets of both families."""
        table: Table = {}
        for path, family in (("/proc/net/tcp", socket.AF_INET), ("/proc/net/tcp6", socket.AF_INET6)):
            for row in _proc_rows(path, family):
                table[row.local, row.remote] = row
        return table


def _proc_rows(path: str, family: int) -> Iterator[Row]:
    try:
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines()[1:]
    except OSError as error:
        if error.errno == errno.ENOENT:
            return
        raise
    for line in lines:
        words = line.split()
        state = STATES.get(int(words[3], 16), words[3])
        send_q, recv_q = (int(part, 16) for part in words[4].split(":"))
        yield Row(
            local=_proc_address(words[1], family),
            remote=_proc_address(words[2], family),
            state=state,
            recv_q=recv_q,
            send_q=None if state == "LISTEN" else send_q,
            retransmits=int(words[6], 16),
        )


def _proc_address(text: str, family: int) -> Address:
    address, port = text.split(":")
    words = [int(address[at : at + 8], 16) for at in range(0, len(address), 8)]
    return socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words)), int(port, 16)


def open_table() -> SockDiag | ProcNet:
    """The best source this host offers."""
    try:
        return SockDiag()
    except OSError:
        return ProcNet()


def changes(old: Table, new: Table) -> List[Row]:
    """The rows that are new or changed, and with state ``GONE`` those that went."""
    rows = [row for key, row in new.items() if old.get(key) != row]
    gone = [row._replace(state="GONE", recv_q=0, send_q=None) for key, row in old.items() if key not in new]
    return rows + gone
