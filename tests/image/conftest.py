"""Kernel files as their formats describe them, as small as can be."""

import struct
import sys
import zlib

import pytest

RELEASE = "6.1.192-own"


def gzipped(data):
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


def with_config(text):
    """What kernel/configs.c puts into a kernel (CONFIG_IKCONFIG)."""
    return b"rodata\0IKCFG_ST" + gzipped(text.encode()) + b"IKCFG_ED\0"


def bzimage(payload=b"", release=RELEASE, xloadflags=1):
    """A bzImage of one setup sector (Documentation/arch/x86/boot.rst)."""
    data = bytearray(1024)
    data[0x1F1] = 1
    data[0x1FE:0x200] = b"\x55\xaa"
    data[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", data, 0x20E, 0x100)
    struct.pack_into("<H", data, 0x236, xloadflags)
    struct.pack_into("<II", data, 0x248, 8, len(payload))
    text = f"{release} (me@here) #1 SMP".encode() + b"\0"
    data[0x300 : 0x300 + len(text)] = text
    return bytes(data) + bytes(8) + payload


def vmlinux(content=b"", machine=62, *, pvh=True, little=True):
    """An ELF file with one program header, of notes (man 5 elf)."""
    order = "<" if little else ">"
    note = struct.pack(order + "III", 4, 4, 18 if pvh else 3) + b"Xen\0" + bytes(4)
    head = b"\x7fELF" + bytes([2, 1 if little else 2, 1]) + bytes(9)
    head += struct.pack(order + "HHIQQQIHHHHHH", 2, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack(order + "IIQQQQQQ", 4, 0, 120, 0, 0, len(note), len(note), 4)
    banner = f"Linux version {RELEASE} (me@here) #1".encode()
    return head + segment + note + banner + content


@pytest.fixture
def kernels():
    """This module's functions, to tests that ask for it."""
    return sys.modules[__name__]
