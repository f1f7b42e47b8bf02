"""What the Dockerfile of a kernel's image copies: the context of its build, by hand and by harness the same.

By hand the context is harness's repository. harness itself assembles it, from wherever it and the image's folder
are: an installed wheel has no repository.
"""

from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import harness
from harness.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.image.catalogue import Image

__all__ = ["dockerfile", "files", "has", "tar"]

_COPY = re.compile(r"^COPY\s+(?!--from)(.+)$", re.MULTILINE)
_CONTINUED = re.compile(r"\\\n\s*")


def has(image: Image) -> bool:
    """Whether the image has a container form."""
    return image.folder is not None and (image.folder / "Dockerfile").is_file()


def dockerfile(image: Image) -> str:
    """The Dockerfile's name in the context."""
    return f"images/{image.name}/Dockerfile"


def files(image: Image) -> dict[str, bytes]:
    """Every file of the context by its name in there, in the order of the names.

    Raises:
        ImageError: the image has no Dockerfile, or one that copies what is not there.
    """
    if image.folder is None or not has(image):
        raise ImageError(f"the image {image.name!r} has no container form: there is no Dockerfile in its folder")
    text = (image.folder / "Dockerfile").read_text("utf-8")
    found = {dockerfile(image): text.encode()}
    for line in _COPY.findall(_CONTINUED.sub("", text)):
        for word in line.split()[:-1]:
            found.update(_copied(image, word.replace("${IMAGE}", image.name)))
    return dict(sorted(found.items()))


def tar(content: dict[str, bytes]) -> io.BytesIO:
    """The context as the engine takes it; the same bytes each time, so that it finds what it built before."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))
    made.seek(0)
    return made


def _copied(image: Image, pattern: str) -> Iterator[tuple[str, bytes]]:
    """What one word of a COPY stands for."""
    assert image.folder is not None  # noqa: S101 (its Dockerfile was read)
    own = f"images/{image.name}/"
    place = Path(harness.__file__).resolve().parent.parent
    if pattern.startswith(own):
        base, prefix, pattern = image.folder, own, pattern.removeprefix(own)
    else:
        base, prefix = place, ""
    paths = [each for path in base.glob(pattern) for each in ([path] if path.is_file() else path.rglob("*.py"))]
    if not paths:
        raise ImageError(f"the Dockerfile of {image.name!r} copies {pattern!r}, and there is no such file")
    for path in paths:
        yield prefix + path.relative_to(base).as_posix(), path.read_bytes()
