"""The stream of a process in the same box: a socket pair, and a file in memory for its stderr."""

from __future__ import annotations

import os
import socket

__all__ = ["PairStream"]

_LOG_LIMIT = 65536


class PairStream:
    """The box's end of a child process.

    Attributes:
        pid: the child's process id, once it was forked.
        log_descriptor: the file in memory that is to be its stderr.
    """

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self.pid = 0
        self.log_descriptor = os.memfd_create("stderr")
        self._status: int | None = None

    @classmethod
    def make(cls) -> tuple[PairStream, int]:
        """A new stream, and the descriptor of the other end for the child."""
        ours, theirs = socket.socketpair()
        for sock in (ours, theirs):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        return cls(ours), theirs.detach()

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._end.fileno()

    def read(self) -> bytes | None:
        """What has come; b"" after the end, None for nothing now."""
        try:
            return self._end.recv(1 << 18)
        except BlockingIOError:
            return None

    def write(self, data: bytes) -> int:
        """How many bytes were taken."""
        try:
            return self._end.send(data)
        except BlockingIOError:
            return 0

    def log(self) -> str:
        """The child's stderr so far: the last 64 KiB."""
        size = os.fstat(self.log_descriptor).st_size
        return os.pread(self.log_descriptor, _LOG_LIMIT, max(0, size - _LOG_LIMIT)).decode("utf-8", "replace")

    def status(self) -> int | None:
        """The exit status (negative: the signal); waits for a child that has just closed its end."""
        if self._status is None and self.pid:
            _, status = os.waitpid(self.pid, 0)
            self._status = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        return self._status

    def close(self) -> None:
        """Close the pair."""
        self._end.close()
