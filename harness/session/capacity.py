"""Whether this machine can give what a plan asks for, told before anything starts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runtime.plan import Plan, Step

__all__ = ["MARGIN", "capacity"]

MARGIN = 64
"""Descriptors a host's agent needs beside its sockets: its channel, its loop, Python's own."""


def capacity(plan: Plan, *, descriptors: int, ports: int, ends: int | None = None) -> list[str]:
    """Why this machine cannot give what the plan asks for; nothing where it can.

    Args:
        plan: the plan.
        descriptors: the hard limit on open files (RLIMIT_NOFILE) of a process.
        ports: how many ephemeral ports a host has (the size of net.ipv4.ip_local_port_range); a range in the
            plan itself counts instead.
        ends: how many ends of connections all hosts together have memory for; None where nothing bounds that.
    """
    held = _ends(plan, ends) if ends is not None else ()
    return [*_sockets(plan, descriptors), *_ports(plan, ports), *held, *_seconds(plan)]


def _sockets(plan: Plan, descriptors: int) -> Iterator[str]:
    wanted: Counter[str] = Counter()
    made: set[str] = set()
    for step in plan.steps:
        if step.host is None:
            continue
        if step.verb in {"connect", "accept"}:
            wanted[step.host] += int(step.arguments.get("count", 1))
        elif step.verb in {"socket", "bind", "listen"} and step.label not in made:
            wanted[step.host] += 1
        made.add(step.label or "")
    for host, count in wanted.items():
        if count + MARGIN > descriptors:
            yield (
                f"host {host!r} needs {count} sockets; a process here may have {descriptors} open files,"
                f" {MARGIN} of them for harness itself (ulimit -Hn)"
            )


def _ports(plan: Plan, ports: int) -> Iterator[str]:
    wanted: Counter[tuple[str, Any]] = Counter()
    for step in plan.steps:
        if step.verb == "connect" and step.host is not None:
            wanted[step.host, _target(step)] += int(step.arguments.get("count", 1))
    for (host, (target, _)), count in wanted.items():
        there = _range(plan.host(host).sysctls.get("net.ipv4.ip_local_port_range"), ports)
        if count > there:
            yield (
                f"host {host!r} connects {count} times to {target!r}; it has {there} ephemeral ports"
                " (net.ipv4.ip_local_port_range)"
            )


def _ends(plan: Plan, there: int) -> Iterator[str]:
    """Each connection has two ends, the accepted one even where nobody accepts it."""
    wanted = 2 * sum(int(step.arguments.get("count", 1)) for step in plan.steps if step.verb == "connect")
    if wanted > there:
        yield f"{wanted // 2} connections have {wanted} ends; a guest's memory holds {there}"


def _target(step: Step) -> tuple[str, Any]:
    return step.arguments["to"], step.arguments.get("port")


def _range(text: str | None, ports: int) -> int:
    """The number of ports in "LOW HIGH", both included; the machine's own where there is none."""
    words = (text or "").split()
    if len(words) == 2 and all(word.isdecimal() for word in words):
        return max(0, int(words[1]) - int(words[0]) + 1)
    return ports


def _seconds(plan: Plan) -> Iterator[str]:
    total = sum(float(step.arguments.get("for", 0)) + (step.within or 0) for step in plan.steps)
    if total > plan.limit:
        yield f"the waits alone may take {total:g} s; the experiment's limit is {plan.limit:g} s (--limit)"
