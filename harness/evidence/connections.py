"""Connections: the members of connect groups, where their ends are, and their packets in a capture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.evidence.evidence import Evidence
    from harness.evidence.flows import Flow
    from harness.runtime.events import Address, Call
    from harness.runtime.plan import Plan, Step

__all__ = [
    "Connection",
    "all_connections",
    "connect_step",
    "flow_of",
    "host_of",
    "label_at",
    "port_of",
    "server_host",
]


@dataclass(frozen=True, slots=True)
class Connection:
    """One member of a group: its connect() call, and the connection's two ends."""

    call: Call
    number: int
    client: Address
    server: Address


def all_connections(evidence: Evidence) -> tuple[Connection, ...]:
    """Every member of every connect group whose address tells it apart, by step and index."""
    found = [
        Connection(call, number, call.local, call.remote)
        for number, call in evidence.calls
        if call.verb == "connect" and call.local is not None and call.remote is not None
    ]
    return tuple(sorted(found, key=lambda each: (each.call.step, each.call.index)))


def connect_step(plan: Plan, label: str | None) -> Step | None:
    """The connect step of that label, or None where the label names something else."""
    for step in plan.steps:
        if step.verb == "connect" and step.label == label:
            return step
    return None


def host_of(plan: Plan, label: str | None) -> str | None:
    """The host whose step made a label's group."""
    for step in plan.steps:
        if step.label == label and step.host:
            return step.host
    return None


def server_host(plan: Plan, connect: Step) -> str | None:
    """The host that a connect step's clients connect to."""
    to = connect.arguments.get("to")
    if any(host.name == to for host in plan.hosts):
        return str(to)
    return host_of(plan, to)


def port_of(evidence: Evidence, label: str) -> int | None:
    """A label's own port: as told to bind, or as its calls showed it."""
    port = evidence.plan.port_of(label)
    if port:
        return port
    for _, call in evidence.calls:
        if call.label == label and call.local is not None:
            return call.local[1]
    return None


def label_at(evidence: Evidence, host: str, port: int) -> str | None:
    """The label of the socket that a step bound to a host's port; None where no step did."""
    bound = (step for step in evidence.plan.steps if step.host == host and step.verb in {"bind", "listen"})
    return next((step.label for step in bound if step.label and port_of(evidence, step.label) == port), None)


def flow_of(evidence: Evidence, host: str, connection: Connection) -> Flow | None:
    """The connection's flow in a host's capture; where a port was used again, the one within the call's time."""
    flows = evidence.flows[host].by_client.get((connection.client, connection.server), ())
    if len(flows) <= 1:
        return flows[0] if flows else None
    clock = evidence.clocks.get(host)
    for flow in flows:
        began = clock.mono(flow.packets[0].wall) if clock else None
        if began is not None and connection.call.began <= began <= connection.call.mono:
            return flow
    return flows[-1]
