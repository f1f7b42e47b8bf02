"""Images of kind ``kernel``: a stock kernel, and a root file system that it starts with.

::

    <cache>/harness/images/
        root-<hash>/root.cpio           the userland, the same for every kernel
        <name>-<hash>/vmlinuz           the kernel
                      modules.cpio      the modules a lab needs, in the order to load them
                      about.json        release, package, digest; written last

The hash covers the recipe: what is in a folder of that name was made by it. Everything is fetched by apt, which
checks its signatures.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import ImageError
from harness.image import debian, kernel_packages
from harness.image.cache import cache, locked
from harness.image.kernel_archive import Archive
from harness.image.kernel_modules import NEEDED, load_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.image.catalogue import Image
    from harness.image.recipe import Kernel

__all__ = ["MODULES", "Built", "built", "current", "ensure", "ensure_root", "making", "packed", "read"]

_BUILDER = "1"
"""Part of every hash: raised when the way of building changes what comes out."""

MODULES = "modules"
"""The folder of the guest that holds the modules; their names begin with their turn."""

_ROOT_SUITE = "bookworm"
_ROOT_PACKAGES = "python3,iproute2"
_ROOT_KEPT = ("bin/ip", "bin/ss", "sbin/bridge", "sbin/tc", "usr/bin/python3", "lib/", "lib64/", "usr/lib/")
_ROOT_LEFT = (
    "lib/systemd", "lib/udev", "usr/lib/apt", "usr/lib/dpkg", "usr/lib/locale", "usr/lib/systemd",
    "usr/lib/x86_64-linux-gnu/gconv", "usr/lib/x86_64-linux-gnu/perl", "usr/lib/x86_64-linux-gnu/libsqlite3",
    *(f"usr/lib/python3.11/{name}" for name in (
        "asyncio", "distutils", "idlelib", "lib2to3", "pydoc", "sqlite3", "test", "tkinter", "turtle", "unittest",
    )),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Built:
    """A built image: its files, the kernel's release and package, and the SHA-256 of the kernel."""

    folder: Path
    root: Path
    release: str
    package: str
    digest: str

    @property
    def kernel(self) -> Path:
        """The kernel, a bzImage."""
        return self.folder / "vmlinuz"

    @property
    def modules(self) -> Path:
        """The archive of its modules."""
        return self.folder / "modules.cpio"

    @property
    def reference(self) -> str:
        """The image's name with the hash of what it is made of."""
        return self.folder.name


def built(image: Image) -> Built | None:
    """The image as it was built; None where it was not, or not whole."""
    return read(_folder(image))


def read(folder: Path) -> Built | None:
    """What lies in a folder; None where it, or the root file system, is not whole."""
    root = _root_folder() / "root.cpio"
    try:
        about = json.loads((folder / "about.json").read_text("utf-8"))
        sizes = {path: path.stat().st_size for path in (folder / "vmlinuz", folder / "modules.cpio", root)}
    except (OSError, ValueError):
        return None
    if [sizes[folder / name] for name in ("vmlinuz", "modules.cpio")] != about["sizes"] or not sizes[root]:
        return None
    return Built(folder, root, about["release"], about["package"], about["digest"])


def current(images: Iterable[Image]) -> set[str]:
    """The names of the folders that these images' recipes give, and of their root file system."""
    return {_root_folder().name, *(_folder(image).name for image in images if image.kernel is not None)}


def ensure(image: Image, progress: Callable[[str], None]) -> Built:
    """The image, built first where that is needed.

    Raises:
        ImageError: it cannot be built here; the hint says what to install.
    """
    found = built(image)
    if found is not None:
        return found
    _check_tools(f"the image {image.name!r}")
    with locked("kernels", progress):
        return built(image) or _build(image, progress)


def _check_tools(what: str) -> None:
    missing = kernel_packages.missing_tools()
    if missing:
        raise ImageError(
            f"{what} cannot be built: {', '.join(missing)} is not installed",
            f"sudo apt-get install {' '.join(missing)}",
        )


def _build(image: Image, progress: Callable[[str], None]) -> Built:
    sources = ensure_root(progress)
    kernel = _kernel(image)
    with making(_folder(image)) as made:
        work = made / "work"
        work.mkdir()
        unpacked = kernel_packages.fetch(
            kernel, kernel_packages.sources_for(kernel.suite, sources), work, progress
        )
        _take(unpacked, made)
        shutil.rmtree(work)
    found = built(image)
    assert found is not None  # noqa: S101 (made just now)
    progress(f"{found.reference} is ready: kernel {found.release}")
    return found


