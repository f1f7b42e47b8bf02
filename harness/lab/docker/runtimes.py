"""Other runtimes than the engine's own: whether it knows one, and what it means that one does not start."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.errors import RuntimeMissing
from harness.runtime.events import Cannot, now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker.api.client import APIClient

    from harness.runtime.conductor import Lapsed

__all__ = ["ORDINARY", "absent", "as_cannot", "broken", "died"]

ORDINARY = "runc"
"""The runtime that every engine has (and that no daemon.json can replace)."""

_GET = (
    "sudo apt-get install runsc (a newer one: gvisor.dev, Installation); name it in /etc/docker/daemon.json,"
    ' {"runtimes": {"%s": {"path": "/usr/bin/runsc"}}}; then sudo systemctl reload docker (docs/gvisor.md)'
)
_TOO_OLD = (
    "a runsc older than August 2024 takes every network namespace of Linux 6.7 or newer for the machine's own"
    " (gVisor issue 10704): install a newer one (gvisor.dev, Installation), or wrap this one (docs/gvisor.md)"
)
_ROOT = "cannot run with network enabled in root network namespace"
_NOISE = re.compile(r"unable to retrieve OCI runtime error \(open [^)]*\): |: unknown$")
"""What containerd adds where a runtime wrote no log, and at the end of every such text."""

_TRY = "docs/gvisor.md has the usual reasons; by hand: docker run --rm --network none --runtime %s IMAGE true"


def absent(api: APIClient, runtime: str) -> RuntimeMissing | None:
    """What it means that the engine does not know the runtime, or None where it does."""
    known: Mapping[str, Any] = api.info().get("Runtimes") or {}
    if runtime in known:
        return None
    others = ", ".join(sorted(name for name in known if "." not in name))
    return RuntimeMissing(f"the engine has no runtime {runtime} (it has {others or 'none'})", _GET % runtime)


def broken(runtime: str, said: str) -> RuntimeMissing:
    """What it means that the engine knows the runtime and could not start a container with it."""
    hint = _TOO_OLD if _ROOT in said else _TRY % runtime
    return RuntimeMissing(f"the runtime {runtime} does not start a container here: {_NOISE.sub('', said)}", hint)


def died(runtime: str, error: Lapsed) -> RuntimeMissing | None:
    """What it means that agents were gone before they were ready; None where that is no fault of their runtime's.

    An observer has another runtime, and what a program itself writes (a traceback) shows that it was started.
    """
    lines = str(error).splitlines()
    if not all(": agent " in line for line in lines):
        return None
    return broken(runtime, "; ".join(lines))


def as_cannot(missing: RuntimeMissing, runtime: str) -> Cannot:
    """The event that says so."""
    return Cannot("", now(), f"runtime {runtime}", str(missing).replace("\n  ", "; "))
