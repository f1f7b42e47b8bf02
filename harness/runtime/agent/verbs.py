"""What the agent can be told to do: one function a verb (see ``runtime.plan`` for their arguments)."""

from __future__ import annotations

import errno
import os
import signal
import socket
import struct
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional

from harness.runtime.agent.calls import (
    Outcome,
    Pending,
    attempt,
    connected,
    local_address,
    remote_address,
    unless_blocked,
)
from harness.runtime.agent.loop import READ, WRITE, Loop
from harness.runtime.events import Cannot, now
from harness.runtime.handing import ask_for_filter

if TYPE_CHECKING:
    from harness.runtime.plan import Step

__all__ = ["VERBS", "Work"]

_DATA_LIMIT = 4096


class Work:
    """The agent's sockets by label, and the loop that carries calls on."""

    def __init__(self, loop: Loop, family: int) -> None:
        self.loop = loop
        self.family = socket.AF_INET6 if family == 6 else socket.AF_INET
        self.groups: Dict[str, List[socket.socket]] = {}
        self.listeners: Dict[str, socket.socket] = {}

    def make(self) -> socket.socket:
        """A TCP socket, non-blocking."""
        sock = socket.socket(self.family, socket.SOCK_STREAM)
        sock.setblocking(False)
        return sock

    def of(self, step: Step) -> List[socket.socket]:
        """The sockets a step speaks of (``on``, else its own label); KeyError for none."""
        return self.groups[step.arguments.get("on") or step.label or ""]

    def one(self, step: Step) -> socket.socket:
        """The label's socket, made now if it is new."""
        label = step.label or ""
        if label not in self.groups:
            self.groups[label] = [self.make()]
        return self.groups[label][0]

    def at_once(self, step: Step, calls: Mapping[int, Callable[[], Outcome]], socks: List[socket.socket]) -> None:
        """Calls that never wait, each reported."""
        self.loop.begin(step.number, len(calls))
        for index, call in calls.items():
            pending = self.pending(step, index, socks[index])
            pending.began = now()
            outcome = attempt(call)
            self.loop.ended(pending, outcome, now())
        self.loop.begun(step.number)

    @staticmethod
    def pending(
        step: Step,
        index: int,
        sock: Optional[socket.socket],
        again: Callable[[], Optional[Outcome]] = lambda: None,
    ) -> Pending:
        """A call of this step."""
        return Pending(step.number, step.label or "", index, step.verb, sock, again)

    def call(self, step: Step, pending: Pending, call: Callable[[], Outcome], mask: int) -> None:
        """Make a call the way the step's ``blocking`` says."""
        blocking = step.arguments.get("blocking")
        assert pending.sock is not None  # noqa: S101 (made for a socket)
        # A call that sleeps in its thread has read the flag already (net/socket.c, MSG_DONTWAIT).
        pending.sock.setblocking(bool(blocking))
        if blocking:
            self.loop.in_thread(pending, call)
            return
        pending.began = now()
        if blocking is False:
            self.loop.ended(pending, attempt(call), now())
            return
        pending.attempt = lambda: unless_blocked(call)
        outcome = pending.attempt()
        if outcome is None:
            self.loop.wait(pending, mask)
        else:
            self.loop.ended(pending, outcome, now())


def _done(call: Callable[[], Any]) -> Callable[[], Outcome]:
    def made() -> Outcome:
        call()
        return Outcome()

    return made


def _socket(work: Work, step: Step, _target: Any) -> None:
    sock = work.one(step)
    work.at_once(step, {0: Outcome}, [sock])


def _bind(work: Work, step: Step, _target: Any) -> None:
    sock = work.one(step)
    work.at_once(step, {0: _done(lambda: _bind_to(sock, step))}, [sock])


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


def _connect(work: Work, step: Step, target: Any) -> None:
    count = int(step.arguments.get("count", 1))
    socks = [work.make() for _ in range(count)]
    work.groups[step.label or ""] = socks
    address = (target[0], int(target[1]))
    calls = [work.pending(step, index, sock) for index, sock in enumerate(socks)]
    for pending in calls:
        pending.remote = address
    work.loop.begin(step.number, count)
    if step.arguments.get("blocking"):
        for pending in calls:
            _connect_in_thread(work, pending)
    elif step.arguments.get("at_once"):
        _connect_from_threads(calls)
        for pending in calls:
            _await_connect(work, step, pending)
    else:
        for pending in calls:
            _start_connect(pending)
            _await_connect(work, step, pending)
            work.loop.turn(0)
    work.loop.begun(step.number)


def _start_connect(pending: Pending) -> None:
    sock, address = pending.sock, pending.remote
    assert sock is not None  # noqa: S101 (a connect has its socket)
    assert address is not None  # noqa: S101 (and its target)
    pending.began = now()
    number = sock.connect_ex(address)
    at = now()
    pending.local = local_address(sock)
    pending.attempt = lambda: connected(sock)
    if number != errno.EINPROGRESS:
        outcome = Outcome(errno=number or None)
        pending.attempt = lambda: outcome
        pending.ended_at_once = at


def _await_connect(work: Work, step: Step, pending: Pending) -> None:
    if pending.ended_at_once:
        outcome = pending.attempt()
        assert outcome is not None  # noqa: S101 (it ended)
        work.loop.ended(pending, outcome, pending.ended_at_once)
    elif step.arguments.get("blocking") is False:
        work.loop.ended(pending, Outcome(errno=errno.EINPROGRESS), now())
    else:
        work.loop.wait(pending, WRITE)


def _connect_from_threads(calls: List[Pending]) -> None:
    """Start the connects from several threads at the same moment, so that several processors send SYNs."""
    threads = min(len(calls), max(2, os.cpu_count() or 2))
    gate = threading.Barrier(threads)

    def work(share: List[Pending]) -> None:
        gate.wait(10)
        for pending in share:
            _start_connect(pending)

    started = [threading.Thread(target=work, args=(calls[at::threads],), daemon=True) for at in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def _connect_in_thread(work: Work, pending: Pending) -> None:
    sock, address = pending.sock, pending.remote
    assert sock is not None  # noqa: S101 (a connect has its socket)
    assert address is not None  # noqa: S101 (and its target)
    sock.setblocking(True)
    work.loop.in_thread(pending, _done(partial(sock.connect, address)))


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
    work.at_once(step, {at: _done(partial(sock.shutdown, how)) for at, sock in enumerate(socks)}, socks)


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
    calls = {at: _done(partial(sock.setsockopt, level, number, value)) for at, sock in enumerate(socks)}
    work.at_once(step, calls, socks)


def _filter(work: Work, step: Step, _target: Any) -> None:
    socks = work.of(step)
    drop = step.arguments["drop"]
    calls = {at: _done(partial(_set_filter, work, sock, drop)) for at, sock in enumerate(socks)}
    work.at_once(step, calls, socks)


def _set_filter(work: Work, sock: socket.socket, drop: str) -> None:
    try:
        ask_for_filter(sock, drop)
    except PermissionError as error:
        work.loop.events.append(Cannot(work.loop.host, now(), "socket-filter", str(error.strerror)))
        raise


VERBS: Dict[str, Callable[[Work, Step, Any], None]] = {
    "socket": _socket,
    "bind": _bind,
    "listen": _listen,
    "connect": _connect,
    "accept": _accept,
    "send": _send,
    "recv": _recv,
    "shutdown": _shutdown,
    "close": _close,
    "kill": _kill,
    "option": _option,
    "filter": _filter,
}
