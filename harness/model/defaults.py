"""What a kernel uses where nothing is set, and how long an experiment's longest connect takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model.queue import admission
from harness.model.situation import NoRule
from harness.model.syn import schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model.interface import Situation
    from harness.runtime.plan import Step

__all__ = ["DOCUMENTED", "longest", "own_value", "patience", "with_setting"]

DOCUMENTED: Mapping[str, str] = {
    "net.ipv4.tcp_fin_timeout": "60",
    "net.ipv4.tcp_keepalive_intvl": "75",
    "net.ipv4.tcp_keepalive_probes": "9",
    "net.ipv4.tcp_keepalive_time": "7200",
    "net.ipv4.tcp_orphan_retries": "0",
    "net.ipv4.tcp_retries1": "3",
    "net.ipv4.tcp_retries2": "15",
    "net.ipv4.tcp_syn_retries": "6",
    "net.ipv4.tcp_synack_retries": "5",
}
"""Defaults that have held since Linux 3.7 (Documentation/networking/ip-sysctl.rst)."""


def own_value(situation: Situation, name: str) -> str | None:
    """The value a kernel uses where the plan does not set it, or None where nobody knows.

    A host of the same run whose plan leaves the sysctl alone shows it; else the documented default holds.
    """
    for host in situation.plan.hosts:
        value = situation.settings.get(host.name, {}).get(name)
        if name not in host.sysctls and value is not None:
            return value
    return DOCUMENTED.get(name)


def with_setting(situation: Situation, name: str, value: str) -> Situation:
    """The same situation with another value of a sysctl on the hosts whose plan sets it."""
    settings = {host: dict(values) for host, values in situation.settings.items()}
    for host in situation.plan.hosts:
        if name in host.sysctls:
            settings.setdefault(host.name, {})[name] = value
    return replace(situation, settings=settings)


def longest(situation: Situation) -> float | None:
    """How long the plan's longest connect() will take at most, in seconds; None where no rule tells.

    Zero where every client is admitted at once.
    """
    found = [_longest_of(situation, step) for step in situation.plan.steps if step.verb == "connect"]
    known = [seconds for seconds in found if seconds is not None]
    return max(known, default=None)


def _longest_of(situation: Situation, connect: Step) -> float | None:
    try:
        if admission(situation, str(connect.label)).refused[1] == 0:
            return 0.0
        syns = schedule(situation, str(connect.host))
    except NoRule:
        return None
    return syns.end + sum(syns.late)


def patience(situation: Situation) -> float | None:
    """How long the most patient client of the plan waits for an answer before connect() fails, in seconds.

    Nominal: without the lateness of timers. None where no rule tells.
    """
    hosts = {str(step.host) for step in situation.plan.steps if step.verb == "connect"}
    found = []
    for host in sorted(hosts):
        try:
            found.append(schedule(situation, host).end)
        except NoRule:
            continue
    return max(found, default=None)
