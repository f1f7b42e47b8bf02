"""QEMU's command line, in words. What stands here decides what a guest's clock is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.lab.interface import Need
from harness.runtime.guest import PORT

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "INSTALL",
    "MEMORY",
    "PROGRAM",
    "REAL",
    "VIRTUAL",
    "Descriptors",
    "boot",
    "bound",
    "needs",
    "order",
    "restore",
]

PROGRAM = "qemu-system-x86_64"

INSTALL = "sudo apt-get install qemu-system-x86"
"""What mends a missing QEMU."""

VIRTUAL, REAL = "virtual", "real"
"""What a guest's clock follows: the instructions it executes (waits are jumped over), or this machine's clock."""

MEMORY = 512 << 20
"""Bytes of a guest's memory."""

_KERNEL = (
    # Not "quiet": a WARN() is printed at level 4, which that leaves out.
    "console=ttyS0 loglevel=5 panic=-1 mitigations=off nokaslr no_timer_check tsc=reliable nowatchdog psi=0 "
    "mce=off random.trust_cpu=on"
)
_CLOCK = {
    # shift=1: an instruction takes 2 ns. sleep=off: an idle guest's clock jumps to its next timer.
    VIRTUAL: ("-accel", "tcg,thread=single", "-icount", "shift=1,sleep=off", "-rtc", "clock=vm,base=2026-01-01"),
    REAL: ("-accel", "tcg,thread=single", "-rtc", "clock=host"),
}


@dataclass(frozen=True, slots=True)
class Descriptors:
    """What QEMU inherits beside stdin (orders) and stdout (events): the guest's console, QEMU's own monitor."""

    console: int
    monitor: int


def order(plan: dict[str, Any], clock: str) -> dict[str, Any]:
    """What a guest is told: its box's order, and whether its clock jumps."""
    return {"plan": plan, "keep": False, "virtual": clock == VIRTUAL}


def bound(parent: int, command: list[str]) -> list[str]:
    """A command that the kernel ends when its parent ends, and that does not start when it has ended already.

    ``setpriv`` asks for the signal; a parent that dies before that sends none, and is then looked for: no process
    that has ended, reaped or not, has a root folder (man 5 proc).
    """
    return ["setpriv", "--pdeathsig", "KILL", "--", "env", "-C", f"/proc/{parent}/root", *command]


def boot(kernel: Path, initrd: Path, memory: Path, clock: str, descriptors: Descriptors) -> list[str]:
    """Boot a guest whose memory is the file, to be kept."""
    return [
        *_common(memory, clock, descriptors, share="on"),
        "-kernel", str(kernel), "-initrd", str(initrd), "-append", _KERNEL,
    ]  # fmt: skip


def restore(memory: Path, clock: str, descriptors: Descriptors, *, own: bool = False) -> list[str]:
    """A guest whose memory is as in the file; it waits for its devices' state.

    The file is not changed, unless it is the guest's ``own``.
    """
    share = "on" if own else "off"
    return [*_common(memory, clock, descriptors, share=share), "-incoming", "defer"]


def _common(memory: Path, clock: str, descriptors: Descriptors, share: str) -> list[str]:
    return [
        PROGRAM, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-net", "none", "-smp", "1",
        "-cpu", "qemu64,+rdrand",
        "-machine", "pc,memory-backend=ram", *_CLOCK[clock],
        "-object", f"memory-backend-file,id=ram,size={MEMORY},mem-path={_escaped(memory)},share={share}",
        "-chardev", f"file,id=console,append=on,path=/proc/self/fd/{descriptors.console}",
        "-serial", "chardev:console",
        "-chardev", f"socket,id=monitor,fd={descriptors.monitor}", "-mon", "chardev=monitor,mode=control",
        "-chardev", "stdio,id=port,signal=off",
        # No ioeventfd: what the guest writes is taken before it goes on, by the thread that executes it.
        "-device", "virtio-serial-pci,ioeventfd=off", "-device", f"virtserialport,chardev=port,name={PORT}",
    ]  # fmt: skip


def _escaped(path: Path) -> str:
    return str(path).replace(",", ",,")


def needs() -> list[Need]:
    """QEMU and setpriv: what is there, and what mends what is not."""
    qemu, setpriv = shutil.which(PROGRAM), shutil.which("setpriv")
    return [
        Need("QEMU", qemu is not None, qemu or f"{PROGRAM} is not installed", INSTALL),
        Need("setpriv", setpriv is not None, setpriv or "setpriv is missing", "sudo apt-get install util-linux"),
    ]
