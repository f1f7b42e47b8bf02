"""Takes every finding of an experiment from the evidence, each with its witnesses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.evidence.doubts import ORDER
from harness.judge.calls import from_calls
from harness.judge.console import from_console
from harness.judge.packets import from_packets
from harness.judge.plain import from_counter, from_setting
from harness.judge.table import from_queue, from_states
from harness.judge.witnesses import witnesses_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.criteria import FindingSpec
    from harness.evidence.evidence import Evidence
    from harness.judge.finding import Finding

__all__ = ["find"]

_SOURCES: dict[str, Callable[[Evidence, FindingSpec], Finding]] = {
    "calls": from_calls,
    "packets": from_packets,
    "states": from_states,
    "queue": from_queue,
    "counter": from_counter,
    "setting": from_setting,
    "console": from_console,
}


def find(evidence: Evidence, specs: Iterable[FindingSpec]) -> dict[str, Finding]:
    """Every finding by its name, in the order of the experiment."""
    found = {}
    for spec in specs:
        finding = _taken(evidence, spec)
        witnesses = witnesses_of(evidence, spec, finding)
        found[spec.name] = finding.with_witnesses(witnesses, evidence.doubts)
    return found


def _taken(evidence: Evidence, spec: FindingSpec) -> Finding:
    """The finding from its source; without a value where the host cannot show it."""
    finding = _SOURCES[spec.source](evidence, spec)
    if finding.cannot is not None:
        finding = replace(finding, values=())
    if spec.before or spec.after:  # what had happened by a step depends on when the step came
        finding = replace(finding, rests=finding.rests | {(host, ORDER) for host, _ in finding.rests})
    return finding
