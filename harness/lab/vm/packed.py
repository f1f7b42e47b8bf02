"""A guest's memory as it lies in a container image: without what is zero, to be made a file in memory.

A read-only root has no file that QEMU would map: it opens one for writing even for a private mapping.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Extents", "empty", "pack", "unpack"]

Extents = list[list[int]]
"""Where the pieces belong, in the order in which they lie: offset and length."""

_GRANULE = 1 << 16


def pack(memory: Path, packed: Path) -> Extents:
    """Write what of the memory is not zero, piece after piece; where the pieces belong."""
    extents: Extents = []
    nothing = bytes(_GRANULE)
    with memory.open("rb") as source, packed.open("wb") as target:
        offset = 0
        while data := source.read(_GRANULE):
            if data != nothing[: len(data)]:
                target.write(data)
                if extents and sum(extents[-1]) == offset:
                    extents[-1][1] += len(data)
                else:
                    extents.append([offset, len(data)])
            offset += len(data)
    return extents


def empty(size: int) -> int:
    """A file in memory, without a name, of that many bytes, all zero; its descriptor."""
    made = os.memfd_create("memory")
    os.ftruncate(made, size)
    return made


def unpack(packed: Path, extents: Extents, made: int) -> None:
    """Fill an empty file with what was packed.

    Raises:
        EOFError: the packed file is shorter than its extents say.
    """
    with packed.open("rb") as source:
        at = 0
        for offset, length in extents:
            os.lseek(made, offset, os.SEEK_SET)
            _copy(source.fileno(), made, at, length)
            at += length


def _copy(source: int, target: int, at: int, left: int) -> None:
    while left:
        done = os.sendfile(target, source, at, left)  # from the page cache, without a buffer of ours
        if not done:
            raise EOFError("the packed memory is cut short")
        at, left = at + done, left - done
