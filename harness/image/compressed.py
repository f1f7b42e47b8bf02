"""Compressed data as kernels and their modules have it: told by its first bytes, not by a name."""

from __future__ import annotations

import bz2
import lzma
import shutil
import subprocess
import zlib
from typing import TYPE_CHECKING

from harness.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["unpack"]

_SECONDS = 60


def unpack(data: bytes) -> bytes:
    """The data unpacked; as it is where it bears no mark of a compression. What follows its end is left out.

    Raises:
        ImageError: it is damaged, or of a kind that needs a tool which is not installed (zstd, lz4).
    """
    for mark, kind in _KINDS.items():
        if data.startswith(mark):
            try:
                return kind(data)
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise ImageError(f"compressed data that cannot be unpacked: {error}") from error
    return data


def _gzip(data: bytes) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(data)


def _lzma(data: bytes) -> bytes:
    return lzma.LZMADecompressor().decompress(data)


def _bzip2(data: bytes) -> bytes:
    return bz2.BZ2Decompressor().decompress(data)


def _with(tool: str) -> Callable[[bytes], bytes]:
    """What a tool unpacks. A kernel's build puts the size behind the data, at which the tool then complains."""

    def run(data: bytes) -> bytes:
        if shutil.which(tool) is None:
            raise ImageError(f"to unpack it, {tool} is missing", f"sudo apt-get install {tool}")
        done = subprocess.run([tool, "-dc"], input=data, capture_output=True, timeout=_SECONDS, check=False)
        if not done.stdout:
            raise ImageError(f"{tool} cannot unpack it: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    return run


# scripts/extract-vmlinux looks for the same marks; lz4 is the legacy frame that the kernel's build makes.
_KINDS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b\x08": _gzip,
    b"\xfd7zXZ\0": _lzma,
    b"\x5d\0\0": _lzma,
    b"BZh": _bzip2,
    b"\x02!L\x18": _with("lz4"),
    b"(\xb5/\xfd": _with("zstd"),
}
