"""Counters that moved between the first step and the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.html.parts import code, scroll, table

if TYPE_CHECKING:
    import htpy as h

    from harness.evidence.evidence import Evidence

__all__ = ["counters"]

_ORDER = ("TcpExt", "Tcp", "IpExt")


def counters(evidence: Evidence) -> h.Node:
    """A row a counter, a column a host; nothing where none was read."""
    hosts = [host.name for host in evidence.plan.hosts if host.name in evidence.counters]
    moved = {host: _moved(evidence, host) for host in hosts}
    names = sorted({name for each in moved.values() for name in each}, key=_rank)
    if not names:
        return None
    rows: list[list[h.Node]] = [[code(name), *(_by(moved[host].get(name)) for host in hosts)] for name in names]
    told = "Counters that moved, by how much"
    return scroll(table(told, ("counter", *hosts), rows, kind="numbers close"), told)


def _moved(evidence: Evidence, host: str) -> dict[str, int]:
    names = evidence.counters[host].get("after", {})
    return {name: by for name in names if (by := evidence.grown(host, name))}


def _by(change: int | None) -> str:
    return "" if change is None else f"{change:+d}".replace("-", "−")


def _rank(name: str) -> tuple[int, str]:
    kind = name.partition(".")[0]
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), name)
