"""An initial RAM file system: a cpio archive in the form the kernel unpacks (newc, buffer-format.rst).

The same content gives the same bytes; no privilege and no tool is needed. The kernel unpacks archives that
stand one after another as if they were one.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Callable

__all__ = ["Archive"]


class Archive:
    """Collects files, folders, links and devices; ``finish`` gives the bytes."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._number = 0
        self._folders: set[str] = set()

    def file(self, name: str, data: bytes, mode: int = 0o644) -> None:
        """A file, and the folders above it."""
        self._above(name)
        self._entry(name, stat.S_IFREG | mode, data)

    def folder(self, name: str) -> None:
        """A folder, and those above it; once is enough."""
        if name and name not in self._folders:
            self._above(name)
            self._folders.add(name)
            self._entry(name, stat.S_IFDIR | 0o755)

    def link(self, name: str, target: str) -> None:
        """A symbolic link."""
        self._above(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def device(self, name: str, major: int, minor: int) -> None:
        """A character device."""
        self._above(name)
        self._entry(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def tar(self, source: tarfile.TarFile, wanted: Callable[[str], bool]) -> None:
        """What is wanted of a tar file's files and links; names without ``./``."""
        for member in source:
            name = member.name.removeprefix("./").strip("/")
            if not wanted(name):
                continue
            if member.issym():
                self.link(name, member.linkname)
            elif member.isfile() or member.islnk():
                data = source.extractfile(member)
                self.file(name, data.read() if data else b"", member.mode & 0o777)

    def finish(self) -> bytes:
        """The archive, padded so that another can follow."""
        self._entry("TRAILER!!!", 0)
        data = b"".join(self._pieces)
        return data + bytes(-len(data) % 512)

    def _above(self, name: str) -> None:
        self.folder(name.rpartition("/")[0])

    def _entry(self, name: str, mode: int, data: bytes = b"", device: tuple[int, int] = (0, 0)) -> None:
        self._number += 1
        path = name.encode() + b"\0"
        # ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
        fields = (self._number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + path
        self._pieces += (head, bytes(-len(head) % 4), data, bytes(-len(data) % 4))
