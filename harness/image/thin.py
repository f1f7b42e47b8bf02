"""Old images of a kernel: each holds two states, 300 MB, and every change of what the guest runs makes another."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import docker
import docker.errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["thin"]

_KEPT = 3
_YOUTH_SECONDS = 3600
"""Younger ones may be in somebody's use: of a checkout that differs, of a run that is about to start."""


def thin(client: docker.DockerClient, name: str) -> None:
    """Remove all but the newest three of an image's builds, and those of the last hour; not what is in use."""
    ours = f"harness/{name}:"
    for tag in old(client.api.images(ours[:-1]), time.time()):
        if not tag.startswith(ours):  # somebody else's name for it
            continue
        with suppress(docker.errors.APIError):
            client.api.remove_image(tag)


def old(built: Iterable[Mapping[str, object]], now: float) -> list[str]:
    """The tags of the builds that can go.

    Args:
        built: the engine's images of one name: ``Created`` in seconds since 1970, ``RepoTags``.
        now: the time, likewise.
    """
    tagged = [(int(str(each["Created"])), each["RepoTags"]) for each in built if each["RepoTags"]]
    newest_first = sorted(tagged, key=lambda pair: pair[0], reverse=True)
    gone = [tags for created, tags in newest_first[_KEPT:] if now - created > _YOUTH_SECONDS]
    return [str(tag) for tags in gone if isinstance(tags, list) for tag in tags]
