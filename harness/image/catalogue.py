"""The images there are, by name: the user's own first, then those that come with harness.

The user's own are in ``./images``, written by hand, and in the user's data folder, made of their kernels
(``harness.image.own_kernel``).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import Mistake, SpecError, UnknownName
from harness.image import recipe
from harness.share import share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.image.recipe import Kernel, Packages, Recipe

__all__ = ["FILE", "HOST", "Image", "find", "is_name", "names", "other_places", "own_place", "places"]

FILE = "image.yaml"
_NAME = re.compile(r"[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True, slots=True)
class Image:
    """What a host is made of.

    Attributes:
        name: as ``--image`` takes it.
        kind: ``host`` (this machine's userland and kernel), ``container`` (another userland, the engine's
            kernel), ``runtime`` (another stack: containers that another runtime of the engine's starts) or
            ``kernel`` (another kernel, in a virtual machine).
        description: one line.
        base: of a container image the reference it is built upon.
        packages: how the base is made from Debian packages, or None.
        folder: where its image.yaml is; None for the built-in image.
        kernel: of a kernel image which kernel it brings.
        runtime: of a runtime image the engine's name for the runtime.
        own: of an image made of the user's own kernel, the folder that holds it.
    """

    name: str
    kind: str
    description: str
    base: str | None = None
    packages: Packages | None = None
    folder: Path | None = None
    kernel: Kernel | None = None
    runtime: str | None = None
    own: Path | None = None


HOST = Image("host", "host", "this machine's userland and kernel")
"""The built-in image."""


def places() -> list[Path]:
    """The folders that hold images, the first one first: ``./images``, the user's own, the package's own."""
    first = [folder for folder in other_places() if folder == Path("images")]
    return [*first, own_place(), *(folder for folder in other_places() if folder not in first)]


def own_place() -> Path:
    """Where images of the user's own kernels are: ``$XDG_DATA_HOME/harness/images``; it need not exist."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data).absolute() / "harness" / "images"


def other_places() -> list[Path]:
    """The folders that hold all other images."""
    return share("images")


def is_name(name: str) -> bool:
    """Whether an image may bear this name."""
    return _NAME.fullmatch(name) is not None


def names() -> list[str]:
    """The name of every image, sorted, the built-in ``host`` included."""
    found = {path.parent.name for place in places() for path in place.glob(f"*/{FILE}")}
    return sorted(found | {HOST.name})


def find(name: str) -> Image:
    """The image of that name, or in that folder where the name holds a slash.

    Raises:
        UnknownName: there is none.
        SpecError: its image.yaml has mistakes.
    """
    if name == HOST.name:
        return HOST
    folders = (Path(name),) if "/" in name else (place / name for place in places())
    for folder in folders:
        if (folder / FILE).is_file():
            return _load(folder)
    raise UnknownName("image", name, names())


def _load(folder: Path) -> Image:
    path = folder / FILE
    made = recipe.load(path)
    mistakes = []
    if made.image != folder.resolve().name:
        mistakes.append(Mistake(str(path), 1, 1, f"image {made.image!r} stands in a folder of another name"))
    if made.image == HOST.name:
        mistakes.append(Mistake(str(path), 1, 1, f"the name {HOST.name!r} is taken by the built-in image"))
    mistakes += (Mistake(str(path), 1, 1, text) for text in _lacks(made, folder))
    if mistakes:
        raise SpecError(mistakes)
    own = folder / made.own if made.own else None
    return Image(
        made.image, made.kind, made.description, made.base, made.packages, folder, made.kernel, made.runtime, own
    )


def _lacks(made: Recipe, folder: Path) -> Iterator[str]:
    """What an image of its kind must have and this one has not."""
    if made.kind == "kernel":
        if made.kernel is None and made.own is None:
            yield "the key 'kernel' is missing: an image of kind kernel says which one"
        return
    if made.kind == "runtime" and made.runtime is None:
        yield "the key 'runtime' is missing: an image of kind runtime says which one the engine starts it with"
    if made.kind != "runtime" and made.runtime is not None:
        yield "the key 'runtime' is for images of kind runtime"
    if made.base is None:
        yield "the key 'base' is missing"
    if not (folder / "Dockerfile").is_file():
        yield "there is no Dockerfile beside it"
