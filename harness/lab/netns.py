"""The netns lab: a box of namespaces on this machine. Needs no engine and, mostly, no privilege."""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from harness.errors import LabError, LabMissing
from harness.lab import kept
from harness.lab.bundle import root
from harness.lab.needs import netns_needs, user_namespaces
from harness.lab.settings import refuse
from harness.runtime import box
from harness.runtime.events import Cannot, Event, Started, loads, now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.lab.interface import Need, Order, Probe, Stop

__all__ = ["Netns"]

_GRACE_SECONDS = 60.0
_END_SECONDS = 5.0
_STAY_SECONDS = 0.3


class Netns:
    """Hosts made of namespaces, with this machine's userland and kernel."""

    name = "netns"
    default_image = "host"
    default_mode: Final = "quick"
    shortens = True
    paced = False  # the box goes on by itself

    def __init__(self) -> None:
        self._warm: _Box | None = None

    def probe(self) -> Probe:
        """Whether namespaces are to be had: as root, or through user namespaces."""
        return user_namespaces()

    def needs(self) -> list[Need]:
        """What the lab needs, and what is there."""
        return netns_needs()

    def warm_up(self) -> None:
        """Start the box's interpreter, which then waits for its order (100 ms)."""
        self._warm = self._warm or _Box()

    def close(self) -> None:
        """End a box that got no order."""
        if self._warm is not None:
            self._warm.end(gently=False)
            self._warm = None

    def perform(self, order: Order) -> Iterator[Event]:
        """See ``Lab.perform``. The box dies with this process, and at once when the iterator is closed."""
        self.warm_up()
        made, self._warm = self._warm, None
        assert made is not None  # noqa: S101 (warmed just now)
        agents: dict[str, int] = {}
        ended = False
        try:
            made.order({"plan": order.plan.to_json(), "keep": order.keep})
            yield Started("", now(), "lab", {"lab": self.name, "via": None, "clock": "real"})
            for event in _events(made, order):
                yield event
                if isinstance(event, Started) and event.process == "agent":
                    agents[event.host] = event.facts["pid"]
            ended = True
        finally:
            stays = ended and order.keep and not made.ended(_STAY_SECONDS)
            if not stays:
                made.end(gently=ended)
        if stays:
            kept.remember(order.run, made.pid, agents)
            made.let_go()
        else:
            _explain(made)

    def entry(self, order: Order) -> list[str]:
        """The commands that enter the kept hosts."""
        return kept.commands(order.run)

    def clean(self) -> list[str]:
        """End the kept boxes; nothing else of a netns lab can be left."""
        return kept.clean()


class _Box:
    """The box's process as its maker sees it."""

    def __init__(self) -> None:
        script = "import sys; sys.path.insert(0, sys.argv.pop(1)); from harness.runtime.__main__ import main; "
        script += "sys.exit(main(sys.argv[1:]))"
        self._log = os.memfd_create("box")
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", script, str(root()), "box"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C reaches harness alone, which ends the box in its own order
        )
        self.pid = self._process.pid

    def order(self, data: dict[str, Any]) -> None:
        """Give the box its order; LabError when it has died already."""
        assert self._process.stdin is not None  # noqa: S101 (Popen was given a pipe)
        try:
            self._process.stdin.write(json.dumps(data).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise LabError(f"the box died before it got its order: {error}\n{self.log()}") from error

    def lines(self, deadline: float, stop: Stop | None) -> Iterator[str]:
        """What the box says, line by line, until it ends.

        LabError when the deadline passes first, KeyboardInterrupt when it is to stop.
        """
        assert self._process.stdout is not None  # noqa: S101 (Popen was given a pipe)
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if stop is not None:
                selector.register(stop, selectors.EVENT_READ)
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise LabError("the box gave no sign of life within its limit, and was ended")
                ready = selector.select(left)
                if stop is not None and stop.asked:
                    raise KeyboardInterrupt
                if not ready:
                    continue
                data = os.read(self._process.stdout.fileno(), 1 << 18)
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    yield line.decode("utf-8")

    def ended(self, seconds: float) -> bool:
        """Whether the process ends within so long: told by the kernel at once, where Popen.wait would poll."""
        if self._process.poll() is not None:
            return True
        descriptor = os.pidfd_open(self.pid)
        try:
            ready, _, _ = select.select([descriptor], [], [], seconds)
        finally:
            os.close(descriptor)
        if ready:
            self._process.wait()
        return bool(ready)

    def end(self, *, gently: bool) -> None:
        """End the box, gently when it has said everything; all that it owned goes with it.

        Its process ends last (it waits for the first of a pid namespace), so then nothing runs any more.
        """
        try:
            self._end(gently=gently)
        except KeyboardInterrupt:
            self._end(gently=False)
            raise

    def _end(self, *, gently: bool) -> None:
        self._close()
        if not gently and self._process.poll() is None:
            self._process.terminate()
        if not self.ended(_END_SECONDS):
            self._process.kill()
            self._process.wait()

    def let_go(self) -> None:
        """Leave the box to itself."""
        self._close()
        self._process.returncode = 0  # it is not ours to wait for any more

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    @property
    def status(self) -> int | None:
        """Its exit status, once it has ended."""
        return self._process.returncode

    def log(self) -> str:
        """What it wrote to stderr."""
        return os.pread(self._log, 65536, 0).decode("utf-8", "replace").strip()


def _events(made: _Box, order: Order) -> Iterator[Event]:
    refused: list[Cannot] = []
    for line in made.lines(time.monotonic() + order.plan.limit + _GRACE_SECONDS, order.stop):
        event = loads(line)
        yield event
        if isinstance(event, Cannot) and event.need.startswith("sysctl "):
            refused.append(event)
    refuse(refused)


def _explain(made: _Box) -> None:
    """Raise what an exit status other than 0 means."""
    status, said = made.status, made.log()
    if status == box.FORBIDDEN:
        raise LabMissing(f"this machine gives no namespaces: {said}", user_namespaces().mend)
    if status == box.LAPSED:
        raise LabError(f"a process of the lab did not start:\n{said}")
    if status != 0:
        raise LabError(f"the box ended with status {status}" + (f":\n{said}" if said else ""))
