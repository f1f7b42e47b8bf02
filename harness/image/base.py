"""The base image: already there, pulled from a registry, or made from Debian packages."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import docker.errors

from harness.errors import ImageError
from harness.image import debian

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.image.catalogue import Image
    from harness.image.recipe import Packages

__all__ = ["obtain"]

# What a slim image leaves out; and dpkg need not sync to disk what a failed build throws away anyway.
_DPKG = (
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/info/*",
    "force-unsafe-io",
)
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def obtain(client: docker.DockerClient, image: Image, progress: Callable[[str], None]) -> str:
    """The reference of the image's base in the engine.

    In this order: the base itself where the engine has it, what was made from Debian packages before, the
    base pulled from its registry, the base made from Debian packages by mmdebstrap. What is made here never
    bears the name of the published image: it is called ``harness/base``.

    Raises:
        ImageError: none of these is possible; the hint says what to do.
    """
    base = str(image.base)
    made = f"harness/base:{_hash(image.packages)}" if image.packages else None
    for reference in filter(None, (base, made)):
        if _present(client, reference):
            return reference
    reason = _pull(client, base, progress)
    if reason is None:
        return base
    progress(f"{base} cannot be pulled: {reason}")
    if made is None or image.packages is None:
        raise ImageError(f"the base image {base} is not here and cannot be pulled: {reason}", _load_hint(base))
    _check(client, base, reason)
    _make(client, image.packages, made, base, progress)
    return made


def _pull(client: docker.DockerClient, base: str, progress: Callable[[str], None]) -> str | None:
    """Pull the base; None when it came, else why not (the engine finds out at once, or gives up by itself)."""
    progress(f"pulling {base}")
    failed = None
    try:
        for entry in client.api.pull(base, stream=True, decode=True):
            failed = failed or entry.get("error")
            if "status" in entry and "progress" not in entry:
                progress(" ".join(str(entry[key]) for key in ("id", "status") if key in entry))
    except docker.errors.APIError as error:
        return str(error.explanation or error)
    except (docker.errors.DockerException, OSError) as error:
        return str(error)
    return str(failed) if failed else None


def _present(client: docker.DockerClient, reference: str) -> bool:
    try:
        client.images.get(reference)
    except docker.errors.ImageNotFound:
        return False
    return True


def _hash(packages: Packages) -> str:
    recipe = json.dumps([packages.model_dump(), _DPKG])
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def _load_hint(base: str) -> str:
    return f"bring it from a machine that can: docker save {base} | docker load"


def _check(client: docker.DockerClient, base: str, reason: str) -> None:
    gone = f"the base image {base} is not here and cannot be pulled ({reason})"
    if shutil.which("mmdebstrap") is None:
        hint = f"make it from Debian packages: sudo apt-get install mmdebstrap; or {_load_hint(base)}"
        raise ImageError(f"{gone}, and mmdebstrap is not installed to make it", hint)
    engine, here = str(client.version()["Arch"]), platform.machine()
    if _MACHINES.get(engine, engine) != here:
        raise ImageError(f"{gone}, and the engine's machine ({engine}) is not like this one", _load_hint(base))


def _make(
    client: docker.DockerClient, packages: Packages, made: str, base: str, progress: Callable[[str], None]
) -> None:
    """Make the base with mmdebstrap; the engine gets it only once mmdebstrap has succeeded."""
    progress(f"making {base} from Debian packages (mmdebstrap, half a minute)")
    with tempfile.TemporaryDirectory(prefix="harness-base-") as folder:
        archive = Path(folder) / "base.tar"
        options = [f"--dpkgopt={option}" for option in _DPKG]
        debian.mmdebstrap([f"--variant={packages.variant}", *options], packages.suite, archive, progress)
        progress("importing it into the engine")
        changes = [f"LABEL harness.base={base}", 'CMD ["bash"]']
        repository, tag = made.split(":")
        answer = client.api.import_image_from_file(str(archive), repository=repository, tag=tag, changes=changes)
    if '"error"' in answer:
        raise ImageError(f"the engine did not take the base image: {answer.strip()}")
