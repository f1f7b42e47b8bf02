"""Building container images: only when what they are made of has changed, which their tag tells.

This module imports the Docker SDK (150 ms): import it where an image is really wanted.
"""

from __future__ import annotations

import hashlib
import platform
import re
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import docker
import docker.errors

from harness.errors import ImageError
from harness.image import base, catalogue, engine, kernel_packages, kernels
from harness.image.cache import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from harness.image.catalogue import Image

__all__ = ["Status", "build", "ensure", "reference", "status"]

_BUILDER = "1"
"""Part of every hash: raised when the way of building changes what comes out."""

_TAIL = 20
_SECONDS = 600
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Status:
    """An image as `harness images` shows it.

    ``kernel`` is the release its hosts run on, None where no engine answers, where the image brings one and is
    not built, and where it brings a stack of its own (kind ``runtime``); ``digest`` the engine's id of the built
    image, or the hash of its kernel; ``reference`` the engine's name for it or that of its folder, None for the
    built-in image; ``lacks`` what keeps the engine from starting it, or None.
    """

    name: str
    kind: str
    description: str
    kernel: str | None
    built: bool
    reference: str | None = None
    digest: str | None = None
    lacks: str | None = None


def reference(image: Image) -> str:
    """The engine's name of a container image: its tag is a hash over everything it is made of.

    Raises:
        ImageError: its folder cannot be read.
    """
    if image.folder is None:
        raise ImageError(f"the image {image.name!r} is not one that an engine can have")
    content = hashlib.sha256(f"builder {_BUILDER}\n".encode())
    try:
        for path in sorted(path for path in image.folder.rglob("*") if path.is_file()):
            data = path.read_bytes()
            name, mode = path.relative_to(image.folder).as_posix(), path.stat().st_mode & 0o111
            content.update(f"{name}\n{mode:o}\n{len(data)}\n".encode() + data)
    except OSError as error:
        raise ImageError(f"the image {image.name!r} cannot be read: {error}") from error
    return f"harness/{image.name}:{content.hexdigest()[:12]}"


def ensure(name: str, progress: Callable[[str], None], client: docker.DockerClient | None = None) -> str:
    """The engine's reference of an image, which is built first where that is needed.

    Args:
        name: the image's name.
        progress: is given each line of what goes on; not called when there is nothing to do.
        client: the engine's client; without it one is made for the call.

    Raises:
        UnknownName: there is no such image.
        LabMissing: no engine answers.
        ImageError: it cannot be built; the message ends with the end of the log.
    """
    image = catalogue.find(name)
    with _client(client) as used:
        return _ensure(used, image, progress)


def build(names: Iterable[str], progress: Callable[[str], None]) -> list[str]:
    """Build the images of these names (none given: every one that can be built here); their references.

    Also gives a container image the tag ``latest``, which docker-compose.yml uses.

    Raises:
        UnknownName, LabMissing, ImageError: see ``ensure``.
    """
    images = [image for name in names or catalogue.names() if (image := catalogue.find(name)).folder]
    brought = [image for image in images if image.kind == "kernel"]
    if not names and brought and (missing := kernel_packages.missing_tools()):
        progress(f"not the kernels' images: to build them, sudo apt-get install {' '.join(missing)}")
        brought = []
    references = _containers([image for image in images if image.kind in ("container", "runtime")], progress)
    return [*references, *(kernels.ensure(image, progress).reference for image in brought)]


def _containers(images: list[Image], progress: Callable[[str], None]) -> list[str]:
    if not images:
        return []
    references = []
    with _client(None) as client:
        for image in images:
            wanted = _ensure(client, image, progress)
            client.api.tag(wanted, wanted.partition(":")[0], "latest")
            progress(f"{wanted} is ready")
            references.append(wanted)
    return references


def status() -> list[Status]:
    """Every image: of what kind, on which kernel, and whether it is built. Works without an engine."""
    images = [catalogue.find(name) for name in catalogue.names()]
    if not engine.answers():
        return [_status(image, None, None) for image in images]
    with _client(None) as client:
        release = str(client.version()["KernelVersion"])
        runtimes = client.info().get("Runtimes") or {}
        found = [_status(image, client, None if image.runtime else release) for image in images]
    return [
        replace(each, lacks=f"the engine has no runtime {image.runtime}")
        if image.runtime and image.runtime not in runtimes
        else each
        for image, each in zip(images, found, strict=True)
    ]


def _status(image: Image, client: docker.DockerClient | None, release: str | None) -> Status:
    if image.kind == "kernel":
        made = kernels.built(image)
        facts = (made.release, True, made.reference, made.digest) if made else (None, False)
        return Status(image.name, image.kind, image.description, *facts)
    if image.folder is None:
        return Status(image.name, image.kind, image.description, platform.release(), built=True)
    wanted = reference(image)
    digest = _id(client, wanted) if client else None
    return Status(image.name, image.kind, image.description, release, digest is not None, wanted, digest)


@contextmanager
def _client(given: docker.DockerClient | None) -> Iterator[docker.DockerClient]:
    if given is not None:
        yield given
        return
    made = engine.connect(_SECONDS)
    try:
        yield made
    finally:
        made.close()


def _id(client: docker.DockerClient, wanted: str) -> str | None:
    try:
        return client.images.get(wanted).id
    except docker.errors.ImageNotFound:
        return None


def _ensure(client: docker.DockerClient, image: Image, progress: Callable[[str], None]) -> str:
    wanted = reference(image)
    if not _id(client, wanted):
        with locked(wanted, progress):
            if not _id(client, wanted):  # another run may have built it while this one waited
                _build(client, image, wanted, progress)
    return wanted


def _build(client: docker.DockerClient, image: Image, wanted: str, progress: Callable[[str], None]) -> None:
    tail: deque[str] = deque(maxlen=_TAIL)
    try:
        foundation = base.obtain(client, image, progress)
        progress(f"building {wanted} on {foundation}")
        # rm and forcerm: the builder's own containers go, also when a step fails.
        entries = client.api.build(
            path=str(image.folder), tag=wanted, rm=True, forcerm=True, decode=True,
            labels={"harness.image": image.name}, buildargs={"BASE": foundation},
        )  # fmt: skip
        for line in _lines(entries):
            tail.append(line)
            progress(line)
    except _StepFailed as failed:
        lines = "\n  ".join(tail)
        raise ImageError(f"the image {image.name!r} could not be built: {failed}\n  {lines}") from None
    except (docker.errors.DockerException, OSError) as error:
        raise ImageError(f"the image {image.name!r} could not be built: {error}") from error
    client.api.tag(wanted, wanted.partition(":")[0], "latest")


class _StepFailed(Exception):
    """A step of a Dockerfile failed; in the builder's words."""


def _lines(entries: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """The builder's output as lines: it comes in pieces, and what a step writes to stderr in colours."""
    rest, failed = "", None
    for entry in entries:  # to the end also after an error: the SDK closes the answer's socket only there
        failed = failed or entry.get("error")
        *whole, rest = (rest + _COLOUR.sub("", str(entry.get("stream", "")))).split("\n")
        yield from (line.rstrip() for line in whole if line.strip())
    if rest.strip():
        yield rest.rstrip()
    if failed:
        raise _StepFailed(str(failed))
