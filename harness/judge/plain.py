"""Findings from counters and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.evidence.doubts import COUNTERS
from harness.judge.finding import Finding
from harness.judge.selection import host_of
from harness.result import EvidenceItem

if TYPE_CHECKING:
    from harness.criteria import FindingSpec
    from harness.evidence.evidence import Evidence

__all__ = ["from_counter", "from_setting"]


def from_counter(evidence: Evidence, spec: FindingSpec) -> Finding:
    """A counter's growth over the steps."""
    host = _host(evidence, spec)
    value = evidence.grown(host, spec.what)
    cannot = evidence.cannot(host, "counters") or f"{host} does not show {spec.what}"
    return Finding(
        name=spec.name,
        unit="events",
        values=() if value is None else (value,),
        source="counters",
        rests=frozenset({(host, COUNTERS)}),
        evidence=(EvidenceItem("counters", host, [spec.what]),),
        cannot=cannot if value is None else None,
    )


def from_setting(evidence: Evidence, spec: FindingSpec) -> Finding:
    """A sysctl as read on the host before the first step: a number where it is one."""
    host = _host(evidence, spec)
    text = evidence.settings.get(host, {}).get(spec.what)
    value: Any = text
    cannot = evidence.cannot(host, "settings")
    if text is not None and text.lstrip("-").isdecimal():
        value = int(text)
    return Finding(
        name=spec.name,
        unit="",
        values=() if value is None else (value,),
        source="setting",
        evidence=(EvidenceItem("setting", host, [spec.what]),),
        cannot=cannot,
    )


def _host(evidence: Evidence, spec: FindingSpec) -> str:
    return spec.on or host_of(evidence.plan, spec.of) or evidence.plan.hosts[0].name
