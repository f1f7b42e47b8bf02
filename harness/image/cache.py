"""The user's cache folder, and locks in it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["cache", "locked"]


def cache() -> Path:
    """``$XDG_CACHE_HOME/harness``; the folder for temporary files where that cannot be."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "harness"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return folder


@contextmanager
def locked(what: str, progress: Callable[[str], None]) -> Iterator[None]:
    """One build of a thing at a time for a user. Two at once would do no harm, only the work twice."""
    name = what.replace("/", "-").replace(":", "-") + ".lock"
    with (cache() / name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"another run builds {what}; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
