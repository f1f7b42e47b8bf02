"""The images as `harness images` shows them: of what kind, on which kernel, and in which forms they are built.

This module imports the Docker SDK (150 ms), as ``harness.image.build`` does.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.image import catalogue, contents, context, engine, kernels
from harness.image.build import client_for, identity, reference

if TYPE_CHECKING:
    import docker

    from harness.image.catalogue import Image

__all__ = ["Status", "release", "status"]


@dataclass(frozen=True, slots=True)
class Status:
    """An image as `harness images` shows it.

    ``kernel`` is the release its hosts run on, None where no engine answers, where the image brings one and is
    not built, and where it brings a stack of its own (kind ``runtime``); ``digest`` the engine's id of the built
    image, or the hash of its kernel; ``reference`` the engine's name for it or that of its folder, None for the
    built-in image; ``lacks`` what keeps the engine from starting it, or None; ``forms`` those in which a kernel's
    image is built: ``process`` (files in the user's cache folder), ``docker`` (an image of the engine's).
    """

    name: str
    kind: str
    description: str
    kernel: str | None
    built: bool
    reference: str | None = None
    digest: str | None = None
    lacks: str | None = None
    forms: tuple[str, ...] = ()


def release(name: str) -> str | None:
    """The release of the kernel in an image that the engine has; None where it has not been built.

    Raises:
        UnknownName, LabMissing, ImageError: see ``build.ensure``.
    """
    with client_for(None) as client:
        found = identity(client, reference(catalogue.find(name)))
        return str(contents.about(client, found)["release"]) if found else None


def status() -> list[Status]:
    """Every image: of what kind, on which kernel, and whether it is built. Works without an engine."""
    images = [catalogue.find(name) for name in catalogue.names()]
    if not engine.answers():
        return [_status(image, None, None) for image in images]
    with client_for(None) as client:
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
        return _kernel_status(image, client)
    if image.folder is None:
        return Status(image.name, image.kind, image.description, platform.release(), built=True)
    wanted = reference(image)
    digest = identity(client, wanted) if client else None
    return Status(image.name, image.kind, image.description, release, digest is not None, wanted, digest)


def _kernel_status(image: Image, client: docker.DockerClient | None) -> Status:
    found: dict[str, tuple[str, str, str]] = {}
    if made := kernels.built(image):
        found["process"] = (made.release, made.reference, made.digest)
    if client and context.has(image):
        wanted = reference(image)
        if known := identity(client, wanted):
            found["docker"] = (contents.about(client, known)["release"], wanted, known)
    release, named, digest = next(iter(found.values()), (None, None, None))
    return Status(
        image.name, image.kind, image.description, release, bool(found), named, digest, forms=tuple(found)
    )
