"""Writing to disk so that a crash loses nothing that was seen, and a full disk is a clear error."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from harness.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Appender", "storing", "sync_folder", "write_whole"]

_HINTS = {
    errno.ENOSPC: "the disk is full: free some space, or choose another place with --out",
    errno.EDQUOT: "the quota is used up: free some space, or choose another place with --out",
    errno.EACCES: "no permission to write there: choose another place with --out",
    errno.EPERM: "no permission to write there: choose another place with --out",
    errno.EROFS: "that file system is read-only: choose another place with --out",
}


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Makes a StorageError, with the path and what to do, of any OSError inside."""
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "choose another place with --out")
        raise StorageError(f"{path}: {error.strerror or error}", hint) from error


class Appender:
    """A file that only grows; every piece is with the kernel when ``append`` returns, so a crash keeps it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with storing(path):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def append(self, data: bytes) -> None:
        """Write all of it; StorageError where the disk takes only a part."""
        view = memoryview(data)
        with storing(self._path):
            while view:
                view = view[os.write(self._descriptor, view) :]

    def sync(self) -> None:
        """Have it on the disk itself."""
        with storing(self._path):
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; nothing is left to write."""
        os.close(self._descriptor)


def write_whole(path: Path, text: str) -> None:
    """Write a file that is either there whole, or not at all: a temporary one, on the disk, then renamed."""
    temporary = path.with_name(f".{path.name}.part")
    with storing(path):
        try:
            with temporary.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def sync_folder(path: Path) -> None:
    """Have a folder's entries on the disk itself."""
    with storing(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
