"""The agent's program: takes commands, makes calls, reports them, until nobody listens any more."""

from __future__ import annotations

import resource
import socket
import struct
from typing import TYPE_CHECKING, Any, Dict, Mapping, Tuple

from harness.runtime import host as here
from harness.runtime.agent.loop import Loop
from harness.runtime.agent.verbs import VERBS
from harness.runtime.agent.work import Work
from harness.runtime.events import Ended, Queue, Started, clock, now
from harness.runtime.plan import Step
from harness.runtime.stack import cannots as cannots_of

if TYPE_CHECKING:
    from harness.runtime.channel import Port

__all__ = ["Agent"]

_TCP_INFO_QUEUE = struct.Struct("=II")
_TCP_INFO_AT = 24


class Agent:
    """Makes socket calls on one host. Its sockets stay open until its commands end."""

    def __init__(self, host: str, order: Mapping[str, Any], port: Port) -> None:
        self._host = host
        self._port = port
        self._order = order
        self._blind = False
        self._loop = Loop(host)
        self._work = Work(self._loop, order["family"])
        self._queues: Dict[str, Tuple[int, int]] = {}

    def run(self) -> None:
        """Announce, obey, end."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._loop.watch(self._port.fileno())
        facts = {**here.facts(), "descriptors": hard}
        cannots = tuple(cannots_of(self._host, facts["stack"], self._order))
        self._blind = any(cannot.need == "TCP_INFO" for cannot in cannots)
        self._port.emit(clock(self._host, "agent"), Started(self._host, now(), "agent", facts), *cannots)
        while not self._port.closed:
            if self._loop.turn(None):
                for command in self._port.receive():
                    self._obey(command)
            self._send()

    def _obey(self, command: Mapping[str, Any]) -> None:
        if command["do"] == "step":
            step = Step(**command["step"])
            VERBS[step.verb](self._work, step, command.get("target"))
        self._look()
        if command["do"] == "finish":
            host = self._host
            self._loop.events.extend(pending.event(host, None) for pending in self._loop.pending())
            self._loop.events.extend((clock(host, "agent"), Ended(host, now(), "agent", 0)))

    def _look(self) -> None:
        """Read each listener's accept queue from TCP_INFO (net/ipv4/tcp.c, tcp_get_info), report changes."""
        if self._blind:
            return
        for label, listener in self._work.listeners.items():
            try:
                info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
                queue = _TCP_INFO_QUEUE.unpack_from(info, _TCP_INFO_AT)
            except (OSError, struct.error):
                continue
            if self._queues.get(label) != queue:
                self._queues[label] = queue
                self._loop.events.append(Queue(self._host, now(), label, *queue))

    def _send(self) -> None:
        events, self._loop.events = self._loop.events, []
        if events:
            self._port.emit(*events)
