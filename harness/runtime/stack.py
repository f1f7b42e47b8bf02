"""Which TCP stack a process really runs on, and what that stack cannot do or show.

gVisor answers system calls itself. It calls itself Linux 4.4.0, but the first line of its log gives it away
(pkg/sentry/kernel/syslog.go); a container's name or runtime decides nothing here.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any, Iterator, Mapping

from harness.runtime.events import Cannot, now

__all__ = ["GVISOR", "LINUX", "cannots", "stack"]

LINUX, GVISOR = "linux", "gvisor"

_VERSION = "#1 SMP Sun Jan 10 15:06:54 PST 2016"
"""What gVisor's uname says, whenever it was built (pkg/sentry/syscalls/linux/linux64.go)."""

_SYSLOG_ACTION_READ_ALL = 3
_LOG_SIZE = 1 << 18

_LACKS = {
    "socket table": "gVisor answers no sock_diag, and its /proc/net/tcp leaves out what nobody has accepted",
    "counters": "gVisor has the names of Linux's counters in /proc/net, and never counts them",
    "TCP_INFO": "gVisor's TCP_INFO tells nothing of a listener's queue",
    "settings": "gVisor's /proc/sys is a fixed text that tells nothing of how it behaves",
    "socket-filter": "gVisor takes a socket filter (SO_ATTACH_FILTER) and lets everything through",
}
"""What gVisor cannot do or show, each tried on releases 20221219 and 20240729."""


def stack() -> str:
    """``gvisor`` or ``linux``, from what this process can see of it."""
    uname = os.uname()
    named = "gvisor" in uname.release.lower() or uname.version == _VERSION
    return GVISOR if named or "Starting gVisor" in _log_begins() else LINUX


def _log_begins() -> str:
    """The first line of the kernel's log (man 3 klogctl); "" where it may not be read."""
    log = ctypes.create_string_buffer(_LOG_SIZE)
    size = ctypes.CDLL(None).klogctl(_SYSLOG_ACTION_READ_ALL, log, _LOG_SIZE)
    return log.raw[: max(size, 0)].split(b"\n", 1)[0].decode("utf-8", "replace")


def cannots(host: str, found: str, order: Mapping[str, Any]) -> Iterator[Cannot]:
    """What an agent on this stack has to say of what it cannot do or show, the order's sysctls included."""
    if found != GVISOR:
        return
    for need, reason in _LACKS.items():
        yield Cannot(host, now(), need, reason, "agent")
    for name, value in order.get("sysctls", {}).items():
        yield Cannot(
            host, now(), f"sysctl {name}={value}", "ignored: gVisor takes no sysctls from outside", "agent"
        )
