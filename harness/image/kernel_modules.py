"""A kernel package's modules: which a guest needs, in the order in which they can be loaded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.errors import ImageError, UsageError
from harness.image.compressed import unpack

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NEEDED", "built_in", "find_modules", "load_order"]

NEEDED = (
    "virtio_pci",
    "virtio_console",
    "af_packet",
    "veth",
    "bridge",
    "inet_diag",
    "tcp_diag",
    # libcrc32c asks for the algorithm by name when it starts, which no table of dependencies tells.
    "crc32c_generic",
    "nf_tables",
)
"""What a guest loads: its port to outside, and what a lab is made of and observed with."""

_VERMAGIC = re.compile(rb"\0vermagic=(\S+) ")
_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


def find_modules(given: Path, release: str) -> Path:
    """The folder ``lib/modules/RELEASE``: the one given, or in it.

    Args:
        given: that folder, or what ``make modules_install INSTALL_MOD_PATH=`` was given.
        release: the kernel's.

    Raises:
        UsageError: there is no such folder.
        ImageError: it holds modules, but not of this release.
    """
    if not given.is_dir():
        raise UsageError(f"--modules {given}: there is no such folder")
    above = (given, given / "modules", given / "lib" / "modules", given / "usr" / "lib" / "modules")
    for folder in (given, *(each / release for each in above)):
        if folder.is_dir() and (first := next(folder.rglob("*.ko*"), None)) is not None and _is_one(folder):
            _check_release(first, release)
            return folder
    others = sorted({path.name for each in above for path in each.glob("*") if _is_one(path)})
    hint = "make modules_install INSTALL_MOD_PATH=DIR, then --modules DIR"
    if others:
        raise ImageError(f"{given} holds modules of {', '.join(others)}, the kernel is {release}", hint)
    raise ImageError(f"{given} holds no modules of {release}", hint)


def _is_one(folder: Path) -> bool:
    """Whether a folder looks like ``lib/modules/RELEASE``."""
    return any((folder / name).exists() for name in ("kernel", "modules.builtin", "modules.order", "modules.dep"))


def _check_release(file: Path, release: str) -> None:
    """Compare what a module says of its kernel (vermagic), which also this kernel will do."""
    magic = _VERMAGIC.search(b"\0" + _unpacked(file))
    if magic is not None and magic[1].decode("ascii", "replace") != release:
        other = magic[1].decode("ascii", "backslashreplace")
        raise ImageError(
            f"{file}: a module for {other}, the kernel is {release}", "give the modules of its own build"
        )


def built_in(folder: Path) -> set[str]:
    """The modules that are part of the kernel itself, by its ``modules.builtin``."""
    return {_name(line.rpartition("/")[2]) for line in _lines(folder / "modules.builtin")}


def load_order(folder: Path, *, all_needed: bool = True) -> list[tuple[str, bytes]]:
    """The needed modules that are not part of the kernel itself, each after those it depends on, unpacked.

    Args:
        folder: ``lib/modules/RELEASE`` of an unpacked package.
        all_needed: whether none may be missing.

    Raises:
        ImageError: the kernel has a needed one neither as a module nor built in; the message names all.
    """
    files = {_name(path.name): path for path in sorted(folder.rglob("*.ko*"))}
    builtin = built_in(folder)
    missing = [name for name in NEEDED if name not in files and name not in builtin | {"crc32c_generic"}]
    if missing and all_needed:
        raise ImageError(f"the kernel {folder.name} has not what a lab needs: no {', no '.join(missing)}")
    found: dict[str, bytes] = {}
    for name in NEEDED:
        _add(name, files, found)
    return list(found.items())


def _add(name: str, files: dict[str, Path], found: dict[str, bytes]) -> None:
    if name in found or name not in files:
        return
    data = _unpacked(files[name])
    match = _DEPENDS.search(data)
    for other in (match[1].decode() if match else "").split(","):
        _add(_name(other), files, found)
    found[name] = data


def _name(file: str) -> str:
    return file.partition(".ko")[0].replace("-", "_")


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.is_file() else []


def _unpacked(path: Path) -> bytes:
    data = unpack(path.read_bytes())
    if not data.startswith(b"\x7fELF"):
        raise ImageError(f"{path.name}: a module packed in a way this program does not know")
    return data
