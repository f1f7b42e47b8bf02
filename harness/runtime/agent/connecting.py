"""The verb ``connect``: one client or thousands, one after another or from several threads at once."""

from __future__ import annotations

import errno
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, List

from harness.runtime.agent.calls import Outcome, Pending, connected, local_address
from harness.runtime.agent.loop import WRITE
from harness.runtime.agent.work import done
from harness.runtime.events import now

if TYPE_CHECKING:
    from harness.runtime.agent.work import Work
    from harness.runtime.plan import Step

__all__ = ["connect"]


def connect(work: Work, step: Step, target: Any) -> None:
    """Start the step's connects to the target (address, port); each is reported when it has ended."""
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
    work.loop.in_thread(pending, done(partial(sock.connect, address)))
