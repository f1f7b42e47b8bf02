"""What findings and hosts name: labels, hosts, counters, sysctls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.spec.explain import listed, mean, show
from harness.spec.findings import AcceptQueue, Calls, Counter, FindingEntry, HostSetting, Packets, States, Windowed
from harness.spec.sysctls import READ_ONLY, SYSCTLS, fault
from harness.spec.words import COUNTERS, FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.spec.document import Node
    from harness.spec.files import HostEntry
    from harness.spec.groups import Group, Report

__all__ = ["Scene", "study_findings", "study_sysctls"]


class Scene:
    """What the names of a file may mean: hosts and groups, and what could not be read (None)."""

    def __init__(self, hosts: Mapping[str, Any] | None, groups: Mapping[str, Group], report: Report) -> None:
        self.hosts = hosts
        self.groups = groups
        self.report = report

    def host(self, node: Node, key: str, name: str | None) -> None:
        """The name is a host's."""
        if name is not None and self.hosts is not None and name not in self.hosts:
            self.report(node, key, f"unknown host {name!r}{mean(name, self.hosts)}")

    def label(self, node: Node, key: str, name: str | None) -> Group | None:
        """The name is a label; the group, where it is known well enough to say more."""
        if name is None:
            return None
        group = self.groups.get(name)
        if group is None:
            self.report(node, key, f"unknown label {name!r}{mean(name, self.groups)}")
            return None
        return group if group.sure else None


def study_sysctls(host: HostEntry | None, node: Node, report: Report) -> None:
    """A host's sysctls are on the list, with values of their kind."""
    for name, value in host.sysctls.items() if host else ():
        below = node.get("sysctls")
        if below is None:
            return
        if name not in SYSCTLS:
            report(below, f"{name}:", f"unknown sysctl {name!r}{mean(name, SYSCTLS)}")
        elif value is not None and (wrong := fault(name, value)):
            report(below, name, f"{wrong}, not {show(value)}")


def study_findings(scene: Scene, findings: Mapping[str, FindingEntry], node: Node) -> None:
    """Every finding speaks of things that are there."""
    for name, finding in findings.items():
        below = node.items()[name]
        scene.host(below, "on", finding.get("on"))
        scene.host(below, "from", finding.get("from_"))
        if isinstance(finding, Windowed):
            scene.label(below, "after", finding.after)
            scene.label(below, "before", finding.before)
        _SOURCES[type(finding)](scene, finding, below)


def _calls(scene: Scene, finding: Calls, node: Node) -> None:
    group = scene.label(node, "of", finding.of)
    if finding.take == "bytes" and finding.calls not in {"send", "recv"}:
        scene.report(node, "take", f"{finding.calls} moves no bytes; only send and recv do")
    if finding.take == "value" and finding.calls != "recv":
        scene.report(node, "take", f"{finding.calls} gives no text; only recv does")
    if group is not None and finding.calls not in group.verbs | group.called:
        made = listed(sorted(group.verbs | group.called))
        scene.report(node, "calls", f"{finding.of!r} has no {finding.calls} calls, only {made}")


def _connections(scene: Scene, finding: Packets | States, node: Node) -> None:
    if isinstance(finding, Packets):
        _flags(scene, finding.packets, node)
    group = scene.label(node, "of", finding.of)
    if group is not None and group.on is not None:
        scene.report(node, "of", f"{group.label!r} names calls; the sockets are {group.on!r}")
    elif finding.that is not None and finding.of is None:
        scene.report(node, "that", "'that' needs of: a label with connect calls")
    elif finding.that is not None and group is not None and "connect" not in group.verbs:
        scene.report(node, "that", f"'that' speaks of connect calls here, and {finding.of!r} has none")


def _queue(scene: Scene, finding: AcceptQueue, node: Node) -> None:
    group = scene.label(node, "queue", finding.queue)
    if group is not None and "listen" not in group.verbs:
        scene.report(node, "queue", f"{finding.queue!r} does not listen")


def _counter(scene: Scene, finding: Counter, node: Node) -> None:
    if finding.counter not in COUNTERS:
        scene.report(node, "counter", f"unknown counter {finding.counter!r}{mean(finding.counter, COUNTERS)}")


def _setting(scene: Scene, finding: HostSetting, node: Node) -> None:
    if finding.setting not in SYSCTLS | READ_ONLY:
        known = SYSCTLS | READ_ONLY
        scene.report(node, "setting", f"unknown sysctl {finding.setting!r}{mean(finding.setting, known)}")


_SOURCES: dict[type[FindingEntry], Callable[[Scene, Any, Node], None]] = {
    Calls: _calls,
    Packets: _connections,
    States: _connections,
    AcceptQueue: _queue,
    Counter: _counter,
    HostSetting: _setting,
}


def _flags(scene: Scene, text: str, node: Node) -> None:
    if text == "any":
        return
    for flag in text.split(","):
        if flag not in FLAGS:
            scene.report(node, "packets", f"unknown flag {flag!r}{mean(flag, ['any', *FLAGS])}")
