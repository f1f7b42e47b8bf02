"""The agent's event loop: calls that wait, in one thread for thousands of sockets, or in threads of their own.

Three ways to call, chosen by a step's ``blocking``:

- absent: the call is tried, and tried again when the socket is ready, until it ends;
- true: a real blocking call, in a thread of its own, exactly as a program would make it;
- false: one non-blocking call; whatever the kernel answers (EAGAIN, EINPROGRESS) is the outcome.
"""

from __future__ import annotations

import os
import selectors
import threading
from collections import deque
from typing import Callable, Deque, Dict, List, Set, Tuple

from harness.runtime.agent.calls import Outcome, Pending, attempt
from harness.runtime.events import Event, Stepped, now

__all__ = ["READ", "WRITE", "Loop"]

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Loop:
    """Holds the calls that have begun, and gathers the events that report them.

    Attributes:
        events: what happened and was not yet sent.
    """

    def __init__(self, host: str) -> None:
        self.host = host
        self.events: List[Event] = []
        self._selector = selectors.DefaultSelector()
        self._waiting: Dict[int, List[Tuple[int, Pending]]] = {}
        self._threads: List[Pending] = []
        self._orphans: List[Pending] = []
        self._finished: Deque[Tuple[Pending, Outcome, int]] = deque()
        self._wake_read, self._wake_write = os.pipe()
        self._selector.register(self._wake_read, READ, "wake")
        self._open: Dict[int, int] = {}
        self._begun: Set[int] = set()

    def watch(self, descriptor: int) -> None:
        """Have ``turn`` tell when this descriptor is readable."""
        self._selector.register(descriptor, READ, "commands")

    def begin(self, step: int, calls: int) -> None:
        """A step begins that will make so many calls."""
        self._open[step] = calls

    def begun(self, step: int) -> None:
        """All calls of a step have been started."""
        self.events.append(Stepped(self.host, now(), step, "begun"))
        self._begun.add(step)
        self._settle(step)

    def ended(self, pending: Pending, outcome: Outcome, at: int) -> None:
        """A call has ended: report it, and its step when it was the last."""
        self.events.append(pending.event(self.host, outcome, at))
        self._open[pending.step] -= 1
        self._settle(pending.step)

    def _settle(self, step: int) -> None:
        if step in self._begun and not self._open[step]:
            self.events.append(Stepped(self.host, now(), step, "done"))

    def wait(self, pending: Pending, mask: int) -> None:
        """Try a begun call again whenever its socket is ready."""
        assert pending.sock is not None  # noqa: S101 (only socket calls wait)
        descriptor = pending.sock.fileno()
        waiting = self._waiting.setdefault(descriptor, [])
        waiting.append((mask, pending))
        self._watch_socket(descriptor)

    def _watch_socket(self, descriptor: int) -> None:
        waiting = self._waiting[descriptor]
        mask = 0
        for wanted, _ in waiting:
            mask |= wanted
        registered = descriptor in self._selector.get_map()
        if not mask:
            del self._waiting[descriptor]
            self._selector.unregister(descriptor)
        elif registered:
            self._selector.modify(descriptor, mask, "socket")
        else:
            self._selector.register(descriptor, mask, "socket")

    def forget(self, descriptor: int) -> List[Pending]:
        """Stop waiting on a socket that is about to be closed; the calls that waited on it."""
        waiting = self._waiting.pop(descriptor, [])
        if waiting:
            self._selector.unregister(descriptor)
        return [pending for _, pending in waiting]

    def never_ends(self, calls: List[Pending]) -> None:
        """Calls whose process was killed: nobody will ever see them return."""
        self._orphans.extend(calls)

    def in_thread(self, pending: Pending, call: Callable[[], Outcome]) -> None:
        """Make a real blocking call in a thread of its own."""
        self._threads.append(pending)

        def work() -> None:
            pending.began = now()
            outcome = attempt(call)
            self._finished.append((pending, outcome, now()))
            os.write(self._wake_write, b"x")

        threading.Thread(target=work, daemon=True).start()

    def turn(self, timeout: float | None) -> bool:
        """Wait for something to be ready and carry it on; True when commands have come."""
        ready = self._selector.select(timeout)
        # One reading for all that became ready together: how long Python takes to walk through a thousand
        # of them is no part of any call.
        at = now()
        commands = False
        for key, mask in ready:
            if key.data == "commands":
                commands = True
            elif key.data == "wake":
                os.read(self._wake_read, 4096)
            else:
                self._carry_on(key.fd, mask, at)
        while self._finished:
            pending, outcome, ended = self._finished.popleft()
            self._threads.remove(pending)
            self.ended(pending, outcome, ended)
        return commands

    def _carry_on(self, descriptor: int, mask: int, at: int) -> None:
        waiting = self._waiting.get(descriptor, [])
        left = []
        for wanted, pending in waiting:
            outcome = pending.attempt() if wanted & mask else None
            if outcome is None:
                left.append((wanted, pending))
            else:
                self.ended(pending, outcome, at)
        if len(left) != len(waiting):
            self._waiting[descriptor] = left
            self._watch_socket(descriptor)

    def pending(self) -> List[Pending]:
        """The calls that have begun and not ended."""
        waiting = [pending for calls in self._waiting.values() for _, pending in calls]
        return waiting + self._threads + self._orphans
