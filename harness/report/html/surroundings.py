"""The environment of a run: what each host was, what was set on it, and how to run the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import htpy as h

from harness.report.again import again
from harness.report.html.parts import code, folded, heading, scroll, table, word
from harness.report.text import printable
from harness.report.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.report.html.recorded import Recorded

__all__ = ["surroundings"]

_FACTS = {
    "kernel": "kernel", "version": "its build", "machine": "machine", "hz": "HZ", "cpus": "processors",
    "clock_source": "clock source", "address": "address", "capture": "captured by", "table": "socket table by",
    "python": "Python",
}  # fmt: skip


def surroundings(shown: Recorded, level: int) -> h.Node:
    """The hosts' facts and sysctls, the lab's facts, the command."""
    run, evidence = shown.result, shown.evidence
    hosts: Mapping[str, Any] = shown.environment.get("hosts", {})
    nodes: list[h.Node] = [_hosts(shown, hosts), _lab(shown), _sysctls(hosts, run.hosts)]
    if evidence is not None:
        command = h.pre(".command")[h.code[printable(again(run, evidence.plan))]]
        nodes.append([heading(level, "The same again", kind="sub"), command])
    return nodes


def _hosts(shown: Recorded, hosts: Mapping[str, Any]) -> h.Node:
    run = shown.result
    if not run.hosts:
        return None
    names = list(run.hosts)
    rows: list[list[h.Node]] = [["image", *(word(run.hosts[name].image) for name in names)]]
    for fact, head in _FACTS.items():
        values = [hosts.get(name, {}).get(fact) for name in names]
        if any(value is not None for value in values):
            rows.append([head, *(word(plain(value)) for value in values)])
    if any(run.hosts[name].digest for name in names):
        rows.append(["image digest", *(code(run.hosts[name].digest or "–") for name in names)])
    rows.append(["packets captured", *(_packets(run.packets.get(name)) for name in names)])
    if shown.evidence is not None:
        rows.append(["set for this run", *(_set(shown, name) for name in names)])
    return scroll(
        table("What each host was", ("host", *map(word, names)), rows, kind="facts close"), "What each host was"
    )


def _packets(seen: Mapping[str, int | None] | None) -> str:
    if seen is None:
        return "none"
    lost = seen.get("lost")
    return f"{seen.get('captured') or 0}, {'an unknown number' if lost is None else lost} lost"


def _set(shown: Recorded, host: str) -> h.Node:
    assert shown.evidence is not None  # noqa: S101 (the caller's condition)
    given = next((each.sysctls for each in shown.evidence.plan.hosts if each.name == host), {})
    return [[code(f"{name}={value}"), " "] for name, value in given.items()] or "nothing"


def _lab(shown: Recorded) -> h.Node:
    facts = {key: value for key, value in shown.environment.get("lab", {}).items() if key != "digests"}
    facts = {key: value for key, value in facts.items() if value is not None}
    if not facts:
        return None
    harness = shown.environment.get("harness", "")
    facts["harness"] = harness
    pairs = [h.div[h.dt[word(key)], h.dd[word(plain(value))]] for key, value in facts.items()]
    return h.dl(".pairs")[pairs]


def _sysctls(hosts: Mapping[str, Any], order: Iterable[str]) -> h.Node:
    by_host = {name: hosts[name]["sysctls"] for name in order if hosts.get(name, {}).get("sysctls")}
    if not by_host:
        return None
    names = sorted({name for each in by_host.values() for name in each})
    return folded(f"{len(names)} sysctls as read before the first step", list(_groups(names, by_host)))


def _groups(names: Sequence[str], by_host: Mapping[str, Mapping[str, str | None]]) -> Iterator[h.Node]:
    """Those that differ between hosts, then those that are alike, once."""
    hosts = list(by_host)
    alike = {name for name in names if len({by_host[host].get(name) for host in hosts}) == 1}
    apart = [name for name in names if name not in alike]
    if apart:
        rows = [[code(name), *(_value(by_host[host].get(name)) for host in hosts)] for name in apart]
        yield scroll(
            table(
                "Sysctls that differ between the hosts",
                ("sysctl", *map(word, hosts)),
                rows,
                kind="close apart-only",
                shown=True,
            ),
            "Sysctls that differ between the hosts",
        )
    rows = [[code(name), _value(by_host[hosts[0]].get(name))] for name in names if name in alike]
    if rows:
        where = "on every host" if len(hosts) > 1 else f"on {word(hosts[0])}"
        yield h.div(".columns")[table(f"Sysctls {where}", ("sysctl", "value"), rows, kind="close", shown=True)]


def _value(value: str | None) -> h.Node:
    return "not in this kernel" if value is None else word(value)
