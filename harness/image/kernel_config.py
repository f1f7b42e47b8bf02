"""A kernel's configuration: found where builds and distributions leave it, or inside the kernel itself."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import ImageError
from harness.image.compressed import unpack
from harness.image.kernel_options import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.image.kernel_file import KernelFile

__all__ = ["Config", "configuration"]

_BEGIN, _END = b"IKCFG_ST", b"IKCFG_ED"
"""What kernel/configs.c puts around the configuration (CONFIG_IKCONFIG), which is a gzip file."""

_TREE = 4
"""Folders above a kernel that may be the tree it was built in: arch/x86/boot/bzImage."""

_HEAD = re.compile(r"^# Linux/\S+ (\d\S*) Kernel Configuration", re.MULTILINE)
_LONGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class Config:
    """The options that are set, and where they were read."""

    options: Mapping[str, str]
    place: str


def configuration(path: Path, kernel: KernelFile, modules: Path | None, given: Path | None) -> Config | None:
    """A kernel's configuration; None where it is nowhere to be found.

    In this order: the file given, inside the kernel, ``config-RELEASE`` beside it, ``config`` or ``build/.config``
    of its modules, ``.config`` beside it or in the tree it was built in.

    Args:
        path: where the kernel is.
        kernel: what it is.
        modules: the folder ``lib/modules/RELEASE``, or None.
        given: the user's own word, or None.

    Raises:
        ImageError: the file given is no configuration.
    """
    if given is not None:
        found = _read(given)
        if found is None:
            raise ImageError(f"{given} is not a kernel's configuration", "give the .config of its build")
        return found
    inside = _inside(kernel)
    if inside:
        return Config(parse(inside), f"inside {path.name} (IKCONFIG)")
    for place in _places(path.resolve(), kernel.release, modules):
        found = _read(place, kernel.release)
        if found is not None:
            return found
    return None


def _places(path: Path, release: str, modules: Path | None) -> Iterator[Path]:
    yield path.parent / f"config-{release}"
    if modules is not None:
        yield from (modules / "config", modules / "build" / ".config")
        yield from (above / "boot" / f"config-{release}" for above in list(modules.resolve().parents)[:4])
    yield path.parent / ".config"
    for tree in list(path.parents)[1:_TREE]:
        if (tree / "Kbuild").is_file():
            yield tree / ".config"


def _read(place: Path, release: str | None = None) -> Config | None:
    """The configuration in a file; None where it has none, or in a build's tree one of another version.

    A tree may have been configured anew since; a distribution's file bears the release in its name.
    """
    try:
        with place.open("rb") as file:
            text = unpack(file.read(_LONGEST)).decode("utf-8", "replace")
    except OSError:
        return None
    head, options = _HEAD.search(text), parse(text)
    if not options or (head is None and "64BIT" not in options):
        return None
    if place.name == ".config" and release is not None and head and not release.startswith(head[1]):
        return None
    return Config(options, str(place))


def _inside(kernel: KernelFile) -> str | None:
    """The configuration inside the kernel; None where it has none, or cannot be unpacked here."""
    try:
        data = kernel.unpacked()
        begin = data.find(_BEGIN)
        if begin < 0:
            return None
        end = data.find(_END, begin)
        packed = data[begin + len(_BEGIN) : end if end > 0 else None]
        return zlib.decompressobj(wbits=31).decompress(packed, _LONGEST).decode("utf-8", "replace")
    except (ImageError, zlib.error):
        return None
