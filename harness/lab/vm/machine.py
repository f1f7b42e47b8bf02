"""One QEMU as its maker sees it: a guest that is given an order and says lines, its console, and its monitor."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any, Protocol

from harness.errors import LabError
from harness.lab.vm.words import Descriptors, bound
from harness.runtime.guest import CANNOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.lab.vm.silence import Silence

__all__ = ["Machine", "Wish", "hung", "last_lines"]

_MONITOR_SECONDS = 20.0
_EXIT_SECONDS = 1.0
_PIPE = 1 << 20
_LOG_LIMIT = 1 << 20
_TAIL = 15
_PANIC = "Kernel panic - not syncing"
_LOOK_SECONDS = 1.0


class Wish(Protocol):
    """A wish that a machine ends early; it can be waited for with ``select``."""

    @property
    def asked(self) -> bool:
        """Whether it has been made."""

    def fileno(self) -> int:
        """A descriptor that is readable from the moment it is made."""


class Machine:
    """A QEMU that runs until ``end``; it dies with this process.

    Args:
        command: makes its command line from what it will inherit.
        before: what its guest wrote to the console before this machine went on with it.
        inherited: further descriptors that it will inherit.
    """

    def __init__(
        self, command: Callable[[Descriptors], list[str]], before: bytes = b"", inherited: tuple[int, ...] = ()
    ) -> None:
        self._console = os.memfd_create("console")
        os.write(self._console, before)
        self._log = os.memfd_create("qemu")
        self._monitor, theirs = socket.socketpair()
        self._monitor.settimeout(_MONITOR_SECONDS)
        self._answers = self._monitor.makefile("rb")
        try:
            descriptors = Descriptors(self._console, theirs.fileno())
            self._process = subprocess.Popen(
                bound(os.getpid(), command(descriptors)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                pass_fds=(self._console, theirs.fileno(), *inherited),
                start_new_session=True,  # Ctrl-C reaches harness alone, which ends the machine in its own order
            )
        finally:
            theirs.close()
        assert self._process.stdout is not None  # noqa: S101 (Popen was given a pipe)
        assert self._process.stdin is not None  # noqa: S101 (see above)
        self._events, self._orders = self._process.stdout, self._process.stdin
        self.pid = self._process.pid
        self._ended = False
        with contextlib.suppress(OSError):
            # Room for what the guest says while nobody reads: a guest that had to wait would see its clock jump.
            fcntl.fcntl(self._events, fcntl.F_SETPIPE_SZ, _PIPE)

    def order(self, data: dict[str, Any]) -> None:
        """Give the guest its order; a guest that does not run yet finds it when it does."""
        try:
            self._orders.write(json.dumps(data).encode() + b"\n")
            self._orders.flush()
        except OSError as error:
            raise LabError(f"the virtual machine died before it got its order\n{self.last_words()}") from error

    def lines(self, deadline: float, stop: Wish | None = None, silence: Silence | None = None) -> Iterator[bytes]:
        """What the guest says, line by line, until the machine ends; see ``pieces``."""
        rest = b""
        for data in self.pieces(deadline, stop, silence):
            *lines, rest = (rest + data).split(b"\n")
            yield from lines

    def pieces(self, deadline: float, stop: Wish | None = None, silence: Silence | None = None) -> Iterator[bytes]:
        """What the guest says, as it comes, until the machine ends.

        LabError when the deadline (time.monotonic) passes first or its silence lasts too long, KeyboardInterrupt
        when it is to stop.
        """
        sources: list[Any] = [self._events, *([stop] if stop is not None else [])]
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise hung(self.last_words())
            ready, _, _ = select.select(sources, [], [], left if silence is None else min(left, _LOOK_SECONDS))
            if stop is not None and stop.asked:
                raise KeyboardInterrupt
            if not ready:
                if silence is not None and (why := silence.too_long()):
                    raise hung(self.last_words(), why)
                continue
            data = os.read(self._events.fileno(), 1 << 18)
            if not data:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_EXIT_SECONDS)  # so that `log` can say how it ended
                return
            yield data
            if silence is not None:
                silence.heard()

    # The monitor (QEMU Machine Protocol)

    def save(self, devices: Path) -> None:
        """Stop, and write the devices' state to a file; the memory is in its own already.

        LabError if that fails.
        """
        self._greet()
        self._ask("stop")
        with devices.open("wb") as file:
            self._ask("getfd", {"fdname": "state"}, file.fileno())
            self._ask("migrate", {"uri": "fd:state"})
            self._migrated()

    def resume(self, devices: Path) -> None:
        """Take the devices' state from a file and go on. LabError if it is not whole or not this QEMU's."""
        self._greet()
        with devices.open("rb") as file:
            self._ask("getfd", {"fdname": "state"}, file.fileno())
            self._ask("migrate-incoming", {"uri": "fd:state"})
            self._migrated()
        self._ask("cont")

    def _greet(self) -> None:
        self._hear()
        self._ask("qmp_capabilities")
        # x-ignore-shared: the memory stays in its file, the state holds the devices alone.
        wanted = [{"capability": name, "state": True} for name in ("x-ignore-shared", "events")]
        self._ask("migrate-set-capabilities", {"capabilities": wanted})

    def _migrated(self) -> None:
        while True:
            status = self._hear().get("data", {}).get("status")
            if status == "completed":
                return
            if status == "failed":
                raise LabError(f"QEMU could not move the guest's state: {self.log()}")

    def _ask(self, command: str, arguments: dict[str, Any] | None = None, descriptor: int | None = None) -> None:
        data = json.dumps({"execute": command, "arguments": arguments or {}}).encode()
        try:
            socket.send_fds(self._monitor, [data], [] if descriptor is None else [descriptor])
        except OSError as error:
            raise LabError(f"QEMU died: {self.log() or error}") from error
        while True:
            answer = self._hear()
            if "error" in answer:
                raise LabError(f"QEMU refused {command}: {answer['error'].get('desc')}")
            if "return" in answer:
                return

    def _hear(self) -> dict[str, Any]:
        try:
            line = self._answers.readline()
        except OSError as error:
            raise LabError(f"QEMU's monitor is silent: {error}") from error
        if not line:
            raise LabError(f"QEMU ended: {self.log() or 'it said nothing'}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    # The end

    def end(self) -> None:
        """End it, whatever it does; it owns nothing that would need more."""
        if self._process.poll() is None:
            self._ended = True
            self._process.kill()
        self._process.wait()
        for stream in (self._orders, self._events, self._answers, self._monitor):
            with contextlib.suppress(OSError):
                stream.close()

    def close(self) -> None:
        """Let go of console and log, after ``end``."""
        os.close(self._console)
        os.close(self._log)

    def console(self) -> str:
        """What the guest's kernel wrote to its console."""
        return _read(self._console)

    def log(self) -> str:
        """What QEMU wrote to stderr, and the signal that killed it, if one did before ``end``."""
        said = _read(self._log)
        killed = -(self._process.poll() or 0)
        if self._ended or killed <= 0:
            return said
        return f"{said}\nQEMU was killed by signal {killed}; the kernel does that where memory runs out".strip()

    def last_words(self) -> str:
        """The last lines of the console and of QEMU's own, to end a message with."""
        return last_lines(self.console(), self.log())


def last_lines(console: str, log: str) -> str:
    """How a guest's console and QEMU's own ended, to end a message with: from the cause on, where it is told."""
    lines = (console + "\n" + log).strip().splitlines()
    if not lines:
        return "; its console is empty (has its kernel CONFIG_SERIAL_8250_CONSOLE?)"
    causes = (number for number, line in enumerate(lines) if CANNOT in line or _PANIC in line)
    begin = next(causes, max(0, len(lines) - _TAIL))
    return "; the end of its console:\n" + "\n".join(lines[begin : begin + _TAIL])


def hung(last_words: str, why: str = "it had not ended by its deadline") -> LabError:
    """What a guest is said to have done that has not ended in time."""
    return LabError(f"the guest hung: {why}, and was ended{last_words}")


def _read(descriptor: int) -> str:
    return os.pread(descriptor, _LOG_LIMIT, 0).decode("utf-8", "replace").replace("\r\n", "\n").strip()
