"""Packet capture with nothing installed: an AF_PACKET ring, kernel timestamps, the kernel's drop statistic.

The ring (TPACKET_V2, Documentation/networking/packet_mmap.rst) is memory shared with the kernel, so a burst
does not depend on the socket's receive buffer, which an ordinary user cannot enlarge.
"""

from __future__ import annotations

import ctypes
import mmap
import socket
import struct

__all__ = ["SNAP", "Recorder", "pcap_header"]

SNAP = 160
"""Bytes kept of each frame: Ethernet, IPv6 and a full TCP header fit."""

_ETH_P_ALL = 0x0003
_SOL_PACKET = 263
_PACKET_RX_RING, _PACKET_STATISTICS, _PACKET_VERSION = 5, 6, 10
_TPACKET_V2 = 1
_SO_ATTACH_FILTER = 26
_FRAME = 256
_BLOCK = 1 << 16
_BLOCKS = 256
_FRAMES = _BLOCK // _FRAME * _BLOCKS
_USER = struct.Struct("=I")
_TPACKET2_HEADER = struct.Struct("=IIIHHII")
_PCAP_RECORD = struct.Struct("<IIII")
_PIECE = 1 << 18


def pcap_header(link_type: int = 1) -> bytes:
    """A pcap file's header: little endian, nanoseconds, Ethernet."""
    return struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAP, link_type)


class Recorder:
    """Records every frame of one interface, in both directions, cut to SNAP bytes.

    Needs CAP_NET_RAW in the network namespace; PermissionError without it.
    """

    name = "recorder"

    def __init__(self, interface: str) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._snap()
        self._socket.setsockopt(_SOL_PACKET, _PACKET_VERSION, _TPACKET_V2)
        ring = struct.pack("=IIII", _BLOCK, _BLOCKS, _FRAME, _FRAMES)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_RX_RING, ring)
        self._ring = mmap.mmap(self._socket.fileno(), _BLOCK * _BLOCKS)
        self._next = 0
        self._header = pcap_header()
        # Bound only now: what arrives before the ring stands would be lost.
        self._socket.bind((interface, _ETH_P_ALL))

    def _snap(self) -> None:
        # One classic-BPF instruction, `ret SNAP`, is what cuts frames to length in the kernel.
        program = ctypes.create_string_buffer(struct.pack("=HBBI", 0x06, 0, 0, SNAP), 8)
        fprog = struct.pack("@HP", 1, ctypes.addressof(program))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, fprog)

    def fileno(self) -> int:
        """Readable when frames have come."""
        return self._socket.fileno()

    def read(self) -> bytes:
        """What has come since the last call, as the next piece of a pcap file; b"" when nothing has."""
        pieces = [self._header] if self._header else []
        self._header = b""
        size = 0
        while size < _PIECE:
            at = self._next * _FRAME
            status, length, snap, mac, _, seconds, nanoseconds = _TPACKET2_HEADER.unpack_from(self._ring, at)
            if not status & 1:  # TP_STATUS_USER: the frame is ours
                break
            kept = min(snap, SNAP)
            pieces.append(_PCAP_RECORD.pack(seconds, nanoseconds, kept, length))
            pieces.append(self._ring[at + mac : at + mac + kept])
            size += 16 + kept
            _USER.pack_into(self._ring, at, 0)
            self._next = (self._next + 1) % _FRAMES
        return b"".join(pieces)

    def failed(self) -> str | None:
        """A ring in this process cannot die apart from it."""
        return None

    def finish(self) -> tuple[bytes, int | None, str]:
        """The last piece, and the frames the kernel dropped for want of room (PACKET_STATISTICS)."""
        pieces = []
        while piece := self.read():
            pieces.append(piece)
        _, dropped = struct.unpack("=II", self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
        # The ring goes with the process: unmapping it here would wait for an RCU grace period (30 ms).
        return b"".join(pieces), dropped, ""
