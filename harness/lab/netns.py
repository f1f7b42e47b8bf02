"""The netns lab: a box of namespaces on this machine. Needs no engine and, mostly, no privilege."""

from __future__ import annotations

import json
import os
import select
import selectors
import subprocess
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING

from harness.errors import LabError, LabMissing
from harness.lab import kept
from harness.lab.bundle import root
from harness.lab.needs import netns_needs, user_namespaces
from harness.lab.settings import refuse
from harness.runtime import box
from harness.runtime.events import Cannot, Event, Started, loads, now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.lab.interface import Need, Order, Probe

__all__ = ["Netns"]

_GRACE_SECONDS = 60.0
_END_SECONDS = 5.0


class Netns:
    """Hosts made of namespaces, with this machine's userland and kernel."""

    name = "netns"
    default_image = "host"

    def probe(self) -> Probe:
        """Whether namespaces are to be had: as root, or through user namespaces."""
        return user_namespaces()

    def needs(self) -> list[Need]:
        """What the lab needs, and what is there."""
        return netns_needs()

    def perform(self, order: Order) -> Iterator[Event]:
        """See ``Lab.perform``. The box dies with this process, and at once when the iterator is closed."""
        with tempfile.TemporaryFile() as log:
            process = self._start(order, log)
            agents: dict[str, int] = {}
            ended = False
            try:
                yield Started("", now(), "lab", {"lab": self.name, "via": None, "clock": "real"})
                for event in self._events(process, order):
                    yield event
                    if isinstance(event, Started) and event.process == "agent":
                        agents[event.host] = event.facts["pid"]
                ended = True
            finally:
                stays = ended and order.keep and _stays(process)
                if not stays:
                    _end(process, gently=ended)
            if stays:
                kept.remember(order.run, process.pid, agents)
            else:
                self._judge_status(process.returncode, log)

    def _start(self, order: Order, log: IO[bytes]) -> subprocess.Popen[bytes]:
        script = "import sys; sys.path.insert(0, sys.argv.pop(1)); from harness.runtime.__main__ import main; "
        script += "sys.exit(main(sys.argv[1:]))"
        process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", script, str(root()), "box"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches harness alone, which ends the box in its own order
        )
        assert process.stdin is not None  # noqa: S101 (Popen was given a pipe)
        data = {"plan": order.plan.to_json(), "keep": order.keep}
        process.stdin.write(json.dumps(data).encode() + b"\n")
        process.stdin.flush()
        return process

    def _events(self, process: subprocess.Popen[bytes], order: Order) -> Iterator[Event]:
        assert process.stdout is not None  # noqa: S101 (Popen was given a pipe)
        deadline = time.monotonic() + order.plan.limit + _GRACE_SECONDS
        refused: list[Cannot] = []
        for line in _lines(process.stdout, deadline):
            event = loads(line)
            yield event
            if isinstance(event, Cannot) and event.need.startswith("sysctl "):
                refused.append(event)
        refuse(refused)

    @staticmethod
    def _judge_status(status: int | None, log: IO[bytes]) -> None:
        if status == 0:
            return
        log.seek(0)
        said = log.read(65536).decode("utf-8", "replace").strip()
        if status == box.FORBIDDEN:
            probe = user_namespaces()
            raise LabMissing(f"this machine gives no namespaces: {said}", probe.mend)
        if status == box.LAPSED:
            raise LabError(f"a process of the lab did not start:\n{said}")
        raise LabError(f"the box ended with status {status}" + (f":\n{said}" if said else ""))

    def entry(self, order: Order) -> list[str]:
        """The commands that enter the kept hosts."""
        return kept.commands(order.run)

    def clean(self) -> list[str]:
        """End the kept boxes; nothing else of a netns lab can be left."""
        return kept.clean()


def _lines(stream: IO[bytes], deadline: float) -> Iterator[str]:
    """The stream's lines, until it ends; LabError when the deadline passes first."""
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise LabError("the box gave no sign of life within its limit, and was ended")
            if not selector.select(left):
                continue
            data = os.read(stream.fileno(), 1 << 18)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                yield line.decode("utf-8")


def _stays(process: subprocess.Popen[bytes]) -> bool:
    """Whether a box that has said everything lives on, as `--keep` wants."""
    return not _ended(process, 0.3)


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether the process ends within so long: told by the kernel at once, where Popen.wait would poll."""
    descriptor = os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select([descriptor], [], [], seconds)
    finally:
        os.close(descriptor)
    if ready:
        process.wait()
    return bool(ready)


def _end(process: subprocess.Popen[bytes], *, gently: bool) -> None:
    """End the box, gently when it has said everything; all that it owned goes with it."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    if process.poll() is not None:
        return
    if not gently:
        process.terminate()
    if not _ended(process, _END_SECONDS):
        process.kill()
        process.wait()
