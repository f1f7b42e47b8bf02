"""Debian's packages: root file systems by mmdebstrap, from this machine's own sources where it runs Debian."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections import deque
from typing import TYPE_CHECKING

from harness.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

__all__ = ["mmdebstrap", "run", "sources"]

_TAIL = 12


def mmdebstrap(options: Sequence[str], suite: str, archive: Path, progress: Callable[[str], None]) -> None:
    """Make a root file system of a suite, as a tar file.

    Args:
        options: mmdebstrap's.
        suite: the Debian release's name.
        archive: where the tar file will be.
        progress: is given each line of what goes on.

    Raises:
        ImageError: it failed; the message ends with the end of what it said.
    """
    try:
        run(["mmdebstrap", *options, suite, str(archive), *sources(suite)], progress)
    except ImageError as error:
        if os.geteuid():
            error.hint = "as an ordinary user mmdebstrap needs newuidmap: sudo apt-get install uidmap"
        raise


def run(
    command: Sequence[str], progress: Callable[[str], None], environment: Mapping[str, str] | None = None
) -> None:
    """Run a command that fetches or makes something; ImageError, with its last lines, where it fails."""
    tail: deque[str] = deque(maxlen=_TAIL)
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", env={**os.environ, "LC_ALL": "C", **(environment or {})},
    ) as process:  # fmt: skip
        try:
            for line in process.stdout or ():
                tail.append(line.rstrip())
                progress(tail[-1].removeprefix("I: "))
        except BaseException:
            # mmdebstrap removes its own folder when asked to end; killed, it could not.
            process.terminate()
            raise
    if process.returncode:
        lines = "\n  ".join(tail)
        raise ImageError(f"{command[0]} failed with status {process.returncode}:\n  {lines}")


def sources(suite: str) -> list[str]:
    """The sources of this machine, when it runs Debian, for the wanted suite; else none (mmdebstrap's own).

    So a machine that reaches Debian through a mirror of its own uses that mirror. apt checks its signatures
    as ever.
    """
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return []
    here = system.get("VERSION_CODENAME")
    if system.get("ID") != "debian" or not here or shutil.which("apt-get") is None:
        return []
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)"]
    listed = subprocess.run([*command, "Created-By: Packages"], capture_output=True, text=True, check=False)
    suites = {here + part: suite + part for part in ("", "-updates", "-security")}
    rows = [line.split() for line in listed.stdout.splitlines()]
    found = [(row[0], suites[row[1]]) for row in rows if row[1] in suites and row[2:] == ["main", "Debian"]]
    if suite not in {wanted for _, wanted in found}:
        return []
    return [f"deb {address} {wanted} main" for address, wanted in found]
