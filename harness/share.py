"""Files by name: the user's own first, then those that come with harness."""

from __future__ import annotations

import os
from pathlib import Path

import harness
from harness.errors import UnknownName, UsageError

__all__ = ["find", "found", "names", "share"]

_SUFFIX = ".yaml"


def share(kind: str) -> list[Path]:
    """The folders that hold ``experiments``, ``references`` or ``images``, the first one first.

    ``./KIND``, then the package's own: ``harness/share/KIND`` in an installed wheel, ``KIND/`` beside the
    package in a checkout. Only folders that exist.
    """
    package = Path(harness.__file__).resolve().parent
    installed = package / "share" / kind
    own = installed if installed.is_dir() else package.parent / kind
    here = Path(kind)
    folders = [here] if here.resolve() == own else [here, own]
    return [folder for folder in folders if os.path.isdir(folder)]  # noqa: PTH112 (also where nobody may look)


def found(kind: str) -> dict[str, Path]:
    """Name to path of every file of a kind; of two files of the same name the first counts."""
    files: dict[str, Path] = {}
    for folder in share(kind):
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            files.setdefault(path.stem, path)
    return dict(sorted(files.items()))


def names(kind: str) -> list[str]:
    """The names of one kind (``experiments``, ``references``), sorted."""
    return list(found(kind))


def find(kind: str, name: str) -> Path:
    """The file of that name, or at that path where it holds a slash or ends in ``.yaml``.

    Raises:
        UnknownName: there is none of that name.
        UsageError: there is no file at that path.
    """
    if "/" in name or name.endswith(_SUFFIX):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"no file {name}")
        return path
    files = found(kind)
    if name not in files:
        raise UnknownName(kind.removesuffix("s"), name, files)
    return files[name]
