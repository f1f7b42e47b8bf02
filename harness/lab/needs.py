"""What a netns lab needs of this machine."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from harness.lab.interface import Need, Probe
from harness.runtime import box

__all__ = ["netns_needs", "user_namespaces"]

_RESTRICTIONS = (
    ("kernel/apparmor_restrict_unprivileged_userns", "1"),
    ("kernel/unprivileged_userns_clone", "0"),
    ("user/max_user_namespaces", "0"),
)
_MENDS = {
    "kernel/apparmor_restrict_unprivileged_userns": "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    "kernel/unprivileged_userns_clone": "sudo sysctl kernel.unprivileged_userns_clone=1",
    "user/max_user_namespaces": "sudo sysctl user.max_user_namespaces=15000",
}


def user_namespaces() -> Probe:
    """Whether this process may make network, mount and pid namespaces: really tried, in a child (2 ms)."""
    if not sys.platform.startswith("linux"):
        return Probe(usable=False, reason="network namespaces are Linux's", mend="use --lab docker")
    if shutil.which("ip") is None:
        return Probe(usable=False, reason="the ip command is missing", mend="sudo apt-get install iproute2")
    if _tried():
        how = "as root" if os.geteuid() == 0 else "through user namespaces"
        return Probe(usable=True, reason=how)
    for name, forbidding in _RESTRICTIONS:
        if _setting(name) == forbidding:
            dotted = name.replace("/", ".")
            return Probe(
                usable=False, reason=f"user namespaces are forbidden ({dotted}={forbidding})", mend=_MENDS[name]
            )
    return Probe(usable=False, reason="namespaces are forbidden here", mend="run as root, or use --lab docker")


def _tried() -> bool:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            box.leave()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def _setting(name: str) -> str | None:
    try:
        return (Path("/proc/sys") / name).read_text("ascii").strip()
    except OSError:
        return None


def netns_needs() -> list[Need]:
    """Namespaces and iproute2: what is there, and what mends what is not."""
    ip = shutil.which("ip")
    probe = user_namespaces()
    return [
        Need("iproute2", ip is not None, ip or "the ip command is missing", "sudo apt-get install iproute2"),
        Need("namespaces", probe.usable, probe.reason, probe.mend),
    ]
