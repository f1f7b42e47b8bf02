"""What a lab in a guest needs of a kernel's configuration, each with its reason, and what a kernel lacks of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["OPTIONS", "Option", "lacking", "lacking_by_modules", "parse"]

_LINE = re.compile(r"CONFIG_(\w+)=(.*)")


@dataclass(frozen=True, slots=True)
class Option:
    """A configuration option without ``CONFIG_``; why a lab needs it; the module that it may be in the guest."""

    name: str
    why: str
    module: str | None = None


OPTIONS = (
    Option("64BIT", "the guest's programs are x86-64"),
    Option("BLK_DEV_INITRD", "the root file system is an initramfs"),
    Option("BINFMT_ELF", "runs the guest's programs"),
    Option("BINFMT_SCRIPT", "the guest's first process is a script"),
    Option("FUTEX", "Python's threads"),
    Option("POSIX_TIMERS", "clock_getres() tells the kernel's HZ"),
    Option("PRINTK", "the console's messages, in which faults are found"),
    Option("BUG", "WARN() and BUG() say something"),
    Option("SERIAL_8250", "the guest's console is a serial port"),
    Option("SERIAL_8250_CONSOLE", "the guest's console is a serial port"),
    Option("PCI", "the virtio bus of QEMU's machine"),
    Option("VIRTIO_PCI", "the port on which a guest takes its order and says what it sees", "virtio_pci"),
    Option("VIRTIO_CONSOLE", "the port on which a guest takes its order and says what it sees", "virtio_console"),
    Option("PROC_FS", "counters, the hosts' namespaces"),
    Option("SYSCTL", "sysctls are read and set; PROC_SYSCTL sets it"),
    Option("SYSFS", "finds the port's device"),
    Option("SHMEM", "memfd_create(): a process's stderr"),
    Option("TMPFS", "/run and /tmp"),
    Option("DEVTMPFS", "the port's device"),
    Option("NET", "a network"),
    Option("INET", "TCP"),
    Option("UNIX", "the channels between conductor, agents and observers"),
    Option("PACKET", "captures", "af_packet"),
    Option("NAMESPACES", "each host is a network namespace"),
    Option("NET_NS", "each host is a network namespace"),
    Option("PID_NS", "the box, with which everything ends"),
    Option("NETDEVICES", "veth"),
    Option("VETH", "a host's interface", "veth"),
    Option("BRIDGE", "joins the hosts", "bridge"),
    Option("INET_DIAG", "the socket table, with a listener's limit", "inet_diag"),
    Option("INET_TCP_DIAG", "the socket table, with a listener's limit", "tcp_diag"),
)
"""A kernel whose configuration has these alone (and what they depend on) boots and performs every experiment but
ghost-connections, whose clients need SYN_COOKIES too.
"""


def parse(text: str) -> dict[str, str]:
    """A configuration's options, without ``CONFIG_``, by what they are set to; those not set are not there."""
    return {match[1]: match[2] for line in text.splitlines() if (match := _LINE.match(line))}


def lacking(config: Mapping[str, str], modules: Collection[str]) -> list[str]:
    """What a configuration lacks, one line an option: its name, why it is needed, and what it is instead.

    Args:
        config: see ``parse``.
        modules: the modules that the guest will load.
    """
    found = []
    for option in OPTIONS:
        value = config.get(option.name)
        if value == "y" or (value == "m" and option.module is not None and option.module in modules):
            continue
        line = f"CONFIG_{option.name}  ({option.why})"
        if value == "m":
            line += ": it is a module; " + ("give --modules, or build it in" if option.module else "build it in")
        found.append(line)
    return found


def lacking_by_modules(modules: Collection[str]) -> list[str]:
    """The same, where nothing but the names of the modules, built in or not, is known."""
    return [
        f"CONFIG_{option.name}  ({option.why})"
        for option in OPTIONS
        if option.module is not None and option.module not in modules
    ]
