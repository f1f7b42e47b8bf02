"""The user's cache folder, and locks in it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["cache", "free", "is_own", "locked", "remove_locks"]

_SUFFIX = ".lock"


def cache() -> Path:
    """``$XDG_CACHE_HOME/harness``; the folder for temporary files where that cannot be."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "harness"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return folder


def is_own() -> bool:
    """Whether the folder is harness's own, so that whatever is in it may be removed."""
    return cache().name == "harness"


@contextmanager
def locked(what: str, progress: Callable[[str], None]) -> Iterator[None]:
    """One build of a thing at a time for a user. Two at once would do no harm, only the work twice."""
    path = _path(what)
    while True:
        with path.open("w") as file:
            if not _taken(file):
                progress(f"another run builds {what}; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            if _is(file, path):  # else it was removed while this one waited, and keeps nobody out
                yield
                return


def free(what: str) -> bool:
    """Whether nobody holds the lock of a thing."""
    try:
        with _path(what).open() as file:
            return _taken(file)
    except OSError:
        return True


def remove_locks() -> int:
    """Remove the locks that nobody holds; how many there were."""
    count = 0
    for path in cache().glob(f"*{_SUFFIX}") if is_own() else ():
        with suppress(OSError), path.open() as file:
            if _taken(file) and _is(file, path):
                path.unlink()
                count += 1
    return count


def _path(what: str) -> Path:
    return cache() / (what.replace("/", "-").replace(":", "-") + _SUFFIX)


def _taken(file: TextIO) -> bool:
    """Take a lock where it is free."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is(file: TextIO, path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False
