"""A kernel package's modules: which a guest needs, in the order in which they can be loaded."""

from __future__ import annotations

import lzma
import re
from typing import TYPE_CHECKING

from harness.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NEEDED", "load_order"]

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

_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


def load_order(folder: Path) -> list[tuple[str, bytes]]:
    """The needed modules that are not part of the kernel itself, each after those it depends on, unpacked.

    Args:
        folder: ``lib/modules/RELEASE`` of an unpacked package.

    Raises:
        ImageError: the kernel has a needed one neither as a module nor built in; the message names all.
    """
    files = {_name(path.name): path for path in sorted(folder.rglob("*.ko*"))}
    builtin = {_name(line.rpartition("/")[2]) for line in _lines(folder / "modules.builtin")}
    missing = [name for name in NEEDED if name not in files and name not in builtin | {"crc32c_generic"}]
    if missing:
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
    data = path.read_bytes()
    if path.name.endswith(".xz"):
        return lzma.decompress(data)
    if not path.name.endswith(".ko"):
        raise ImageError(f"{path.name}: a module packed in a way this program does not know")
    return data
