"""What a pcapng file says of single frames: the findings that rest on them, and which transmission each is."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from harness.evidence.packets import FIN, RST, SYN, flag_names
from harness.report.text import one_line
from harness.report.values import measured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.evidence.flows import Flow, Flows
    from harness.evidence.packets import Packet
    from harness.result import FindingResult, RunResult

__all__ = ["comments_of", "finding_text"]


def comments_of(run: RunResult, flows: Mapping[str, Flows]) -> dict[str, dict[int, list[str]]]:
    """The comments on each host's frames, by frame number: findings first, in the experiment's order."""
    found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, finding in run.findings.items():
        text = finding_text(name, finding)
        for item in finding.evidence:
            if item.source == "packets":
                frames = found[item.host]
                for frame in item.items:
                    frames[frame].append(text)
    for host, seen in flows.items():
        frames = found[host]
        for frame, text in _transmissions(seen.flows):
            frames[frame].append(text)
    return found


def finding_text(name: str, finding: FindingResult) -> str:
    """A finding in one line: ``connected: 6, expected 6: pass``."""
    text = f"{name}: {measured(finding)}"
    if finding.verdict is not None:
        unit = " s" if finding.unit == "s" and finding.expected is not None else ""
        text += f", expected {finding.expected_text}{unit}" if finding.expected_text else ""
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
