"""What a pcapng file says of single frames: the findings that rest on them, retransmissions, and what was lost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.evidence.connections import all_connections, connect_step, flow_of, server_host
from harness.evidence.packets import FIN, RST, SYN, flag_names
from harness.report.ladder_packets import Fate, base_shift, crossings
from harness.report.text import one_line
from harness.report.values import measured, wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.evidence.evidence import Evidence
    from harness.evidence.flows import Flow
    from harness.evidence.packets import Packet
    from harness.result import FindingResult, RunResult

__all__ = ["comments_of", "finding_text"]


def comments_of(run: RunResult, evidence: Evidence) -> dict[str, dict[int, list[str]]]:
    """The comments on each host's frames, by frame number: findings first, in the experiment's order."""
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, finding in run.findings.items():
        text = finding_text(name, replace(finding, reason=None))  # the section says why, once
        for item in finding.evidence:
            if item.source == "packets":
                frames = found[item.host]
                for frame in item.items:
                    frames[frame].append(text)
    for host, seen in evidence.flows.items():
        frames = found[host]
        for frame, text in _transmissions(seen.flows):
            frames[frame].append(text)
    for host, frame, text in _one_sided(evidence):
        found[host][frame].append(text)
    return found


def finding_text(name: str, finding: FindingResult) -> str:
    """A finding in one line: ``connected: 6, expected 6: pass``."""
    text = f"{name}: {measured(finding)}"
    if finding.verdict is not None:
        text += f", expected {wanted(finding)}" if wanted(finding) else ""
        text += f": {finding.verdict.value}"
        text += f" ({finding.reason})" if finding.reason else ""
    return one_line(text)


def _transmissions(flows: Iterable[Flow]) -> Iterator[tuple[int, str]]:
    """Of every frame that repeats one before it, in the same capture: what it repeats, and how much later."""
    for flow in flows:
        first: dict[tuple[object, ...], tuple[Packet, int]] = {}
        for each in flow.packets:
            if not each.flags & (SYN | FIN | RST) and not each.length:
                continue  # an ACK alone is never retransmitted, however often one like it is sent
            key = (each.source_port, each.source, each.flags & (SYN | FIN | RST), each.sequence, each.length)
            original, count = first.get(key, (each, 0))
            first[key] = (original, count + 1)
            if count:
                late = (each.wall - original.wall) / 1e9
                what = flag_names(each.flags)
                yield each.frame, f"{what}, transmission {count + 1}, {late:.3f} s after the first"


def _one_sided(evidence: Evidence) -> Iterator[tuple[str, int, str]]:
    """Frames that the capture at the other end does not show, though it is whole: where, which, and that."""
    for connection in all_connections(evidence):
        step = connect_step(evidence.plan, connection.call.label)
        client, server = connection.call.host, (server_host(evidence.plan, step) if step else None) or ""
        if client == server or client not in evidence.flows or server not in evidence.flows:
            continue
        ours, theirs = (flow_of(evidence, host, connection) for host in (client, server))
        if ours and theirs and len(ours.packets) == len(theirs.packets):
            continue
        shift = base_shift(evidence, client, server)
        for crossing in crossings(evidence, connection, client, server, shift):
            ends = ((client, crossing.frames[0]), (server, crossing.frames[1]))
            (sender, left), (receiver, came) = ends if crossing.from_client else ends[::-1]
            if crossing.fate is Fate.LOST and left is not None:
                yield sender, left, f"never came to {receiver}"
            elif crossing.fate is Fate.UNSENT and came is not None:
                yield receiver, came, f"{sender}'s capture does not show it leave"
