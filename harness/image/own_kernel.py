"""Images of the user's own kernels.

::

    <data>/harness/images/<name>/
        image.yaml              makes it an image like any other, and names the folder beside it
        <name>-<hash>/vmlinuz, modules.cpio, about.json     as of every kernel's image; copies

They are the user's data, not a cache: nothing could fetch them again. The hash covers the kernel and its modules.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import ImageError, KernelUnfit, UnknownName, UsageError
from harness.image import catalogue, kernel
from harness.image.cache import locked
from harness.image.kernel_config import configuration
from harness.image.kernel_file import identify
from harness.image.kernel_modules import built_in, find_modules, load_order
from harness.image.kernel_options import lacking, lacking_by_modules

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.image.catalogue import Image
    from harness.image.kernel import Built
    from harness.image.kernel_file import KernelFile

__all__ = ["Wanted", "add", "built", "ensure", "remove"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kernel to make an image of.

    Attributes:
        name: the image's name.
        path: a bzImage or vmlinux.
        modules: ``lib/modules/RELEASE``, or a folder that holds it; None where all is built in.
        config: the kernel's configuration; None: where it can be found.
    """

    name: str
    path: Path
    modules: Path | None = None
    config: Path | None = None


def add(wanted: Wanted, progress: Callable[[str], None]) -> Built:
    """Make an image of a kernel; one of the user's own of that name is replaced.

    Raises:
        UsageError: the name or a path cannot be used.
        ImageError: the file is no kernel for a guest here, or its modules are not its own.
        KernelUnfit: it lacks what a lab needs.
    """
    _check_name(wanted.name)
    found = identify(_content(wanted.path), str(wanted.path))
    folder = find_modules(wanted.modules, found.release) if wanted.modules is not None else None
    modules = load_order(folder, all_needed=False) if folder is not None else []
    _check_options(wanted, found, folder, [name for name, _ in modules], progress)
    with locked("kernels", progress):
        kernel.ensure_root(progress)
        return _store(wanted, found, kernel.packed(modules))


def built(image: Image) -> Built | None:
    """The image as it was made; None where it, or the guests' root file system, is not whole."""
    return kernel.read(image.own) if image.own is not None else None


def ensure(image: Image, progress: Callable[[str], None]) -> Built:
    """The image; its root file system is made where that is needed. ImageError where it is not whole."""
    found = built(image)
    if found is None:
        with locked("kernels", progress):
            kernel.ensure_root(progress)
        found = built(image)
    if found is None:
        hint = f"make it again: harness images build --kernel PATH --name {image.name}"
        raise ImageError(f"the image {image.name!r} is not whole", hint)
    return found


def remove(name: str) -> None:
    """Remove an image of the user's own.

    Raises:
        UnknownName: there is none of that name.
    """
    place = catalogue.own_place()
    if not (place / name / catalogue.FILE).is_file():
        known = [path.parent.name for path in place.glob(f"*/{catalogue.FILE}")]
        raise UnknownName("image of your own", name, known)
    shutil.rmtree(place / name)


def _check_name(name: str) -> None:
    if not catalogue.is_name(name):
        raise UsageError(f"--name {name}: small letters, digits, and . + - after the first")
    taken = next((place for place in catalogue.other_places() if (place / name / catalogue.FILE).is_file()), None)
    if taken is not None or name == catalogue.HOST.name:
        where = f"comes from {taken}" if taken else "is this machine itself"
        raise UsageError(f"the name {name!r} is taken: that image {where}", "choose another with --name")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"--kernel {path}: {error.strerror}") from None


def _check_options(
    wanted: Wanted, found: KernelFile, folder: Path | None, modules: list[str], progress: Callable[[str], None]
) -> None:
    """KernelUnfit with every option that a lab needs and this kernel lacks, as far as anything tells."""
    config = configuration(wanted.path, found, folder, wanted.config)
    if config is not None:
        progress(f"its configuration: {config.place}")
        missing, place = lacking(config.options, modules), config.place
    elif folder is not None:
        progress("its configuration is not to be found; its modules tell of some options (give --config)")
        missing, place = lacking_by_modules([*modules, *built_in(folder)]), str(folder)
    else:
        progress("its configuration is not to be found (give --config): what it lacks, only booting will tell")
        return
    if missing:
        lines = "\n  ".join(missing)
        raise KernelUnfit(
            f"the kernel {found.release} lacks what a lab in a guest needs, by {place}:\n  {lines}",
            "set these options to y, build it again",
        )


def _store(wanted: Wanted, found: KernelFile, modules: bytes) -> Built:
    content = hashlib.sha256(found.data + modules).hexdigest()[:12]
    place = catalogue.own_place() / wanted.name
    folder = place / f"{wanted.name}-{content}"
    package = f"{found.kind} {wanted.path.resolve()}"
    try:
        with kernel.making(folder) as made:
            kernel.keep(made, found.data, modules, release=found.release, package=package)
        part = place / f".{catalogue.FILE}"
        part.write_text(_recipe(wanted, found, folder), "utf-8")
        part.replace(place / catalogue.FILE)
    except OSError as error:
        raise ImageError(f"the image cannot be kept in {place}: {error.strerror}") from error
    for old in place.glob(f"{wanted.name}-*"):
        if old != folder:
            with suppress(OSError):
                shutil.rmtree(old)
    made_now = kernel.read(folder)
    assert made_now is not None  # noqa: S101 (made just now, and the root file system before)
    return made_now


def _recipe(wanted: Wanted, found: KernelFile, folder: Path) -> str:
    description = json.dumps(f"your own kernel, {found.kind} {wanted.path.resolve()}")
    return (
        f"# made by: harness images build --kernel\nimage: {wanted.name}\nkind: kernel\n"
        f"description: {description}\nown: {folder.name}\n"
    )
