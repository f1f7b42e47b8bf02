"""Channels: how conductor and processes speak. Commands go one way, events the other, a JSON line each.

A ``Channel`` is the conductor's end. Its bytes travel over a ``Stream``: a socket pair in a box, a container's
attach stream in the docker lab. ``Port`` is the process's own end: its standard input and output.
"""

from __future__ import annotations

import json
import os
from typing import Any, Iterable, Mapping, Protocol

from harness.runtime.events import Event, dumps, loads

__all__ = ["Channel", "Port", "Stream"]

_LOG_LIMIT = 65536


class Stream(Protocol):
    """A pair of byte directions to one process. Neither call blocks."""

    def fileno(self) -> int:
        """The descriptor to wait on, for reading and for writing."""

    def read(self) -> bytes | None:
        """What has come; b"" when the process has ended, None when there is nothing now."""

    def write(self, data: bytes) -> int:
        """How many bytes were taken; OSError when the process has ended."""

    def log(self) -> str:
        """What the process wrote to stderr so far."""

    def status(self) -> int | None:
        """The exit status after the end (negative: the signal), or None where it cannot be known."""

    def close(self) -> None:
        """Close both directions."""


class Channel:
    """The conductor's end of one process.

    Attributes:
        host: the host's name.
        process: ``agent`` or ``observer``.
        ended: the process has closed its end.
    """

    def __init__(self, host: str, process: str, stream: Stream) -> None:
        self.host = host
        self.process = process
        self.stream = stream
        self.ended = False
        self._in = b""
        self._out = b""
        self._noise = ""

    def fileno(self) -> int:
        """The stream's descriptor."""
        return self.stream.fileno()

    @property
    def unsent(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._out) and not self.ended

    def send(self, command: Mapping[str, Any]) -> None:
        """Send a command, as far as the stream takes it; the rest goes out with ``flush``."""
        self._out += json.dumps(command, separators=(",", ":")).encode() + b"\n"
        self.flush()

    def flush(self) -> None:
        """Write what waits, without blocking."""
        try:
            while self._out:
                taken = self.stream.write(self._out)
                if not taken:
                    return
                self._out = self._out[taken:]
        except OSError:
            self._out = b""  # the end is noticed, with its cause, when reading

    def receive(self) -> list[Event]:
        """The events that have come. What is no event goes to the log, as a crash's traceback does."""
        try:
            data = self.stream.read()
        except OSError:
            data = b""
        if data is None:
            return []
        if not data:
            self.ended = True
            return []
        *lines, self._in = (self._in + data).split(b"\n")
        return list(self._events(lines))

    def _events(self, lines: Iterable[bytes]) -> Iterable[Event]:
        for line in lines:
            try:
                yield loads(line.decode("utf-8", "replace"))
            except ValueError as error:
                self._noise = (self._noise + f"{error}\n")[-_LOG_LIMIT:]

    def log(self) -> str:
        """What the process wrote that was no event: stderr, and broken lines."""
        return (self._noise + self.stream.log())[-_LOG_LIMIT:]


class Port:
    """A process's own end: commands come on one descriptor, events go out on another."""

    def __init__(self, commands: int = 0, events: int = 1) -> None:
        self._commands = commands
        self._events = events
        self._in = b""
        self.closed = False

    def fileno(self) -> int:
        """The descriptor that commands come on."""
        return self._commands

    def receive(self) -> list[dict[str, Any]]:
        """The commands that have come (blocks for the first byte); sets ``closed`` when none will come."""
        data = os.read(self._commands, 65536)
        if not data:
            self.closed = True
            return []
        *lines, self._in = (self._in + data).split(b"\n")
        return [json.loads(line) for line in lines if line]

    def emit(self, *events: Event) -> None:
        """Send events; OSError (BrokenPipeError) when nobody reads them any more."""
        data = memoryview("".join(dumps(event) + "\n" for event in events).encode())
        while data:
            data = data[os.write(self._events, data) :]
