"""What a kernel's image in the engine says of itself; asked once, then remembered by the image's id."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

from harness.errors import ImageError
from harness.image.cache import cache
from harness.image.engine import answered

if TYPE_CHECKING:
    import docker

__all__ = ["PLACE", "about"]

PLACE = "/var/lib/harness/guest/about.json"
"""The file in the image: the kernel's ``release``, ``package`` and ``digest``, and the ``qemu`` of the states."""


def about(client: docker.DockerClient, identity: str) -> dict[str, str]:
    """What the image of that id says.

    Raises:
        ImageError: it says nothing.
    """
    remembered = cache() / "engine-images" / f"{identity.rpartition(':')[2]}.json"
    try:
        found: dict[str, str] = json.loads(remembered.read_text("utf-8"))
    except (OSError, ValueError):
        found = answered(lambda: _ask(client, identity))
        remembered.parent.mkdir(exist_ok=True)
        remembered.write_text(json.dumps(found), "utf-8")
    return found


def _ask(client: docker.DockerClient, identity: str) -> dict[str, str]:
    import docker.errors  # noqa: PLC0415 (150 ms that who only reads what is remembered saves)

    container = client.api.create_container(identity)["Id"]
    try:
        pieces, _ = client.api.get_archive(container, PLACE)
        with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
            member: Any = archive.extractfile(PLACE.rpartition("/")[2])
            found: dict[str, str] = json.load(member)
    except docker.errors.NotFound as error:
        raise ImageError(f"the image {identity} has no {PLACE}", "harness images build --via docker") from error
    finally:
        client.api.remove_container(container, force=True)
    return found
