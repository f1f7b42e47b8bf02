"""What a host on this machine would show: kernel, HZ, and the settings of a network namespace newly made."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.runtime import box, host

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Local", "local"]


@dataclass(frozen=True, slots=True)
class Local:
    """``settings``: sysctl to value; ``fresh``: read in a new namespace, else this machine's own."""

    facts: Mapping[str, Any]
    settings: Mapping[str, str | None]
    fresh: bool


def local() -> Local:
    """Read them, in a child process that leaves this machine's namespaces (10 ms)."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            box.leave()
            with os.fdopen(write, "w", encoding="utf-8") as file:
                json.dump(host.settings({}), file)
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as file:
        text = file.read()
    fresh = os.waitpid(child, 0)[1] == 0
    return Local(host.facts(), json.loads(text) if fresh else host.settings({}), fresh)