def _take(unpacked: Path, made: Path) -> None:
    """Keep the kernel and the modules a guest needs of an unpacked package, and what is known of them."""
    # Before Debian's 7.2 the kernel lies in boot/, from then on beside its modules.
    found = [*unpacked.glob("boot/vmlinuz-*"), *unpacked.glob("usr/lib/modules/*/vmlinuz")]
    folders = [*unpacked.glob("lib/modules/*"), *unpacked.glob("usr/lib/modules/*")]
    with_modules = [folder for folder in folders if (folder / "kernel").is_dir()]
    if len(found) != 1 or len(with_modules) != 1:
        raise ImageError(f"the package holds {len(found)} kernels and {len(with_modules)} folders of modules")
    packages = sorted(path.name for path in unpacked.parent.glob("*.deb"))
    modules = packed(load_order(with_modules[0]))
    keep(made, found[0].read_bytes(), modules, release=with_modules[0].name, package=", ".join(packages))


def keep(made: Path, kernel: bytes, modules: bytes, *, release: str, package: str) -> None:
    """Write what ``read`` reads: the kernel, the archive of its modules, and what is known of them."""
    (made / "vmlinuz").write_bytes(kernel)
    (made / "modules.cpio").write_bytes(modules)
    about = {
        "release": release,
        "package": package,
        "digest": "sha256:" + hashlib.sha256(kernel).hexdigest(),
        "sizes": [len(kernel), len(modules)],
    }
    (made / "about.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")


def packed(modules: Iterable[tuple[str, bytes]]) -> bytes:
    """The archive of modules, each by name, in the order in which the guest will load them."""
    archive = Archive()
    archive.folder(MODULES)
    for number, (name, data) in enumerate(modules):
        archive.file(f"{MODULES}/{number:02}-{name}.ko", data)
    return archive.finish()


def ensure_root(progress: Callable[[str], None]) -> list[str]:
    """Make the root file system where it is not there; the lines of its sources.list.

    Raises:
        ImageError: it cannot be made.
    """
    folder = _root_folder()
    if not (folder / "root.cpio").is_file():
        _check_tools("the guest's root file system")
        progress(f"making the guest's root file system: {_ROOT_PACKAGES} of {_ROOT_SUITE} (mmdebstrap, 15 s)")
        with making(folder) as made:
            tar = made / "root.tar"
            options = ["--variant=extract", "--architectures=amd64", f"--include={_ROOT_PACKAGES}"]
            debian.mmdebstrap(options, _ROOT_SUITE, tar, progress)
            archive = Archive()
            with tarfile.open(tar) as source:
                archive.tar(source, _in_root)
                listed = source.extractfile("./etc/apt/sources.list")
                (made / "sources.list").write_bytes(listed.read() if listed else b"")
            archive.device("dev/console", 5, 1)
            for name in ("proc", "sys", "tmp", "run"):
                archive.folder(name)
            tar.unlink()
            (made / "root.cpio").write_bytes(archive.finish())
    return (folder / "sources.list").read_text("utf-8").splitlines()


def _in_root(name: str) -> bool:
    return name.startswith(_ROOT_KEPT) and not name.startswith(_ROOT_LEFT)


class making:  # noqa: N801 (used as a function)
    """A folder that stands under its name only once it is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Path:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._made = Path(tempfile.mkdtemp(prefix=f".{self._folder.name}-", dir=self._folder.parent))
        self._made.chmod(0o755)
        return self._made

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is None:
            shutil.rmtree(self._folder, ignore_errors=True)  # what was there was not whole
            self._made.rename(self._folder)
        else:
            shutil.rmtree(self._made, ignore_errors=True)


def _kernel(image: Image) -> Kernel:
    if image.kernel is None:
        raise ImageError(f"the image {image.name!r} has no kernel of its own")
    return image.kernel


def _folder(image: Image) -> Path:
    kernel = _kernel(image)
    recipe = {"suite": kernel.suite, "package": kernel.package}
    return cache() / "images" / f"{image.name}-{_hash(recipe, NEEDED)}"


def _root_folder() -> Path:
    return cache() / "images" / f"root-{_hash(_ROOT_SUITE, _ROOT_PACKAGES, _ROOT_KEPT, _ROOT_LEFT)}"


def _hash(*recipe: Any) -> str:
    return hashlib.sha256(json.dumps([_BUILDER, *recipe]).encode()).hexdigest()[:12]
