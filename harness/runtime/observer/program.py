"""The observer's program: one loop over its commands, its capture and its own timer.

It looks at the socket table when asked to (after each call and step) and after each burst of packets, and
then ever more seldom: after max(50 ms, 2 % of the time since the last change). A fixed rate would defeat
virtual time; there (``sparse``) it looks more seldom still, since a state changes only with a call, a packet or a
timer, and it looks at each of them. It writes changes and heartbeats, not tables.
"""

from __future__ import annotations

import select
import shutil
from typing import TYPE_CHECKING, Any, Mapping, Union

from harness.runtime import host as here
from harness.runtime.events import (
    Cannot,
    Counters,
    Ended,
    Lost,
    Packets,
    Sampled,
    Setting,
    Socket,
    Started,
    clock,
    now,
)
from harness.runtime.handing import open_desk, serve
from harness.runtime.observer.recorder import Recorder
from harness.runtime.observer.table import Table, changes, open_table
from harness.runtime.observer.tcpdump import Tcpdump

if TYPE_CHECKING:
    from harness.runtime.channel import Port

__all__ = ["Observer"]

_LEAST_WAIT = 50_000_000
_SHARE = 0.02
_SPARSE_WAIT, _SPARSE_SHARE = 1_000_000_000, 0.2
_HEARTBEAT = 1_000_000_000
_LATE = 20_000_000
_REST = 5_000_000
_TIMER_PAUSE = 2_000_000

Capture = Union[Recorder, Tcpdump]


def start_capture(kind: str, interface: str) -> Capture:
    """Tcpdump where the host has it and the kind allows it (``auto``), else the recorder."""
    if kind == "auto" and shutil.which("tcpdump"):
        return Tcpdump(interface)
    return Recorder(interface)


class Observer:
    """Watches one host until it is told to finish, or until nobody listens any more."""

    def __init__(self, host: str, order: Mapping[str, Any], port: Port) -> None:
        self._host = host
        self._port = port
        self._capture: Capture | None = start_capture(order["capture"], order["interface"])
        self._table = open_table()
        self._rows: Table = {}
        self._changed = now()
        self._wait, self._share = (_SPARSE_WAIT, _SPARSE_SHARE) if order.get("sparse") else (_LEAST_WAIT, _SHARE)
        self._due = self._changed + self._wait
        self._beat = self._changed
        self._rested = 0
        self._burst = False
        self._order = order
        self._desk = open_desk() if order.get("filters") else None

    def run(self) -> None:
        """Announce, watch, finish."""
        self._announce()
        while not self._port.closed:
            if not self._turn():
                self._finish()
                return

    def _announce(self) -> None:
        host = self._host
        values = here.settings(self._order.get("sysctls", {}))
        self._port.emit(*(Setting(host, now(), name, value) for name, value in values.items()))
        self._count("before")
        facts = {
            **here.facts(),
            "capture": self._capture.name if self._capture else None,
            "table": self._table.name,
            "interface": self._order["interface"],
            "address": self._order["address"],
        }
        self._port.emit(clock(host, "observer"), Started(host, now(), "observer", facts))

    def _turn(self) -> bool:
        """Wait for one thing and do it; False when told to finish."""
        watched: list[Any] = [self._port]
        if self._capture is not None:
            watched.append(self._capture)
        if self._desk is not None:
            watched.append(self._desk)
        due = max(self._rested, now()) if self._burst else self._due
        ready, _, _ = select.select(watched, [], [], max(0, due - now()) / 1e9)
        if self._capture in ready:
            self._packets()
        if self._desk is not None and self._desk in ready:
            serve(self._desk)
        if self._port in ready:
            commands = [command["do"] for command in self._port.receive()]
            if commands:
                self._sample(late=0, asked=True)
            return "finish" not in commands
        if self._burst and now() >= self._rested:
            self._burst = False
            self._sample(late=0)
        elif not ready and now() >= self._due:
            self._sample(late=now() - self._due)
        return True

    def _packets(self) -> None:
        assert self._capture is not None  # noqa: S101 (only called when it was ready)
        data = self._capture.read()
        if data:
            self._port.emit(Packets(self._host, now(), data))
            self._burst = True
        else:
            failed = self._capture.failed()
            if failed:
                self._capture.finish()
                self._capture = None
                self._port.emit(Lost(self._host, now(), "packets", None, failed))

    def _sample(self, *, late: int, asked: bool = False) -> None:
        began = now()
        rows = self._table.read()
        ended = now()
        changed = changes(self._rows, rows)
        self._rows = rows
        if changed:
            self._changed = ended
        took = ended - began
        # A look after a burst leaves the host at least as much time as it took itself.
        self._rested = ended + max(_REST, 2 * took)
        self._due = self._next_look(ended)
        host = self._host
        events: list[Any] = [Socket(host, ended, *row) for row in changed]
        if asked or changed or late > _LATE or ended - self._beat > _HEARTBEAT:
            events.append(Sampled(host, ended, took, late, asked))
        if ended - self._beat > _HEARTBEAT:
            self._beat = ended
            events.append(clock(host, "observer"))
        if events:
            self._port.emit(*events)

    def _next_look(self, at: int) -> int:
        """When to look again: ever more seldom, but in time for a timer of which nothing else would tell."""
        due = at + max(self._wait, int(self._share * (at - self._changed)))
        if self._table.expires is not None:
            # A timer may be late (the timer wheel): from its moment on, look often until it has fired.
            due = min(due, max(at + int(self._table.expires * 1e9) + _TIMER_PAUSE, self._rested))
        return due

    def _count(self, when: str) -> None:
        try:
            self._port.emit(Counters(self._host, now(), when, here.counters()))
        except OSError as error:
            self._port.emit(Cannot(self._host, now(), "counters", str(error)))

    def _finish(self) -> None:
        host = self._host
        self._count("after")
        if self._capture is not None:
            data, lost, reason = self._capture.finish()
            if data:
                self._port.emit(Packets(host, now(), data))
            self._port.emit(Lost(host, now(), "packets", lost, reason))
        self._port.emit(clock(host, "observer"), Ended(host, now(), "observer", 0))
