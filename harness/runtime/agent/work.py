"""What every verb works with: the agent's sockets by label, and the ways to make a call."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional

from harness.runtime.agent.calls import Outcome, Pending, attempt, unless_blocked
from harness.runtime.events import now

if TYPE_CHECKING:
    from harness.runtime.agent.loop import Loop
    from harness.runtime.plan import Step

__all__ = ["Work", "done"]


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


def done(call: Callable[[], Any]) -> Callable[[], Outcome]:
    """The call, whose outcome is that it was made."""

    def made() -> Outcome:
        call()
        return Outcome()

    return made
