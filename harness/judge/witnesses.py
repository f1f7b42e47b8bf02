"""Witnesses: independent sources for the same fact, compared with the finding.

Each function gives the witnesses for one kind of finding, and none where the plan does something that makes
two sources differ rightly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.evidence.doubts import CALLS, COUNTERS, OBSTACLES, PACKETS, SOCKET_TABLE
from harness.judge.finding import Witness
from harness.judge.packets import at_other_end, ends_of, flow_of, other_end, select, values_of
from harness.judge.selection import connections_of, host_of, listener_hosts, port_of
from harness.judge.table import queue_value, timelines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.criteria import FindingSpec
    from harness.evidence.evidence import Evidence
    from harness.evidence.flows import Flow
    from harness.judge.finding import Finding
    from harness.runtime.plan import Plan

__all__ = ["witnesses_of"]

_CONNECTED = {"ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"}
_BETWEEN_HOSTS = 0.005
"""Seconds by which two captures may differ in a packet's time after its flow's first one."""


def witnesses_of(evidence: Evidence, spec: FindingSpec, finding: Finding) -> Iterator[Witness]:
    """Every witness for a finding beside its own source."""
    if spec.source == "calls" and spec.what == "connect" and spec.take == "count":
        yield from _connected(evidence, spec, finding)
    elif spec.source == "calls" and spec.what == "connect" and spec.take == "errno":
        yield from _errno(evidence, spec, finding)
    elif spec.source == "queue" and spec.take in ("limit", "peak"):
        yield from _queue(evidence, spec, finding)
    elif spec.source == "packets" and spec.take in ("count", "times"):
        yield from _other_capture(evidence, spec, finding)
        if spec.what == "SYN" and spec.take == "times":
            yield from _retransmissions(evidence, spec, finding)
    elif spec.source == "counter" and spec.what in ("TcpExt.ListenOverflows", "TcpExt.ListenDrops"):
        yield from _dropped(evidence, spec, finding)


def _flows(evidence: Evidence, spec: FindingSpec, host: str) -> list[Flow] | None:
    """The flow of each member; None where one cannot be found."""
    connections, nameless = connections_of(evidence, spec)
    if nameless or host not in evidence.captures:
        return None
    flows = [flow_of(evidence, host, connection) for connection in connections]
    found = [flow for flow in flows if flow is not None]
    return found if len(found) == len(flows) else None


def _connected(evidence: Evidence, spec: FindingSpec, finding: Finding) -> Iterator[Witness]:
    """How many of the group's clients were connected: by their sockets' states, and by their handshakes."""
    if spec.that not in ("ok", "failed") or spec.after or spec.before:
        return
    wanted = spec.that == "ok"
    whole = type(spec)(name=spec.name, source="calls", what="connect", take="count", of=spec.of)
    connections, nameless = connections_of(evidence, whole)
    host = host_of(evidence.plan, spec.of)
    if nameless or not connections or host is None:
        return
    if evidence.sockets.get(host) and wanted:
        lines = timelines(evidence, host, {(each.client, each.server) for each in connections})
        value = sum(any(row.state in _CONNECTED for _, row in rows) for rows in lines.values())
        yield Witness("socket table", value, value == finding.value, frozenset({(host, SOCKET_TABLE)}))
    flows = _flows(evidence, whole, host)
    if flows is not None:
        value = sum(flow.established == wanted for flow in flows)
        yield Witness("packets", value, value == finding.value, frozenset({(host, PACKETS)}))


def _errno(evidence: Evidence, spec: FindingSpec, finding: Finding) -> Iterator[Witness]:
    """What the packets say of why a connect failed: no answer at all, or a reset."""
    host = host_of(evidence.plan, spec.of)
    if host is None or not finding.values or not set(finding.values) <= {"ETIMEDOUT", "ECONNREFUSED"}:
        return
    flows = _flows(evidence, spec, host)
    if flows is None or len(flows) != len(finding.values):
        return
    said = [_errno_of(flow) for flow in flows]
    kinds = list(dict.fromkeys(said))
    value: Any = kinds[0] if len(kinds) == 1 else kinds
    yield Witness("packets", value, said == list(finding.values), frozenset({(host, PACKETS)}))


def _errno_of(flow: Flow) -> str:
    if flow.refused:
        return "ECONNREFUSED"
    return "answered" if flow.answers else "ETIMEDOUT"


def _queue(evidence: Evidence, spec: FindingSpec, finding: Finding) -> Iterator[Witness]:
    """The accept queue as the listener's own TCP_INFO shows it, and the handshakes that must lie in it."""
    host = host_of(evidence.plan, spec.what)
    if host is None or finding.cannot or spec.after or spec.before:
        return
    seen = evidence.queues.get(spec.what, ())
    if seen and finding.source != "TCP_INFO":
        value = queue_value(spec.take, [each.length for _, each in seen], [each.limit for _, each in seen])
        yield Witness("TCP_INFO", value, value == finding.value, frozenset({(host, CALLS)}))
    if spec.take == "peak" and host in evidence.captures and _only_fills(evidence.plan):
        port = port_of(evidence, spec.what)
        value = sum(flow.established for flow in evidence.flows[host].flows if flow.server[1] == port)
        yield Witness("packets", value, value == finding.value, frozenset({(host, PACKETS)}))


