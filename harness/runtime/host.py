"""What a host is: kernel, timer frequency, clock source, settings, counters; read where it runs."""

from __future__ import annotations

import os
import platform
import time
from typing import Any, Mapping

from harness.runtime.stack import LINUX, stack

__all__ = ["counters", "facts", "setting", "settings", "write_setting"]

_CLOCK_MONOTONIC_COARSE = 6
_PROC = "/proc/sys/"
_ALSO = (
    "net.core.somaxconn",
    "net.core.netdev_max_backlog",
    "net.core.rmem_default",
    "net.core.wmem_default",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
)


def facts() -> dict[str, Any]:
    """Stack, kernel release and version, HZ, processors, clock source, Python.

    HZ is 1 / clock_getres(CLOCK_MONOTONIC_COARSE): that clock advances once a jiffy (man 2 clock_getres). None on
    gVisor, which has no jiffies and says 1 ns.
    """
    uname = os.uname()
    found = stack()
    return {
        "kernel": uname.release,
        "version": uname.version,
        "machine": uname.machine,
        "hz": round(1 / time.clock_getres(_CLOCK_MONOTONIC_COARSE)) if found == LINUX else None,
        "cpus": os.cpu_count(),
        "clock_source": _first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        "python": platform.python_version(),
        "pid": os.getpid(),
        "stack": found,
    }


def _first_line(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return None


def _path(name: str) -> str:
    return _PROC + name.replace(".", "/")


def setting(name: str) -> str | None:
    """A sysctl's value, white space folded; None where this kernel does not have it."""
    try:
        with open(_path(name), encoding="utf-8", errors="replace") as file:
            return " ".join(file.read().split())
    except OSError:
        return None


def write_setting(name: str, value: str) -> None:
    """Set a sysctl; OSError: ENOENT where this kernel lacks it, EINVAL where it refuses the value."""
    with open(_path(name), "w", encoding="utf-8") as file:
        file.write(value)


def settings(also: Mapping[str, str]) -> dict[str, str | None]:
    """Every sysctl that bears on TCP as this network namespace has it, and those the plan names."""
    folder = _PROC + "net/ipv4"
    try:
        names = sorted(name for name in os.listdir(folder) if name.startswith("tcp_"))
    except OSError:
        names = []
    wanted = [*_ALSO, *(f"net.ipv4.{name}" for name in names), *also]
    return {name: setting(name) for name in dict.fromkeys(wanted)}


def counters() -> dict[str, int]:
    """TcpExt, IpExt (/proc/net/netstat) and Tcp (/proc/net/snmp) counters of this network namespace.

    OSError where the stack does not have them (gVisor).
    """
    values: dict[str, int] = {}
    for path in ("/proc/net/netstat", "/proc/net/snmp"):
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines()
        for names, numbers in zip(lines[::2], lines[1::2]):
            group, _, rest = names.partition(":")
            if group in ("TcpExt", "IpExt", "Tcp"):
                for name, number in zip(rest.split(), numbers.split()[1:]):
                    values[f"{group}.{name}"] = int(number)
    return values
