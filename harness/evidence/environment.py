"""The environment of a run as a reader wants it: kernel, settings and tools of each host, and the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.evidence.stacks import facts_of, telling
from harness.runtime.events import Setting, Started

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.runtime.events import Event

__all__ = ["environment"]


def environment(events: Iterable[Event], harness: str = "") -> dict[str, Any]:
    """A readable extract of the events.

    Args:
        events: a run's events.
        harness: the version of harness that made the run.

    Returns:
        ``harness``, ``lab`` (its facts: kind, engine, digests ...), ``hosts``: of each the observer's facts
        (capture, address, Python ...), stack and kernel as its agent found them, the agent's own facts, the
        image's digest, and every sysctl as read before the first step (null: this kernel does not have it).
    """
    events = list(events)
    lab: dict[str, Any] = {}
    hosts: dict[str, dict[str, Any]] = facts_of(events)
    for event in telling(events):
        if isinstance(event, Started):
            if event.host == "":
                lab.update(event.facts)
            elif event.process != "observer":
                hosts[event.host][event.process] = dict(event.facts)
        elif isinstance(event, Setting):
            hosts.setdefault(event.host, {}).setdefault("sysctls", {})[event.name] = event.value
    digests = lab.get("digests") or {}
    for name, host in hosts.items():
        if name in digests:
            host["digest"] = digests[name]
    return {"harness": harness, "lab": lab, "hosts": hosts}
