"""What there is by name: the user's own files first, then those that come with harness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import HarnessError, UnknownName
from harness.share import find, found, names, share
from harness.spec.document import read

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Listed", "experiments", "find", "find_any", "names", "references", "share"]

_SUFFIX = ".yaml"


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of the catalogue: its name, its title ("" where the file cannot be read) and its path."""

    name: str
    title: str
    path: Path


def find_any(name: str) -> Path:
    """The experiment or reference of that name, or the file at that path; raises as ``find`` does."""
    kinds = [kind for kind in ("experiments", "references") if name in found(kind)]
    if kinds or "/" in name or name.endswith(_SUFFIX):
        return find(kinds[0] if kinds else "experiments", name)
    raise UnknownName("experiment or reference", name, [*found("experiments"), *found("references")])


def _listed(kind: str) -> list[Listed]:
    return [Listed(name, _title(path), path) for name, path in found(kind).items()]


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
