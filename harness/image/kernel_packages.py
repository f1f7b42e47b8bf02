"""A kernel's package: found and fetched by apt, which checks its signatures, then unpacked.

apt works with folders of its own: this machine's lists and installed packages are neither used nor changed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ImageError
from harness.image import debian

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.image.recipe import Kernel

__all__ = ["fetch", "missing_tools", "newest", "sources_for"]

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_PARTS = re.compile(r"linux-(base|binary|modules|image)-\d")
_TOOLS = {"apt-get": "apt", "dpkg-deb": "dpkg", "mmdebstrap": "mmdebstrap"}


def missing_tools() -> list[str]:
    """The Debian packages to install before a kernel's image can be built here."""
    missing = [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]
    return missing if _KEYRING.exists() else [*missing, "debian-archive-keyring"]


def sources_for(suite: str, listed: Iterable[str]) -> list[str]:
    """The sources of a suite, from the lines of another suite's sources.list: the same mirror has both.

    Args:
        suite: ``trixie``, ``trixie-backports``, ``bookworm-security`` ...
        listed: lines such as ``deb [options] ADDRESS bookworm main``.

    Raises:
        ImageError: no line speaks of the archive that has it.
    """
    words = [re.sub(r"\[[^]]*\]", "", line).split() for line in listed]
    rows = [row for row in words if len(row) >= 4 and row[0] == "deb"]
    security = suite.endswith("-security")
    addresses = {row[1]: None for row in rows if row[2].endswith("-security") == security}
    if not addresses:
        raise ImageError(f"this machine's sources name no mirror that could have {suite}")
    return [f"deb [arch=amd64 signed-by={_KEYRING}] {address} {suite} main" for address in addresses]


def newest(names: Iterable[str], pattern: str) -> str | None:
    """The newest of the packages whose name the pattern covers: numbers in names count as numbers."""
    found = [name for name in names if fnmatchcase(name, pattern)]
    return max(found, key=lambda name: [int(number) for number in re.findall(r"\d+", name)], default=None)


def fetch(kernel: Kernel, sources: Iterable[str], folder: Path, progress: Callable[[str], None]) -> Path:
    """Fetch and unpack the newest kernel that a recipe's pattern covers.

    Args:
        kernel: suite and pattern.
        sources: lines for apt.
        folder: an empty folder to work in.
        progress: is given each line of what goes on.

    Returns:
        The folder the packages were unpacked into.

    Raises:
        ImageError: there is none, or it cannot be had.
    """
    apt = _Apt(folder, sources)
    progress(f"looking for {kernel.package} in {kernel.suite}")
    apt.get("update", progress=progress)
    name = newest(apt.cache("pkgnames", kernel.package.partition("*")[0]), kernel.package)
    if name is None:
        raise ImageError(f"{kernel.suite} has no package {kernel.package}")
    parts = [name, *(part for part in apt.depends(name) if _PARTS.match(part))]
    progress(f"fetching {', '.join(parts)}")
    apt.get("download", *parts, progress=progress)
    unpacked = folder / "unpacked"
    for package in sorted(folder.glob("*.deb")):
        debian.run(["dpkg-deb", "--extract", str(package), str(unpacked)], progress)
    return unpacked


class _Apt:
    """apt with its own lists and nothing installed."""

    def __init__(self, folder: Path, sources: Iterable[str]) -> None:
        self._folder = folder
        for name in ("lists/partial", "cache/archives/partial", "none"):
            (folder / name).mkdir(parents=True)
        (folder / "sources.list").write_text("\n".join(sources) + "\n", "utf-8")
        (folder / "status").touch()
        (folder / "apt.conf").write_text(
            f'Dir::Etc::SourceList "{folder}/sources.list";\n'
            f'Dir::Etc::SourceParts "{folder}/none";\n'
            f'Dir::State "{folder}";\n'
            f'Dir::State::Lists "{folder}/lists";\n'
            f'Dir::State::Status "{folder}/status";\n'
            f'Dir::Cache "{folder}/cache";\n'
            'APT::Architecture "amd64";\nAPT::Architectures "amd64";\n'
            'APT::Sandbox::User "root";\nAcquire::Languages "none";\n'
            # A list that could not be fetched is a failure, never a reason to go on with an old one.
            'APT::Update::Error-Mode "any";\n',
            "utf-8",
        )

    def get(self, *words: str, progress: Callable[[str], None]) -> None:
        command = ["env", "-C", str(self._folder), "apt-get", "--quiet", "--yes", *words]
        debian.run(command, progress, {"APT_CONFIG": str(self._folder / "apt.conf")})

    def cache(self, *words: str) -> list[str]:
        done = subprocess.run(
            ["apt-cache", "--config-file", str(self._folder / "apt.conf"), *words],  # noqa: S607 (found on PATH)
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise ImageError(f"apt-cache failed: {done.stderr.strip()}")
        return done.stdout.split("\n")

    def depends(self, name: str) -> list[str]:
        rows = [line.split() for line in self.cache("depends", name)]
        return [row[-1] for row in rows if row[:1] in (["Depends:"], ["PreDepends:"])]
