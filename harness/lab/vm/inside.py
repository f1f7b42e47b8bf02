"""The program of a kernel's container: one QEMU, spoken to through standard input and output.

::

    python3 -m harness.lab.vm.inside prepare    while the image is built: boot once for each clock, keep the states
    python3 -m harness.lab.vm.inside            the container's program

The program reads one JSON line, ``{"clock", "plan"}``, says ``{"machine": "begun", ...}`` with what the image is,
then line by line what the guest says, and last ``{"machine": "ended", "console", "log", "error"}``. The guest is
ended by its own last word, by anything more on standard input, and by the end of it: the container never outlives
whoever started it.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.image.cache import cache
from harness.lab.vm import words
from harness.lab.vm.machine import Machine
from harness.lab.vm.packed import empty, pack, unpack
from harness.lab.vm.silence import Silence
from harness.runtime.guest import ENDED

__all__ = ["BEGUN", "STOPPED", "main", "prepare"]

BEGUN, STOPPED = "begun", "ended"
"""What the program says of the machine before the guest's first line, and after its last."""

_LAST = json.dumps({"guest": ENDED}).encode().rstrip(b"}")
"""How the guest's last line begins."""

_LONGEST_SECONDS = 86400.0
"""The deadline is the other end's; this one is for the case that nobody is there and nobody tells."""


def prepare() -> None:
    """Boot the image's guest once for each clock; keep each state in a form that a read-only container can use."""
    from harness.image import inside, kernel  # noqa: PLC0415 (only while an image is built)
    from harness.lab.vm import state  # noqa: PLC0415 (see above)

    built = kernel.built(inside.image())
    assert built is not None  # noqa: S101 (an earlier layer of the same Dockerfile made it)
    _folder().mkdir()
    for clock in (words.VIRTUAL, words.REAL):
        made = state.ensure(built, clock, _say)
        _part(clock, "extents").write_text(json.dumps(pack(made.memory, _part(clock, "memory"))), "utf-8")
        shutil.copyfile(made.devices, _part(clock, "devices"))
        _part(clock, "console").write_bytes(made.console())
        state.forget(made)
    facts = {"release": built.release, "package": built.package, "digest": built.digest}
    (_folder() / "about.json").write_text(json.dumps({**facts, "qemu": state.qemu_version()}), "utf-8")


def main() -> int:
    """Run one order; 0 when the guest or the other end ended it, 1 when it went wrong."""
    line, outside = _read_order()
    request = json.loads(line)
    clock = request["clock"]
    _tell({"machine": BEGUN, **json.loads((_folder() / "about.json").read_text("utf-8"))})
    machine = _machine(clock)
    try:
        error = _perform(machine, clock, request["plan"], outside)
        # Said before it is ended: it takes 40 ms to give its memory back, and nobody has to wait for that.
        _tell({"machine": STOPPED, "console": machine.console(), "log": machine.log(), "error": error})
    finally:
        machine.end()
    return 0 if error is None else 1


def _perform(machine: Machine, clock: str, plan: dict[str, Any], outside: _Outside) -> str | None:
    """Go on from the state with the plan, to the guest's end; what went wrong."""
    try:
        machine.order(words.order(plan, clock))
        machine.resume(_part(clock, "devices"))
        _hand_out(machine, outside, Silence(machine.pid) if clock == words.VIRTUAL else None)
    except HarnessError as error:
        return str(error)
    except KeyboardInterrupt:
        pass  # the other end wants no more
    return None


def _machine(clock: str) -> Machine:
    """A machine that waits for its devices' state; its memory is filled while it starts (70 ms, and 30)."""
    extents = json.loads(_part(clock, "extents").read_text("utf-8"))
    memory = empty(words.MEMORY)
    # Its own copy already: shared, no page is copied once more.
    path = Path(f"/proc/self/fd/{memory}")
    console = _part(clock, "console").read_bytes()
    made = Machine(lambda given: words.restore(path, clock, given, own=True), console, inherited=(memory,))
    unpack(_part(clock, "memory"), extents, memory)
    os.close(memory)
    return made


def _hand_out(machine: Machine, outside: _Outside, silence: Silence | None) -> None:
    """What the guest says, to its last word; in the pieces that come, for each write costs the engine a frame."""
    rest = b""
    for piece in machine.pieces(time.monotonic() + _LONGEST_SECONDS, outside, silence):
        _write(piece)
        *lines, rest = (rest + piece).split(b"\n")
        if any(line.startswith(_LAST) for line in lines):
            return


class _Outside:
    """The other end's wish that the guest ends: more on standard input, or the end of it."""

    def __init__(self, *, asked: bool) -> None:
        self._asked = asked

    def fileno(self) -> int:
        """Standard input."""
        return 0

    @property
    def asked(self) -> bool:
        """Whether there is one."""
        return self._asked or bool(select.select([0], [], [], 0)[0])


def _read_order() -> tuple[bytes, _Outside]:
    """The first line, and whether more came with it."""
    data = b""
    while b"\n" not in data:
        piece = os.read(0, 65536)
        if not piece:
            sys.exit("the order on standard input is not whole")
        data += piece
    line, _, more = data.partition(b"\n")
    return line, _Outside(asked=bool(more))


def _tell(data: dict[str, Any]) -> None:
    _write(json.dumps(data).encode() + b"\n")


def _write(data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(1, left) :]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _folder() -> Path:
    return cache() / "guest"


def _part(clock: str, name: str) -> Path:
    return _folder() / f"{clock}.{name}"


if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        prepare()
    else:
        sys.exit(main())
