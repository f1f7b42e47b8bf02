"""The box: one process that owns namespaces, bridge and hosts of a lab, and runs the conductor inside.

It gets an order on stdin (one JSON line: ``plan``, ``keep``, and ``virtual`` in a guest whose waits cost nothing)
and writes events to stdout. It lives in its own network, mount and pid namespace (and user namespace, for an
ordinary user): when it dies, however it dies, the kernel removes everything. It dies when its parent does, and
when its stdin closes.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
from typing import Any, Dict, List, Mapping

from harness.runtime import libc
from harness.runtime.channel import Channel, Port
from harness.runtime.conductor import HostChannels, Lapsed, conduct
from harness.runtime.events import Started, clock, now
from harness.runtime.namespaces import INTERFACE, Network, apply_sysctls, build
from harness.runtime.plan import Plan
from harness.runtime.programs import run_program
from harness.runtime.streams import PairStream

__all__ = ["CANNOT", "FORBIDDEN", "LAPSED", "leave", "main"]

FORBIDDEN, CANNOT, LAPSED = 64, 65, 66
"""Exit statuses: namespaces are not to be had; a setting was absent or refused; a process did not start."""


def main() -> int:
    """Run the box to its end; the exit status."""
    import harness.runtime.agent.program
    import harness.runtime.observer.program  # noqa: F401 (while the order is not here yet; hosts then have them)

    line = sys.stdin.buffer.readline()
    if not line:
        return 0  # whoever started this one early had no use for it
    order = json.loads(line)
    keep = bool(order.get("keep"))
    if not keep:
        libc.die_with_parent(signal.SIGKILL)
    try:
        leave()
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return FORBIDDEN
    child = os.fork()
    if child:
        return _await(child)
    status = 1
    try:
        if not keep:
            libc.die_with_parent(signal.SIGKILL)
        libc.name_process("harness-box")
        if not _abandoned():  # a parent that died before the line above took its stdin along
            status = _inside(Plan.from_json(order["plan"]), keep=keep, virtual=bool(order.get("virtual")))
    finally:
        sys.stderr.flush()
        os._exit(status)


def leave() -> None:
    """Leave the machine's namespaces; as an ordinary user through a user namespace."""
    user, group = os.geteuid(), os.getegid()
    flags = libc.CLONE_NEWNET | libc.CLONE_NEWNS | libc.CLONE_NEWPID
    try:
        libc.unshare(flags)
    except PermissionError:
        libc.unshare(libc.CLONE_NEWUSER)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {user} 1")
        _write("/proc/self/gid_map", f"0 {group} 1")
        libc.unshare(flags)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _await(child: int) -> int:
    """Wait for the box proper; a signal sent here ends it."""

    def end(_number: int, _frame: Any) -> None:
        os.kill(child, signal.SIGKILL)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    _let_go(0, 1)  # the end of the events is the box's alone to give
    _, status = os.waitpid(child, 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _inside(plan: Plan, *, keep: bool, virtual: bool) -> int:
    """What the first process of the new pid namespace does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    libc.private_mounts()
    with contextlib.suppress(OSError):
        # Refused inside some containers; the old /proc shows this namespace's network just as well.
        libc.mount("proc", "/proc")
    events = Port(events=1)
    try:
        network = build(plan)
    except OSError as error:
        sys.stderr.write(f"{error.strerror or error}\n")
        return FORBIDDEN
    refused = apply_sysctls(plan, network)
    if refused:
        events.emit(*refused)
        return CANNOT
    hosts = _start_hosts(plan, network, virtual=virtual)
    events.emit(clock(""), Started("", now(), "box", {"python": sys.version.split()[0]}))
    try:
        for event in conduct(plan, hosts):
            events.emit(event)
            if not keep and _abandoned():
                return 1
    except Lapsed as error:
        sys.stderr.write(f"{error}\n")
        return LAPSED
    if keep:
        _stay()
    return 0


def _abandoned() -> bool:
    """Whether stdin was closed: whoever wanted the events is gone."""
    ready, _, _ = select.select([0], [], [], 0)
    return bool(ready) and not os.read(0, 1)


def _stay() -> None:
    """Leave the hosts up, deaf to everything, until somebody ends this process."""
    _let_go(0, 1, 2)
    while True:
        signal.pause()


def _let_go(*descriptors: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(null, descriptor)
    os.close(null)


def _start_hosts(plan: Plan, network: Network, *, virtual: bool) -> Dict[str, HostChannels]:
    hosts = {}
    open_here: List[int] = []
    for host in plan.hosts:
        order = {
            "family": plan.family,
            "interface": INTERFACE,
            "capture": "recorder",
            "address": network.addresses[host.name],
            "sysctls": dict(host.sysctls),
            "sparse": virtual,
        }
        descriptor = network.descriptors[host.name]
        observer = _fork(host.name, "observer", descriptor, order, open_here)
        agent = _fork(host.name, "agent", descriptor, order, open_here)
        hosts[host.name] = HostChannels(network.addresses[host.name], agent, observer)
    return hosts


def _fork(host: str, process: str, descriptor: int, order: Mapping[str, Any], open_here: List[int]) -> Channel:
    """Start one process of a host, in the host's network namespace, on a socket pair."""
    stream, theirs = PairStream.make()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.dup2(theirs, 0)
            os.dup2(theirs, 1)
            os.dup2(stream.log_descriptor, 2)
            libc.setns(descriptor, libc.CLONE_NEWNET)
            for number in (*open_here, stream.fileno()):
                os.close(number)
            libc.name_process(f"{process[:5]}:{host}")
            status = run_program(process, host, order)
        finally:
            os._exit(status)
    os.close(theirs)
    stream.pid = pid
    open_here.append(stream.fileno())
    return Channel(host, process, stream)
