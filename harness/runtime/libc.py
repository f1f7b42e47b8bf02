"""The few system calls that Python 3.9 does not offer: unshare, setns, mount, prctl."""

from __future__ import annotations

import ctypes
import os

__all__ = [
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "die_with_parent",
    "load_module",
    "mount",
    "name_process",
    "private_mounts",
    "setns",
    "unshare",
]

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MS_REC, _MS_PRIVATE = 16384, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15

_INIT_MODULE = 175

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave the namespaces named by CLONE_* flags (man 2 unshare); OSError when refused."""
    _check(_libc.unshare(flags), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Join the namespace behind a descriptor (man 2 setns); OSError when refused."""
    _check(_libc.setns(descriptor, kind), "setns")


def private_mounts() -> None:
    """Keep this mount namespace's mounts to itself (MS_REC | MS_PRIVATE on /)."""
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "mount --make-rprivate /")


def mount(kind: str, target: str, *, devices: bool = False) -> None:
    """Mount a virtual file system such as ``proc``; with ``devices`` one that holds some. OSError when refused."""
    flags = _MS_NOSUID | _MS_NOEXEC | (0 if devices else _MS_NODEV)
    _check(_libc.mount(kind.encode(), target.encode(), kind.encode(), flags, None), f"mount {target}")


def load_module(image: bytes) -> None:
    """Load a kernel module from its bytes (man 2 init_module; x86-64's number); OSError when refused."""
    _check(_libc.syscall(_INIT_MODULE, image, ctypes.c_ulong(len(image)), b""), "init_module")


def die_with_parent(signal: int) -> None:
    """Have the kernel send this process a signal when its parent dies (PR_SET_PDEATHSIG)."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal, 0, 0, 0), "prctl")


def name_process(name: str) -> None:
    """Name this process for ps and /proc (PR_SET_NAME: 15 bytes)."""
    _libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)
