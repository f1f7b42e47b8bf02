"""Findings from packets: how many, when, how many bytes, in which sequence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.evidence.connections import flow_of
from harness.evidence.doubts import CALLS, PACKETS, TIME, WALL_CLOCK
from harness.evidence.flows import is_flags
from harness.evidence.packets import flag_names
from harness.judge.finding import Finding
from harness.judge.selection import (
    connect_step,
    connections_of,
    host_of,
    port_of,
    server_host,
    window_of,
)
from harness.result import EvidenceItem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.criteria import FindingSpec
    from harness.evidence.evidence import Evidence
    from harness.evidence.flows import Flow
    from harness.evidence.packets import Packet

__all__ = ["Selected", "at_other_end", "ends_of", "flow_of", "from_packets", "other_end", "select"]

_UNITS = {"count": "packets", "times": "s", "seconds": "s", "bytes": "bytes"}


@dataclass(frozen=True, slots=True)
class Selected:
    """What a finding selects of one host's capture: each flow with those of its packets that are meant."""

    host: str
    flows: tuple[tuple[Flow, tuple[Packet, ...]], ...]
    cannot: str | None = None

    @property
    def packets(self) -> list[Packet]:
        """All packets that are meant."""
        return [packet for _, packets in self.flows for packet in packets]


def ends_of(evidence: Evidence, spec: FindingSpec) -> tuple[str | None, str | None]:
    """The hosts of the client and of the server of the group a finding speaks of."""
    step = connect_step(evidence.plan, spec.of)
    if step is not None:
        return step.host, server_host(evidence.plan, step)
    return None, host_of(evidence.plan, spec.of)


def other_end(evidence: Evidence, spec: FindingSpec, host: str) -> str | None:
    """The host at the other end of the group's connections, or None where it is not one observed host."""
    ends = ends_of(evidence, spec)
    if None in ends or host not in ends:
        return None
    other = ends[1] if host == ends[0] else ends[0]
    return other if other != host and other in evidence.captures else None


def select(evidence: Evidence, spec: FindingSpec, host: str) -> Selected:
    """Apply a finding's selectors to one host's capture."""
    if host not in evidence.captures:
        return Selected(host, (), f"there is no capture of {host}")
    flows, cannot = _flows(evidence, spec, host)
    window = window_of(evidence, spec)
    clock = evidence.clocks.get(host)
    open_window = window.after is None and window.before is None
    by_client = _by_client(evidence, spec)
    found = []
    for flow in flows:
        wanted = tuple(
            packet
            for packet in flow.packets
            if is_flags(packet, spec.what)
            and (spec.source_host is None or flow.of_client(packet) is by_client)
            and (open_window or window.holds(clock.mono(packet.wall) if clock else None))
        )
        found.append((flow, wanted))
    return Selected(host, tuple(found), cannot)


def _flows(evidence: Evidence, spec: FindingSpec, host: str) -> tuple[list[Flow], str | None]:
    if connect_step(evidence.plan, spec.of) is not None:
        connections, nameless = connections_of(evidence, spec)
        flows = [flow_of(evidence, host, connection) for connection in connections]
        cannot = f"{nameless} calls have no local address that tells their packets apart" if nameless else None
        return [flow for flow in flows if flow is not None], cannot
    everything = list(evidence.flows[host].flows)
    if spec.of is None:
        return everything, None
    port = port_of(evidence, spec.of)
    return [flow for flow in everything if flow.server[1] == port], None


def _by_client(evidence: Evidence, spec: FindingSpec) -> bool | None:
    """Whether a finding wants the client's packets, or the server's; None where it wants those of neither."""
    client, server = ends_of(evidence, spec)
    if spec.source_host == client:
        return True
    return False if spec.source_host == server else None


def from_packets(evidence: Evidence, spec: FindingSpec) -> Finding:
    """``count`` and ``bytes`` over the whole selection; of each flow ``times`` (after the flow's first packet),
    ``seconds`` (first to last) and ``sequence`` (flags).
    """  # noqa: D205 (one sentence)
    ends = ends_of(evidence, spec)
    host = spec.on or spec.source_host or ends[0] or ends[1] or ""
    selected = select(evidence, spec, host)
    rests = {(host, PACKETS)}
    owner = host_of(evidence.plan, spec.of)
    if owner and connect_step(evidence.plan, spec.of) is not None:
        rests.add((owner, CALLS))
    if spec.take in ("times", "seconds"):
        rests |= {(host, TIME), (host, WALL_CLOCK)}
    grouped = spec.take not in ("count", "bytes")
    frames = [packet.frame for packet in selected.packets]
    return Finding(
        name=spec.name,
        unit=_UNITS.get(spec.take, ""),
        values=values_of(spec.take, selected),
        source="packets",
        grouped=grouped,
        rests=frozenset(rests),
        evidence=(EvidenceItem("packets", host, sorted(frames)),) if frames else (),
        cannot=selected.cannot,
    )


def values_of(take: str, selected: Selected) -> tuple[Any, ...]:
    """The value, or one for each flow."""
    if take == "count":
        return (len(selected.packets),)
    if take == "bytes":
        return (sum(packet.length for packet in selected.packets),)
    return tuple(_OF_FLOW[take](flow, packets) for flow, packets in selected.flows)


def _times(flow: Flow, packets: Sequence[Packet]) -> list[float]:
    first = flow.packets[0].wall
    return [round((packet.wall - first) / 1e9, 6) for packet in packets]


def _seconds(_flow: Flow, packets: Sequence[Packet]) -> float | None:
    return round((packets[-1].wall - packets[0].wall) / 1e9, 6) if packets else None


def _sequence(_flow: Flow, packets: Sequence[Packet]) -> list[str]:
    return [flag_names(packet.flags) for packet in packets]


_OF_FLOW: dict[str, Callable[[Any, Sequence[Any]], Any]] = {
    "times": _times,
    "seconds": _seconds,
    "sequence": _sequence,
}


def at_other_end(spec: FindingSpec, host: str) -> FindingSpec:
    """The same selection, on another host."""
    return replace(spec, on=host)
