"""A kernel's file: what it is, and of which release, read from the file itself."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from harness.errors import ImageError
from harness.image.compressed import unpack

__all__ = ["KernelFile", "identify"]

_BZIMAGE, _VMLINUX = "bzImage", "vmlinux"

# Documentation/arch/x86/boot.rst: the setup header of a bzImage.
_SETUP_SECTS, _MAGIC, _KERNEL_VERSION, _XLOADFLAGS, _PAYLOAD = 0x1F1, 0x202, 0x20E, 0x236, 0x248
_KERNEL_64 = 1
_ELF_X86_64 = 62
_MACHINES = {
    3: "32-bit x86", 8: "MIPS", 20: "PowerPC", 21: "64-bit PowerPC", 22: "S/390", 40: "32-bit Arm", 183: "arm64",
    243: "RISC-V", 258: "LoongArch",
}  # fmt: skip
_RELEASE = r"(\d[\w.+~-]{0,63})"
_VERSION = re.compile(_RELEASE + r"(?:\s|$)", re.ASCII)
_BANNER = re.compile(b"Linux version " + _RELEASE.encode() + rb" \(")
_PT_NOTE = 4
_PVH = 18
"""XEN_ELFNOTE_PHYS32_ENTRY: where QEMU enters a vmlinux (CONFIG_PVH; include/xen/interface/elfnote.h)."""


@dataclass(frozen=True, slots=True)
class KernelFile:
    """A kernel for x86-64 that QEMU can boot: ``bzImage`` or ``vmlinux``, its release (uname -r), its bytes."""

    kind: str
    release: str
    data: bytes

    def unpacked(self) -> bytes:
        """The kernel proper, in which its configuration may lie.

        Raises:
            ImageError: a bzImage whose content cannot be unpacked here.
        """
        if self.kind == _VMLINUX:
            return self.data
        start, length = struct.unpack_from("<II", self.data, _PAYLOAD)
        sectors = self.data[_SETUP_SECTS] or 4
        begin = (sectors + 1) * 512 + start
        return unpack(self.data[begin : begin + length])


def identify(data: bytes, name: str) -> KernelFile:
    """What a file is.

    Args:
        data: the file's content.
        name: what to call it in an error.

    Raises:
        ImageError: it is no kernel, or none that a guest could boot; the hint says what to give instead.
    """
    try:
        if data[_MAGIC : _MAGIC + 4] == b"HdrS" and data[0x1FE:0x200] == b"\x55\xaa":
            return _bzimage(data, name)
        if data.startswith(b"\x7fELF"):
            return _vmlinux(data, name)
    except (struct.error, IndexError):
        raise ImageError(f"{name} is cut short: a kernel's header, but not what it speaks of") from None
    if data[0x38:0x3C] == b"ARM\x64":
        raise _other(name, "arm64")
    hint = "give the kernel that the build made: arch/x86/boot/bzImage, or vmlinux"
    raise ImageError(f"{name} is not a kernel: neither a bzImage nor an ELF file", hint)


def _other(name: str, machine: str) -> ImageError:
    return ImageError(f"{name} is a kernel for {machine}; a guest here is x86-64")


def _bzimage(data: bytes, name: str) -> KernelFile:
    (version,) = struct.unpack_from("<H", data, _KERNEL_VERSION)
    (flags,) = struct.unpack_from("<H", data, _XLOADFLAGS)
    if not flags & _KERNEL_64:
        raise _other(name, "32-bit x86")
    text = data[version + 0x200 : version + 0x300].partition(b"\0")[0].decode("ascii", "replace")
    release = _VERSION.match(text) if version else None
    if release is None:
        raise ImageError(f"{name}: this bzImage does not say its release (kernel_version in its header)")
    return KernelFile(_BZIMAGE, release[1], data)


def _vmlinux(data: bytes, name: str) -> KernelFile:
    wide, little = data[4] == 2, data[5] == 1
    (machine,) = struct.unpack_from("<H" if little else ">H", data, 18)
    if machine != _ELF_X86_64 or not wide:
        raise _other(name, _MACHINES.get(machine, f"another machine (ELF e_machine {machine})"))
    banner = _BANNER.search(data)
    if banner is None:
        hint = "give the kernel that the build made: arch/x86/boot/bzImage, or vmlinux"
        raise ImageError(f"{name} is not a kernel: an ELF file without a kernel's banner (Linux version …)", hint)
    if not _has_pvh(data):
        raise ImageError(
            f"{name}: QEMU boots a vmlinux only where it was built with CONFIG_PVH=y",
            "give the bzImage of the same build (arch/x86/boot/bzImage), which boots in any case",
        )
    return KernelFile(_VMLINUX, banner[1].decode("ascii"), data)


def _has_pvh(data: bytes) -> bool:
    """Whether a program header of notes holds Xen's entry point (PVH)."""
    (offset,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for number in range(count):
        kind, _, start, _, _, length = struct.unpack_from("<IIQQQQ", data, offset + number * size)
        if kind == _PT_NOTE and _note(data[start : start + length]):
            return True
    return False


def _note(notes: bytes) -> bool:
    at = 0
    while at + 12 <= len(notes):
        name, content, kind = struct.unpack_from("<III", notes, at)
        if kind == _PVH and notes[at + 12 : at + 12 + name] == b"Xen\0":
            return True
        at += 12 + (name + 3 & ~3) + (content + 3 & ~3)
    return False
