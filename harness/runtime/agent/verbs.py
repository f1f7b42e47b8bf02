"""What the agent can be told to do: one function a verb (see ``runtime.plan`` for their arguments)."""

from __future__ import annotations

import errno
import os
import signal
import socket
import struct
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional

from harness.runtime.agent.calls import (
    Outcome,
    attempt,
    local_address,
    remote_address,
)
from harness.runtime.agent.connecting import connect
from harness.runtime.agent.loop import READ, WRITE
from harness.runtime.agent.work import done
from harness.runtime.events import Cannot, now
from harness.runtime.handing import ask_for_filter

if TYPE_CHECKING:
    from harness.runtime.agent.work import Work
    from harness.runtime.plan import Step

__all__ = ["VERBS"]

_DATA_LIMIT = 4096


def _socket(work: Work, step: Step, _target: Any) -> None:
    sock = work.one(step)
    work.at_once(step, {0: Outcome}, [sock])


def _bind(work: Work, step: Step, _target: Any) -> None:
    sock = work.one(step)
    work.at_once(step, {0: done(lambda: _bind_to(sock, step))}, [sock])


def _bind_to(sock: socket.socket, step: Step) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    any_address = "::" if sock.family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104 (the host is a lab's own)
    sock.bind((any_address, int(step.arguments.get("port", 0))))


def _listen(work: Work, step: Step, _target: Any) -> None:
    sock = work.one(step)

    def listen() -> Outcome:
        if "port" in step.arguments:
            _bind_to(sock, step)
        sock.listen(int(step.arguments["backlog"]))
        work.listeners[step.label or ""] = sock
        return Outcome()

    work.at_once(step, {0: listen}, [sock])


def _accept(work: Work, step: Step, _target: Any) -> None:
    listener = work.groups[step.arguments["from"]][0]
    count = int(step.arguments.get("count", 1))
    group = work.groups.setdefault(step.label or "", [])

    def accept() -> Outcome:
        sock, _ = listener.accept()
        sock.setblocking(False)
        group.append(sock)
        return Outcome(socket=sock)

    work.loop.begin(step.number, count)
    for index in range(count):
        work.call(step, work.pending(step, index, listener), accept, READ)
    work.loop.begun(step.number)


def _send(work: Work, step: Step, _target: Any) -> None:
    payload = _payload(step.arguments)
    whole = step.arguments.get("blocking") is None

    def sender(sock: socket.socket) -> Callable[[], Outcome]:
        sent = [0]

        def send() -> Outcome:
            # As a blocking send does, this goes on until the kernel has taken everything.
            while True:
                sent[0] += sock.send(payload[sent[0] :])
                if not whole or sent[0] >= len(payload):
                    return Outcome(value=sent[0])

        return send

    _on_each(work, step, sender, WRITE)


def _payload(arguments: Mapping[str, Any]) -> bytes:
    if "data" in arguments:
        return str(arguments["data"]).encode()
    return b"x" * int(arguments["size"])


def _recv(work: Work, step: Step, _target: Any) -> None:
    size = int(step.arguments.get("size", 65536))

    def receiver(sock: socket.socket) -> Callable[[], Outcome]:
        def recv() -> Outcome:
            data = sock.recv(size)
            return Outcome(value=len(data), data=data[:_DATA_LIMIT].decode("utf-8", "replace"))

        return recv

    _on_each(work, step, receiver, READ)


def _on_each(work: Work, step: Step, maker: Callable[[socket.socket], Callable[[], Outcome]], mask: int) -> None:
    socks = list(work.of(step))
    work.loop.begin(step.number, len(socks))
    for index, sock in enumerate(socks):
        work.call(step, work.pending(step, index, sock), maker(sock), mask)
    work.loop.begun(step.number)


def _shutdown(work: Work, step: Step, _target: Any) -> None:
    how = {"read": socket.SHUT_RD, "write": socket.SHUT_WR, "both": socket.SHUT_RDWR}[step.arguments["how"]]
    socks = work.of(step)
    work.at_once(step, {at: done(partial(sock.shutdown, how)) for at, sock in enumerate(socks)}, socks)


def _close(work: Work, step: Step, _target: Any) -> None:
    socks = work.groups.pop(step.arguments.get("on") or step.label or "")
    linger = struct.pack("ii", 1, 0) if step.arguments.get("abort") else None
    work.loop.begin(step.number, len(socks))
    for index, sock in enumerate(socks):
        pending = work.pending(step, index, None)
        pending.local = local_address(sock)
        waited = work.loop.forget(sock.fileno())
        pending.began = now()
        outcome = attempt(partial(_close_one, sock, linger))
        work.loop.ended(pending, outcome, now())
        for other in waited:
            work.loop.ended(other, Outcome(errno=errno.EBADF), now())
    work.loop.begun(step.number)
    work.listeners = {label: sock for label, sock in work.listeners.items() if sock.fileno() >= 0}


def _close_one(sock: socket.socket, linger: Optional[bytes]) -> Outcome:
    if linger is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    sock.close()
    return Outcome()


def _kill(work: Work, step: Step, _target: Any) -> None:
    """Give the sockets to a process that owns them alone, and kill it: what a crash does to sockets."""
    label = step.arguments.get("on") or step.label or ""
    socks = work.groups.pop(label)
    for sock in socks:
        work.loop.never_ends(work.loop.forget(sock.fileno()))
    calls = [work.pending(step, index, None) for index in range(len(socks))]
    for pending, sock in zip(calls, socks):
        pending.local, pending.remote = local_address(sock), remote_address(sock)
    owner = os.fork()
    if owner == 0:
        signal.pause()
        os._exit(0)
    for sock in socks:
        sock.close()
    work.loop.begin(step.number, len(socks))
    for pending in calls:
        pending.began = now()
    os.kill(owner, signal.SIGKILL)
    os.waitpid(owner, 0)
    for pending in calls:
        work.loop.ended(pending, Outcome(), now())
    work.loop.begun(step.number)
    work.listeners = {name: sock for name, sock in work.listeners.items() if sock.fileno() >= 0}


def _option(work: Work, step: Step, _target: Any) -> None:
    name, value = step.arguments["name"], int(step.arguments["value"])
    level = {"SO": socket.SOL_SOCKET, "TCP": socket.IPPROTO_TCP, "IP": socket.IPPROTO_IP}[name.split("_")[0]]
    socks = work.of(step)
    number = getattr(socket, name)
    calls = {at: done(partial(sock.setsockopt, level, number, value)) for at, sock in enumerate(socks)}
    work.at_once(step, calls, socks)


def _filter(work: Work, step: Step, _target: Any) -> None:
    socks = work.of(step)
    drop = step.arguments["drop"]
    calls = {at: done(partial(_set_filter, work, sock, drop)) for at, sock in enumerate(socks)}
    work.at_once(step, calls, socks)


def _set_filter(work: Work, sock: socket.socket, drop: str) -> None:
    try:
        ask_for_filter(sock, drop)
    except PermissionError as error:
        work.loop.events.append(Cannot(work.loop.host, now(), "socket-filter", str(error.strerror), "agent"))
        raise


VERBS: Dict[str, Callable[[Work, Step, Any], None]] = {
    "socket": _socket,
    "bind": _bind,
    "listen": _listen,
    "connect": connect,
    "accept": _accept,
    "send": _send,
    "recv": _recv,
    "shutdown": _shutdown,
    "close": _close,
    "kill": _kill,
    "option": _option,
    "filter": _filter,
}
