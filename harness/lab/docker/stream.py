"""A container's attach stream: commands in, events and stderr out, in the engine's frames."""

from __future__ import annotations

import contextlib
import selectors
import ssl
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

    from docker.api.client import APIClient

__all__ = ["AttachStream"]

_LOG_LIMIT = 65536
_STDERR = 2
_WAIT_SECONDS = 5


class AttachStream:
    """One container's stdin, stdout and stderr.

    The engine frames the output: a byte for the stream, three of zero, four of length, then the data
    (Docker Engine API, "Attach to a container", stream format).
    """

    def __init__(self, api: APIClient, container: str) -> None:
        self._api = api
        self._container = container
        wanted = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        # Kept, because the response owns the socket and closes it when it is forgotten.
        self._response: Any = api.attach_socket(container, params=wanted)
        self._socket: socket.socket = getattr(self._response, "_sock", self._response)
        self._socket.setblocking(False)
        self._rest = b""
        self._log = b""

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._socket.fileno()

    def read(self) -> bytes | None:
        """The program's output; stderr is kept apart. b"" after the end, None for nothing now."""
        data = self._receive()
        if data is None:
            return None
        if not data:
            return b""
        out = self._unframe(data)
        return out or None

    def _receive(self) -> bytes | None:
        pieces: list[bytes] = []
        while True:
            try:
                piece = self._socket.recv(1 << 18)
            except (BlockingIOError, ssl.SSLWantReadError):
                return b"".join(pieces) if pieces else None
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)

    def _unframe(self, data: bytes) -> bytes:
        data = self._rest + data
        out = []
        at = 0
        while len(data) - at >= 8:
            size = int.from_bytes(data[at + 4 : at + 8], "big")
            if len(data) - at - 8 < size:
                break
            piece = data[at + 8 : at + 8 + size]
            if data[at] == _STDERR:
                self._log = (self._log + piece)[-_LOG_LIMIT:]
            else:
                out.append(piece)
            at += 8 + size
        self._rest = data[at:]
        return b"".join(out)

    def write(self, data: bytes) -> int:
        """How many bytes were taken."""
        try:
            return self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0

    def feed(self, data: bytes, deadline: float) -> None:
        """Write all of it, waiting as needed; TimeoutError at the deadline (time.monotonic)."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_WRITE)
            while data:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError("the container does not read its standard input")
                data = data[self.write(data) :]

    def log(self) -> str:
        """The program's stderr so far."""
        return self._log.decode("utf-8", "replace")

    def status(self) -> int | None:
        """The exit status, negative for a signal; None where the engine cannot tell any more."""
        with contextlib.suppress(Exception):
            code = int(self._api.wait(self._container, timeout=_WAIT_SECONDS)["StatusCode"])
            return 128 - code if code > 128 else code
        return None

    def close(self) -> None:
        """Close both directions: a program that reads its stdin to the end ends."""
        with contextlib.suppress(OSError):
            self._response.close()
            self._socket.close()
