"""Socket filters: classic BPF on a socket (man 7 socket, SO_ATTACH_FILTER).

A TCP socket's filter sees the segment from its TCP header on (net/ipv4/tcp_ipv4.c, tcp_filter), also for the
final ACK of a handshake, so ``without-syn`` holds connections at the third step and ``all`` makes the
listener silent.
"""

from __future__ import annotations

import ctypes
import socket
import struct

__all__ = ["FILTERS", "set_filter"]

_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_DROP = (0x06, 0, 0, 0)
_KEEP = (0x06, 0, 0, 0xFFFF)
_LOAD_FLAGS = (0x30, 0, 0, 13)  # ldb [13]: the flags byte of the TCP header
_IS_SYN = (0x45, 1, 0, 0x02)  # jset #SYN: over the drop

FILTERS = {
    "all": (_DROP,),
    "without-syn": (_LOAD_FLAGS, _IS_SYN, _DROP, _KEEP),
    "none": (),
}


def set_filter(sock: socket.socket, drop: str) -> None:
    """Attach the named filter, or detach (``none``); OSError where the kernel refuses."""
    program = FILTERS[drop]
    if not program:
        sock.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
        return
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    sock.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(program), ctypes.addressof(buffer))
    )
