"""What guests leave in the user's cache folder: what dead makers began, locks; on request what can be made anew.

Whatever a live process makes or waits for is locked, and not touched. A run that goes on from a state keeps what
it has mapped when the state is removed.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from harness.image import catalogue, kernel
from harness.image.cache import cache, free, is_own, remove_locks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["begun", "old_images", "states"]


def begun() -> list[str]:
    """Remove what was begun and never ended, and locks that nobody holds."""
    own = [(folder, "kernels") for folder in catalogue.own_place().glob("*")]
    places = [*own, (_images(), "kernels"), (_states(), None)] if is_own() else own
    found = [
        path
        for place, lock in places
        for path in place.glob(".*-*")
        if path.is_dir() and free(lock or path.name[1:].rpartition("-")[0])
    ]
    said = list(_removed("what was begun and never ended", found))
    count = remove_locks()
    return [*said, f"removed {count} locks that nobody held"] if count else said


def states() -> list[str]:
    """Remove every prepared state that nobody makes just now; the next run boots its guest once more."""
    found = [path for path in _states().glob("[!.]*") if is_own() and free(path.name)]
    return list(_removed("prepared states", found))


def old_images() -> list[str]:
    """Remove kernels and root file systems of recipes that no image has any more, and states of no image."""
    if not is_own():
        return []
    if not free("kernels"):
        return ["the kernels' images are left alone: one is being built"]
    now = kernel.current(catalogue.find(name) for name in catalogue.names())
    old = [path for path in _images().glob("[!.]*-*") if path.name not in now]
    names = tuple(f"{name}-{clock}-" for name in catalogue.names() for clock in ("virtual", "real"))
    orphans = [path for path in _states().glob("[!.]*") if not path.name.startswith(names) and free(path.name)]
    return [*_removed("images of old recipes", old), *_removed("prepared states of images that are gone", orphans)]


def _images() -> Path:
    return cache() / "images"


def _states() -> Path:
    return cache() / "states"


def _removed(what: str, folders: Iterable[Path]) -> Iterator[str]:
    count, size = 0, 0
    for folder in folders:
        size += sum(path.lstat().st_blocks for path in folder.rglob("*")) * 512
        shutil.rmtree(folder, ignore_errors=True)
        count += 1
    if count:
        yield f"removed {what}: {count}, {size / 1e6:.0f} MB"
