"""What a guest's kernel lacks, tried where it runs: for a kernel whose configuration nobody could read."""

from __future__ import annotations

import os
import socket
import subprocess
from typing import Callable, List, Tuple

from harness.runtime import libc
from harness.runtime.observer.table import SockDiag

__all__ = ["lacking"]


def lacking() -> List[str]:
    """The configuration options without which no lab can be, as far as trying tells."""
    tries: Tuple[Tuple[str, Callable[[], object]], ...] = (
        ("CONFIG_UNIX", socket.socketpair),
        ("CONFIG_INET", lambda: socket.socket(socket.AF_INET).close()),
        ("CONFIG_PACKET", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()),
        ("CONFIG_SYSCTL", lambda: os.listdir("/proc/sys/net/ipv4")),
        ("CONFIG_NET_NS", lambda: os.readlink("/proc/self/ns/net")),
        ("CONFIG_PID_NS", lambda: os.readlink("/proc/self/ns/pid")),
        ("CONFIG_INET_TCP_DIAG", SockDiag),
        ("CONFIG_VETH", lambda: _link("veth")),
        ("CONFIG_BRIDGE", lambda: _link("bridge")),
    )
    return [option for option, attempt in tries if not _works(attempt)]


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _link(kind: str) -> None:
    """Make a link of a kind, in a network namespace that ends with the attempt; OSError where there is none."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            libc.unshare(libc.CLONE_NEWNET)
            words = ["ip", "link", "add", "tried", "type", kind]
            status = subprocess.run(words, capture_output=True, check=False).returncode
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1] != 0:
        raise OSError(f"no links of kind {kind}")
