"""Prepared states: what a guest was when it stood ready. Booting takes seconds, going on from there a moment.

::

    <cache>/harness/states/<image>-<clock>-<hash>/
        memory          the guest's memory; a run maps it and changes only its own copy
        devices         the state of its processor and devices
        console         what its kernel wrote while it booted
        about.json      the sizes, and what the guest said of itself; written last

The hash covers the kernel, the root file system, the runtime, QEMU's version and its command line: a state made
of anything else has another name, and is made anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache as remembered
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import LabError, LabMissing
from harness.image.cache import cache, locked
from harness.image.kernel_archive import Archive
from harness.lab.bundle import bundle
from harness.lab.vm import words
from harness.lab.vm.machine import Machine
from harness.runtime.guest import ENDED, READY

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.image.kernel import Built

__all__ = ["State", "ensure", "forget", "qemu_version"]

_BOOT_SECONDS = 180.0
_KEPT = 3
_INIT = b"""#!/usr/bin/python3 -SEB
import sys
sys.path.insert(0, "/harness.zip")
from harness.runtime.guest import main
main()
"""


@dataclass(frozen=True, slots=True)
class State:
    """A prepared state, and the QEMU that made it."""

    folder: Path
    qemu: str

    @property
    def memory(self) -> Path:
        """The guest's memory."""
        return self.folder / "memory"

    @property
    def devices(self) -> Path:
        """The state of its processor and devices."""
        return self.folder / "devices"

    def console(self) -> bytes:
        """What the guest's kernel wrote to its console while it booted."""
        with suppress(FileNotFoundError):
            return (self.folder / "console").read_bytes()
        return b""

    def fault(self) -> str | None:
        """Why it cannot be used: not there, or not whole; None where nothing is seen to be wrong."""
        try:
            sizes = json.loads((self.folder / "about.json").read_text("utf-8"))["sizes"]
            found = [self.memory.stat().st_size, self.devices.stat().st_size]
            digest = hashlib.sha256(self.devices.read_bytes()).hexdigest()
        except FileNotFoundError:
            return "there is none yet" if not self.folder.exists() else "a part of it is missing"
        except (OSError, ValueError, KeyError, TypeError) as error:
            return f"it cannot be read ({error})"
        return None if [*found, digest] == sizes else "it is cut short or changed"


@remembered
def qemu_version() -> str:
    """The version of this machine's QEMU; LabMissing where there is none (60 ms the first time)."""
    if shutil.which(words.PROGRAM) is None:
        raise LabMissing(f"{words.PROGRAM} is not installed", words.INSTALL)
    done = subprocess.run([words.PROGRAM, "--version"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabMissing(f"{words.PROGRAM} does not start: {done.stderr.strip()}", words.INSTALL)
    return done.stdout.splitlines()[0].partition("version ")[2]


def ensure(built: Built, clock: str, say: Callable[[str], None]) -> State:
    """The state of an image's guest that stands ready; the guest is booted where there is none that is whole.

    Raises:
        LabMissing: there is no QEMU.
        LabError: the guest does not boot; the message ends with its console's last lines.
    """
    state = State(_folder(built, clock), qemu_version())
    if state.fault() is None:
        return state
    with locked(state.folder.name, say):
        fault = state.fault()
        if fault is not None:
            say(f"preparing {built.reference}, {clock} clock: booting kernel {built.release} once ({fault})")
            began = time.monotonic()
            _make(built, clock, state)
            say(f"it stands ready after {time.monotonic() - began:.1f} s; runs go on from there")
    return state


def forget(state: State) -> None:
    """Remove a state that proved to be damaged."""
    shutil.rmtree(state.folder, ignore_errors=True)


def _make(built: Built, clock: str, state: State) -> None:
    state.folder.parent.mkdir(parents=True, exist_ok=True)
    forget(state)
    making = Path(tempfile.mkdtemp(prefix=f".{state.folder.name}-", dir=state.folder.parent))
    try:
        initrd = making / "initrd"
        initrd.write_bytes(built.root.read_bytes() + built.modules.read_bytes() + _runtime())
        _boot(built, clock, initrd, making)
        initrd.unlink()
        sizes = [(making / name).stat().st_size for name in ("memory", "devices")]
        digest = hashlib.sha256((making / "devices").read_bytes()).hexdigest()
        about = {"sizes": [*sizes, digest], "qemu": state.qemu, "release": built.release, "clock": clock}
        (making / "about.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")
        making.rename(state.folder)
        _thin(state)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _thin(state: State) -> None:
    """Remove all but the newest states of this image and clock: of older kernels, runtimes and QEMUs.

    A run that goes on from one keeps what it has mapped.
    """
    alike = state.folder.parent.glob(state.folder.name.rpartition("-")[0] + "-*")
    with suppress(FileNotFoundError):  # another run may be at the same
        for folder in sorted(alike, key=lambda folder: folder.stat().st_mtime, reverse=True)[_KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)


def _boot(built: Built, clock: str, initrd: Path, making: Path) -> None:
    machine = Machine(lambda given: words.boot(built.kernel, initrd, making / "memory", clock, given))
    try:
        for line in machine.lines(time.monotonic() + _BOOT_SECONDS):
            said = json.loads(line)
            if said.get("guest") == ENDED:
                raise LabError(f"the guest {built.release} cannot go on: {said['log']}")
            if said.get("guest") == READY:
                machine.save(making / "devices")
                text = machine.console()
                (making / "console").write_text(text + "\n" if text else "", "utf-8")
                return
        raise LabError(f"the guest {built.release} ended before it was ready{machine.last_words()}")
    finally:
        machine.end()
        machine.close()


def _runtime() -> bytes:
    archive = Archive()
    archive.file("harness.zip", bundle())
    archive.file("init", _INIT, 0o755)
    return archive.finish()


def _folder(built: Built, clock: str) -> Path:
    given = words.Descriptors(0, 0)
    line = words.boot(Path("kernel"), Path("initrd"), Path("memory"), clock, given)
    content = hashlib.sha256()
    for part in (built.reference, built.root.parent.name, built.digest, qemu_version(), *line):
        content.update(part.encode() + b"\0")
    content.update(_INIT + bundle())
    name = built.reference.rpartition("-")[0]
    return cache() / "states" / f"{name}-{clock}-{content.hexdigest()[:12]}"
