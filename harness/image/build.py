"""Building container images: only when what they are made of has changed, which their tag tells.

This module imports the Docker SDK (150 ms): import it where an image is really wanted.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import docker
import docker.errors

from harness.errors import ImageError
from harness.image import base, catalogue, context, engine, kernel_packages, kernels, thin
from harness.image.cache import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from harness.image.catalogue import Image

__all__ = ["build", "client_for", "ensure", "identity", "reference"]

_BUILDER = "1"
"""Part of every hash: raised when the way of building changes what comes out."""

_TAIL = 20
_SECONDS = 600
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def reference(image: Image) -> str:
    """The engine's name of an image: its tag is a hash over everything it is made of.

    Raises:
        ImageError: its folder cannot be read.
    """
    content = hashlib.sha256(f"builder {_BUILDER}\n".encode())
    try:
        for name, mode, data in _content(image):
            content.update(f"{name}\n{mode:o}\n{len(data)}\n".encode() + data)
    except OSError as error:
        raise ImageError(f"the image {image.name!r} cannot be read: {error}") from error
    return f"harness/{image.name}:{content.hexdigest()[:12]}"


def _content(image: Image) -> Iterator[tuple[str, int, bytes]]:
    """All that a build may read: names, what of the mode makes a program, bytes."""
    if image.folder is None:
        raise ImageError(f"the image {image.name!r} is not one that an engine can have")
    if image.kind == "kernel":
        yield from ((name, 0, data) for name, data in context.files(image).items())
        return
    for path in sorted(path for path in image.folder.rglob("*") if path.is_file()):
        yield path.relative_to(image.folder).as_posix(), path.stat().st_mode & 0o111, path.read_bytes()


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
    with client_for(client) as used:
        return _ensure(used, image, progress)


def build(names: Iterable[str], progress: Callable[[str], None], via: str | None = None) -> list[str]:
    """Build the images of these names (none given: every one that can be built here); their references.

    Also gives what an engine has the tag ``latest``, which docker-compose.yml uses.

    Args:
        names: which.
        progress: is given each line of what goes on.
        via: the form of a kernel's image, ``process`` or ``docker``; None for the first that can be built here.

    Raises:
        UnknownName, LabMissing, ImageError: see ``ensure``.
    """
    images = [image for name in names or catalogue.names() if (image := catalogue.find(name)).folder]
    brought = [image for image in images if image.kind == "kernel"]
    missing = kernel_packages.missing_tools()
    if via == "docker" or (via is None and missing and engine.answers()):
        return _containers([image for image in images if names or _has_container(image)], progress)
    if not names and brought and missing:
        progress(f"not the kernels' images: to build them, sudo apt-get install {' '.join(missing)}")
        brought = []
    references = _containers([image for image in images if image.kind in ("container", "runtime")], progress)
    return [*references, *(kernels.ensure(image, progress).reference for image in brought)]


def _has_container(image: Image) -> bool:
    return image.kind != "kernel" or context.has(image)


def _containers(images: list[Image], progress: Callable[[str], None]) -> list[str]:
    if not images:
        return []
    references = []
    with client_for(None) as client:
        for image in images:
            wanted = _ensure(client, image, progress)
            client.api.tag(wanted, wanted.partition(":")[0], "latest")
            progress(f"{wanted} is ready")
            references.append(wanted)
    return references


@contextmanager
def client_for(given: docker.DockerClient | None) -> Iterator[docker.DockerClient]:
    """The client that is given, else one made for the while; LabMissing where no engine answers."""
    if given is not None:
        yield given
        return
    made = engine.connect(_SECONDS)
    try:
        yield made
    finally:
        made.close()


def identity(client: docker.DockerClient, wanted: str) -> str | None:
    """The engine's id of an image; None where it has none of that name."""
    try:
        return client.images.get(wanted).id
    except docker.errors.ImageNotFound:
        return None


def _ensure(client: docker.DockerClient, image: Image, progress: Callable[[str], None]) -> str:
    wanted = reference(image)
    if not identity(client, wanted):
        with locked(wanted, progress):
            if not identity(client, wanted):  # another run may have built it while this one waited
                _build(client, image, wanted, progress)
                if image.kind == "kernel":
                    thin.thin(client, image.name)
    return wanted


def _build(client: docker.DockerClient, image: Image, wanted: str, progress: Callable[[str], None]) -> None:
    tail: deque[str] = deque(maxlen=_TAIL)
    try:
        foundation = base.obtain(client, image, progress)
        progress(f"building {wanted} on {foundation}")
        # rm and forcerm: the builder's own containers go, also when a step fails.
        entries = client.api.build(
            **_source(image), tag=wanted, rm=True, forcerm=True, decode=True,
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


def _source(image: Image) -> dict[str, Any]:
    """What the engine builds from."""
    if image.kind == "kernel":
        made = context.tar(context.files(image))
        return {"fileobj": made, "custom_context": True, "dockerfile": context.dockerfile(image)}
    return {"path": str(image.folder)}


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
