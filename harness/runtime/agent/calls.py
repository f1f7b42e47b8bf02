"""Calls: one system call on one socket, from its start to its end, and the event that reports it."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from typing import Callable, Optional

from harness.runtime.events import Address, Call, now

__all__ = [
    "Outcome",
    "Pending",
    "attempt",
    "connected",
    "error_name",
    "local_address",
    "remote_address",
    "unless_blocked",
]


def error_name(number: int) -> str:
    """An errno's name: ECONNREFUSED, not 111, whose number differs between systems."""
    return errno.errorcode.get(number, str(number))


def local_address(sock: socket.socket) -> Optional[Address]:
    """The socket's own address as the kernel names it; None before bind."""
    try:
        address = sock.getsockname()
    except OSError:
        return None
    return (address[0], address[1]) if address[1] else None


def remote_address(sock: socket.socket) -> Optional[Address]:
    """The peer's address; None while there is none."""
    try:
        address = sock.getpeername()
    except OSError:
        return None
    return (address[0], address[1])


@dataclass(frozen=True)
class Outcome:
    """How a call ended: ``errno`` None is success."""

    errno: Optional[int] = None
    value: Optional[int] = None
    data: Optional[str] = None
    socket: Optional[socket.socket] = None


@dataclass
class Pending:
    """A call that has begun.

    ``attempt`` tries again when the socket is ready and gives None while the call would still block.
    ``local`` and ``remote`` are what was known at the start; ``ended_at_once`` is when a connect that never
    waited had ended.
    """

    step: int
    label: str
    index: int
    verb: str
    sock: Optional[socket.socket]
    attempt: Callable[[], Optional[Outcome]]
    began: int = 0
    local: Optional[Address] = None
    remote: Optional[Address] = None
    ended_at_once: int = 0

    def event(self, host: str, outcome: Optional[Outcome], ended: Optional[int] = None) -> Call:
        """The report: of an outcome None, that the call is still pending."""
        sock = outcome.socket if outcome and outcome.socket else self.sock
        failed = outcome is not None and outcome.errno is not None
        return Call(
            host=host,
            mono=now() if ended is None else ended,
            step=self.step,
            label=self.label,
            index=self.index,
            verb=self.verb,
            began=self.began,
            result="pending" if outcome is None else "failed" if failed else "ok",
            errno=error_name(outcome.errno) if outcome is not None and outcome.errno is not None else None,
            local=self.local or (local_address(sock) if sock else None),
            remote=self.remote or (remote_address(sock) if sock else None),
            value=outcome.value if outcome else None,
            data=outcome.data if outcome else None,
        )


def attempt(call: Callable[[], Outcome]) -> Outcome:
    """A call's outcome, its error included."""
    try:
        return call()
    except OSError as error:
        return Outcome(errno=error.errno if error.errno is not None else errno.EIO)


def unless_blocked(call: Callable[[], Outcome]) -> Optional[Outcome]:
    """A non-blocking call's outcome; None where the kernel says that it would block."""
    outcome = attempt(call)
    return None if outcome.errno in (errno.EAGAIN, errno.EWOULDBLOCK) else outcome


def connected(sock: socket.socket) -> Optional[Outcome]:
    """Whether a non-blocking connect has ended, once the socket is writable (man 2 connect, EINPROGRESS)."""
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number:
        return Outcome(errno=number)
    try:
        sock.getpeername()
    except OSError:
        return None
    return Outcome()
