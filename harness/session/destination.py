"""Files that users name for a result: looked at before a run starts, and replaced only by a whole one."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

from harness.errors import StorageError, UsageError

__all__ = ["Destination"]

_STREAMS = ("/dev/fd/", "/dev/stdout", "/dev/stderr", "/proc/")
"""Places whose name stands for something already open, which a rename would miss."""

_HINTS = {
    errno.ENOSPC: "the disk is full: free some space, or name another place",
    errno.EDQUOT: "the quota is used up: free some space, or name another place",
}


class Destination:
    """A file to be written once, later.

    Args:
        option: the option that names it (``--json``), for messages.
        name: its path; a link is followed, so that what it leads to is replaced.
    """

    def __init__(self, option: str, name: str) -> None:
        self.option = option
        self.name = name
        given = Path(name)
        stream = os.path.normpath(given.absolute()).startswith(_STREAMS)
        self._direct = stream or (given.exists() and not given.is_file())
        self.path = given if self._direct else Path(os.path.realpath(name))

    def check(self) -> None:
        """Whether it can be written, found out by trying.

        Raises:
            UsageError: it is a folder, or there is no folder to hold it.
            StorageError: no permission, a read-only or full file system.
        """
        if not self.name or self.path.is_dir():
            raise UsageError(f"{self.option} {self.name}: this is a folder", "name a file in it")
        if self._direct:
            if not os.access(self.path, os.W_OK):
                raise StorageError(f"{self.option} {self.name}: no permission to write there")
            return
        if not self.path.parent.is_dir():
            folder = Path(self.name).parent
            raise UsageError(f"{self.option} {self.name}: there is no folder {folder}", "make it, or name another")
        temporary = self._temporary()
        try:
            temporary.touch(exist_ok=False)
        except OSError as error:
            raise self._error(error) from error
        finally:
            self._remove(temporary)

    def put(self, data: bytes) -> None:
        """Write it; until all of it is written, whatever stood there before stands there still.

        Raises:
            StorageError: the disk is full, or forbids it.
        """
        if self._direct:
            try:
                with self.path.open("ab") as file:
                    file.write(data)
            except OSError as error:
                raise self._error(error) from error
            return
        temporary = self._temporary()
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if self.path.exists():
                temporary.chmod(self.path.stat().st_mode & 0o777)
            temporary.replace(self.path)
        except OSError as error:
            raise self._error(error) from error
        finally:
            self._remove(temporary)

    def _temporary(self) -> Path:
        """A name beside it that nothing has."""
        return self.path.parent / f".harness-{secrets.token_hex(6)}.part"

    def _error(self, error: OSError) -> StorageError:
        hint = _HINTS.get(error.errno or 0, "name another place")
        return StorageError(f"{self.option} {self.name}: {error.strerror or error}", hint)

    @staticmethod
    def _remove(path: Path) -> None:
        with suppress(OSError):
            path.unlink(missing_ok=True)
