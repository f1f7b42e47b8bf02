"""A guest's memory as it lies in a container image: without what is zero, to be made a file in memory.

A read-only root has no file that QEMU would map: it opens one for writing even for a private mapping.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Extents", "pack", "unpack"]

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


def unpack(packed: Path, extents: Extents, size: int) -> int:
    """The memory as a new file without a name, of that size; its descriptor.

    Raises:
        EOFError: the packed file is shorter than its extents say.
    """
    made = os.memfd_create("memory")
    try:
        os.ftruncate(made, size)
        with packed.open("rb") as source:
            at = 0
            for offset, length in extents:
                os.lseek(made, offset, os.SEEK_SET)
                _copy(source.fileno(), made, at, length)
                at += length
    except BaseException:
        os.close(made)
        raise
    return made


def _copy(source: int, target: int, at: int, left: int) -> None:
    while left:
        done = os.sendfile(target, source, at, left)  # from the page cache, without a buffer of ours
        if not done:
            raise EOFError("the packed memory is cut short")
        at, left = at + done, left - done