def _only_fills(plan: Plan) -> bool:
    """Whether every completed handshake stays in the accept queue: nobody accepts, and none race for a slot."""
    return not any(step.verb == "accept" or step.arguments.get("at_once") for step in plan.steps)


def _other_capture(evidence: Evidence, spec: FindingSpec, finding: Finding) -> Iterator[Witness]:
    """The same packets as the host at the other end saw them."""
    host = spec.on or spec.source_host or ends_of(evidence, spec)[0] or ""
    other = other_end(evidence, spec, host)
    obstacles = any(step.verb in OBSTACLES for step in evidence.plan.steps)
    if other is None or obstacles or finding.cannot or not finding.values:
        return
    values = values_of(spec.take, select(evidence, at_other_end(spec, other), other))
    agrees = values == finding.values if spec.take == "count" else _close(values, finding.values)
    value = values[0] if values else None
    yield Witness(f"packets on {other}", value, agrees, frozenset({(other, PACKETS)}))


def _close(one: tuple[Any, ...], two: tuple[Any, ...]) -> bool:
    return len(one) == len(two) and all(
        len(ours) == len(theirs) and all(abs(a - b) <= _BETWEEN_HOSTS for a, b in zip(ours, theirs, strict=True))
        for ours, theirs in zip(one, two, strict=True)
    )


def _retransmissions(evidence: Evidence, spec: FindingSpec, finding: Finding) -> Iterator[Witness]:
    """TcpExt.TCPSynRetrans: every retransmitted SYN of the host (net/ipv4/tcp_output.c, tcp_retransmit_skb).

    It counts retransmitted SYN,ACKs too, so a host that also listens is no witness.
    """
    host = host_of(evidence.plan, spec.of)
    value = evidence.grown(host or "", "TcpExt.TCPSynRetrans")
    if (
        host is None
        or spec.on != host
        or value is None
        or not finding.values
        or host in listener_hosts(evidence.plan)
    ):
        return
    seen = sum(max(len(flow.syns) - 1, 0) for flow in evidence.flows[host].flows)
    yield Witness("counters", value, value == seen, frozenset({(host, COUNTERS)}))


def _dropped(evidence: Evidence, spec: FindingSpec, finding: Finding) -> Iterator[Witness]:
    """The SYNs to listening ports that got no answer in the server's own capture.

    Without syncookies a full *SYN* queue drops too, and that adds to ListenDrops alone (net/ipv4/tcp_input.c,
    tcp_conn_request).
    """
    host, plan = next(iter(finding.rests))[0], evidence.plan
    cookies = evidence.settings.get(host, {}).get("net.ipv4.tcp_syncookies")
    if spec.what.endswith("ListenOverflows") and cookies == "0":
        return
    if host not in evidence.captures or finding.value is None or not _drops_only_by_queue(plan):
        return
    labels = [step.label for step in plan.steps if step.verb == "listen" and step.host == host]
    ports = {port_of(evidence, label) for label in labels if label}
    flows = [flow for flow in evidence.flows[host].flows if flow.server[1] in ports and not flow.refused]
    value = sum(flow.unanswered_syns for flow in flows)
    yield Witness("packets", value, value == finding.value, frozenset({(host, PACKETS)}))


def _drops_only_by_queue(plan: Plan) -> bool:
    """Whether a full queue is all that leaves a SYN unanswered, and a SYN all that a full queue drops."""
    return not any(
        step.verb in OBSTACLES or step.verb in ("filter", "close") or step.arguments.get("at_once")
        for step in plan.steps
    )
