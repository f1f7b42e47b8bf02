"""What the Dockerfile of a kernel's image runs to fetch its parts: the same code as outside, in the build.

::

    python3 -m harness.image.inside root            the root file system, the same for every kernel
    python3 -m harness.image.inside kernel FILE     the kernel that an image.yaml names

Needs what Debian packages give, PyYAML among them; pydantic, which checks the file outside, is not there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from harness.image import kernel
from harness.image.cache import cache

__all__ = ["image", "main"]


def image() -> Any:
    """What ``harness.image.kernel`` asks of an image, as ``kernel FILE`` found it."""
    recipe = json.loads(_remembered().read_text("utf-8"))
    return SimpleNamespace(name=recipe["image"], kernel=SimpleNamespace(**recipe["kernel"]))


def main(words: list[str]) -> None:
    """Fetch one part into the cache folder; ImageError where it cannot be had."""
    if words == ["root"]:
        kernel.ensure_root(_say)
        return
    import yaml  # noqa: PLC0415 (the layer that only makes the root file system has no need of it)

    recipe = yaml.safe_load(Path(words[1]).read_text("utf-8"))
    _remembered().write_text(json.dumps({"image": recipe["image"], "kernel": recipe["kernel"]}), "utf-8")
    kernel.ensure(image(), _say)


def _remembered() -> Path:
    return cache() / "recipe.json"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
