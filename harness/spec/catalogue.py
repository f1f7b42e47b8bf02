"""What there is by name: the user's own files first, then those that come with harness."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import harness
from harness.errors import HarnessError, UnknownName, UsageError
from harness.spec.document import read

__all__ = ["Listed", "experiments", "find", "find_any", "names", "references", "share"]

_SUFFIX = ".yaml"


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of the catalogue: its name, its title ("" where the file cannot be read) and its path."""

    name: str
    title: str
    path: Path


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
    return [folder for folder in folders if folder.is_dir()]


def _files(kind: str) -> dict[str, Path]:
    """Name to path; of two files of the same name the first counts."""
    found: dict[str, Path] = {}
    for folder in share(kind):
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def names(kind: str) -> list[str]:
    """The names of one kind (``experiments``, ``references``), sorted."""
    return list(_files(kind))


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
    files = _files(kind)
    if name not in files:
        raise UnknownName(kind.removesuffix("s"), name, files)
    return files[name]


def find_any(name: str) -> Path:
    """The experiment or reference of that name, or the file at that path; raises as ``find`` does."""
    kinds = [kind for kind in ("experiments", "references") if name in _files(kind)]
    if kinds or "/" in name or name.endswith(_SUFFIX):
        return find(kinds[0] if kinds else "experiments", name)
    raise UnknownName("experiment or reference", name, [*_files("experiments"), *_files("references")])


def _listed(kind: str) -> list[Listed]:
    return [Listed(name, _title(path), path) for name, path in _files(kind).items()]


def _title(path: Path) -> str:
    try:
        node = read(path).get("title")
    except HarnessError:
        return ""
    return node.value if node is not None and isinstance(node.value, str) else ""


def experiments() -> list[Listed]:
    """Every experiment there is, by name."""
    return _listed("experiments")


def references() -> list[Listed]:
    """Every reference there is, by name."""
    return _listed("references")
