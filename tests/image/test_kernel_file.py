import bz2
import gzip
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ImageError
from harness.image.kernel_file import identify


def test_a_kernel_says_what_it_is_and_its_release(kernels):
    for data, kind in ((kernels.bzimage(), "bzImage"), (kernels.vmlinux(), "vmlinux")):
        found = identify(data, "file")
        assert (found.kind, found.release) == (kind, "6.1.192-own")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: b"", "not a kernel"),
        (lambda _: b"#!/bin/sh\n", "not a kernel"),
        (lambda _: bytes(0x38) + b"ARM\x64" + bytes(600), "for arm64"),
        (lambda kernels: kernels.vmlinux(machine=183), "for arm64"),
        (lambda kernels: kernels.vmlinux(machine=22, little=False), "for S/390"),
        (lambda kernels: kernels.vmlinux(machine=9999), "e_machine 9999"),
        (lambda kernels: kernels.vmlinux(pvh=False), "CONFIG_PVH"),
        (
            lambda kernels: kernels.vmlinux().replace(b"Linux version", b"Minix version"),
            "without a kernel's banner",
        ),
        (lambda kernels: kernels.bzimage(xloadflags=0), "for 32-bit x86"),
        (lambda kernels: kernels.bzimage(release=""), "does not say its release"),
        (lambda kernels: kernels.bzimage(release="6.1\x1b[31m"), "does not say its release"),
        (lambda kernels: kernels.bzimage()[:0x210], "cut short"),
        (lambda kernels: kernels.vmlinux()[:100], "not a kernel"),
    ],
)
def test_what_no_guest_could_boot_is_refused_with_its_reason(kernels, make, said):
    with pytest.raises(ImageError, match=said):
        identify(make(kernels), "file")


@given(st.binary(max_size=1200))
def test_garbled_files_are_refused_and_nothing_worse(data):
    for start in (b"", b"\x7fELF\x02\x01"):
        with pytest.raises(ImageError):
            identify(start + data, "file")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, lambda data: data])
def test_what_a_bzimage_holds_is_unpacked(kernels, pack):
    # The build puts the size of what was packed behind it (scripts/Makefile.lib, size_append).
    data = kernels.bzimage(pack(b"the kernel") + (10).to_bytes(4, "little"))
    assert identify(data, "file").unpacked()[:10] == b"the kernel"
