"""What findings and expectations name: labels, hosts, counters, sysctls, models, other findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import nearest
from harness.spec.expectations import Bounds, Cases, FromModel, OneOf, SameAs
from harness.spec.explain import listed, mean, show
from harness.spec.findings import AcceptQueue, Calls, Counter, FindingEntry, HostSetting, Packets, Selected
from harness.spec.sysctls import READ_ONLY, SYSCTLS, fault
from harness.spec.words import COUNTERS, ERRNOS, FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.model.interface import Model
    from harness.spec.document import Node
    from harness.spec.files import HostEntry
    from harness.spec.groups import Group, Report

__all__ = ["Scene", "misfit", "models", "study_expectations", "study_findings", "study_sysctls"]

_NUMBERS = {"count", "seconds", "bytes", "peak", "limit"}


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


def models() -> Mapping[str, Model]:
    """The models there are; imported only when a file is read."""
    from harness.model import MODELS  # noqa: PLC0415 (listing experiments needs none of them)

    return MODELS


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
        below = node.get(name)
        if below is None:
            continue
        scene.host(below, "on", finding.get("on"))
        scene.host(below, "from", finding.get("from_"))
        if isinstance(finding, Selected):
            _selected(scene, finding, below)
        elif isinstance(finding, AcceptQueue):
            group = scene.label(below, "queue", finding.queue)
            if group is not None and "listen" not in group.verbs:
                scene.report(below, "queue", f"{finding.queue!r} does not listen")
        elif isinstance(finding, Counter) and finding.counter not in COUNTERS:
            scene.report(below, "counter", f"unknown counter {finding.counter!r}{mean(finding.counter, COUNTERS)}")
        elif isinstance(finding, HostSetting) and finding.setting not in SYSCTLS | READ_ONLY:
            scene.report(below, "setting", f"unknown sysctl {finding.setting!r}{mean(finding.setting, SYSCTLS)}")


def _selected(scene: Scene, finding: Selected, node: Node) -> None:
    group = scene.label(node, "of", finding.of)
    scene.label(node, "after", finding.after)
    scene.label(node, "before", finding.before)
    if isinstance(finding, Packets):
        _flags(scene, finding.packets, node)
    if isinstance(finding, Calls):
        if finding.take == "bytes" and finding.calls not in {"send", "recv"}:
            scene.report(node, "take", f"{finding.calls} moves no bytes; only send and recv do")
        if group is not None and finding.calls not in group.verbs:
            made = listed(dict.fromkeys(group.verbs))
            scene.report(node, "calls", f"{finding.of!r} has no {finding.calls} calls, only {made}")
    elif group is not None and finding.that is not None and not group.connects:
        scene.report(node, "that", f"'that' speaks of connect calls here, and {finding.of!r} has none")


def _flags(scene: Scene, text: str, node: Node) -> None:
    if text == "any":
        return
    for flag in text.split(","):
        if flag not in FLAGS:
            scene.report(node, "packets", f"unknown flag {flag!r}{mean(flag, ['any', *FLAGS])}")


def study_expectations(
    scene: Scene,
    expect: Mapping[str, Any],
    node: Node,
    takes: Mapping[str, str] | None,
    known: set[str],
) -> None:
    """Every expectation speaks of a finding, and of things that are there.

    Args:
        scene: what names mean.
        expect: the expectations that could be read.
        node: the file's ``expect``.
        takes: what each finding takes, where it could be read.
        known: every finding's name.
    """
    study = _Expectations(scene, takes or {}, known)
    for name, expectation in expect.items():
        if name not in known:
            scene.report(node, f"{name}:", f"no finding named {name!r}{mean(name, known)}")
        study.one(node, name, expectation)
    _circles(scene, expect, node)


class _Expectations:
    def __init__(self, scene: Scene, takes: Mapping[str, str], known: set[str]) -> None:
        self.scene = scene
        self.takes = takes
        self.known = known

    def one(self, node: Node, name: str, expectation: Any) -> None:
        below = node.get(name)
        if below is None:
            return
        if isinstance(expectation, SameAs):
            if expectation.same_as not in self.known:
                near = mean(expectation.same_as, self.known - {name})
                self.scene.report(below, "same_as", f"no finding named {expectation.same_as!r}{near}")
        elif isinstance(expectation, FromModel):
            self._model(expectation, below)
        elif isinstance(expectation, Cases):
            for case, item in zip(expectation.cases, _items(below.get("cases")), strict=False):
                self._plain(item, "expect", self.takes.get(name), case.expect)
        else:
            self._plain(node, name, self.takes.get(name), expectation)

    def _plain(self, node: Node, key: str, take: str | None, expectation: Any) -> None:
        """A literal, bounds or one of several; ``node`` holds it under ``key``."""
        below = node.get(key)
        if isinstance(expectation, Bounds):
            if take is not None and take not in _NUMBERS | {"value"}:
                self.scene.report(node, key, f"bounds need a number; this finding takes {take}")
            elif below is not None and expectation.at_least is None and expectation.at_most is None:
                self.scene.report(node, key, "bounds need at_least: or at_most:")
            return
        values = expectation.one_of if isinstance(expectation, OneOf) else [expectation]
        for value in values:
            wrong = misfit(take, value)
            if wrong:
                self.scene.report(node, key, wrong)

    def _model(self, expectation: FromModel, node: Node) -> None:
        known = models()
        model = known.get(expectation.model)
        if model is None:
            self.scene.report(
                node, "model", f"no model named {expectation.model!r}{mean(expectation.model, known)}"
            )
            return
        names = [argument.removesuffix("?") for argument in model.arguments]
        for argument in model.arguments:
            if not argument.endswith("?") and argument not in expectation.arguments:
                self._needs(node, model.name, argument)
        for key, value in expectation.arguments.items():
            if key not in names:
                message = f"model {model.name!r} has no argument {key!r}"
                self.scene.report(node, f"{key}:", message + mean(key, names))
            else:
                self._argument(node, key, value)

    def _needs(self, node: Node, model: str, argument: str) -> None:
        parameter = node.absent.get(argument)
        if parameter:
            self.scene.report(node, "", f"{argument!r} needs a value, and parameter {parameter!r} is null")
        elif parameter is None:
            self.scene.report(node, "", f"missing key {argument!r}: model {model!r} needs it")

    def _argument(self, node: Node, key: str, value: Any) -> None:
        below = node.get(key)
        if isinstance(value, dict | list):
            self.scene.report(node, key, f"{key!r} must be a single value, not {show(value)}")
        elif key == "of":
            self.scene.label(node, key, str(value))
        elif isinstance(value, str) and below is not None and below.parameter is None:
            words = [*self.known, *self.scene.groups]
            if value not in words:
                self.scene.report(node, key, f"{value!r} is neither a label nor a finding{mean(value, words)}")


def _items(node: Node | None) -> list[Node]:
    return node.value if node is not None and isinstance(node.value, list) else []


def _circles(scene: Scene, expect: Mapping[str, Any], node: Node) -> None:
    for name in expect:
        chain = [name]
        while isinstance(step := expect.get(chain[-1]), SameAs) and step.same_as not in chain:
            chain.append(step.same_as)
        below = node.get(name)
        if isinstance(step, SameAs) and step.same_as == name and below is not None:
            circle = " -> ".join([*chain, name])
            scene.report(below, "same_as", f"same_as goes round in a circle: {circle}")


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_FITS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "count": ("a whole number", _whole),
    "bytes": ("a whole number", _whole),
    "peak": ("a whole number", _whole),
    "limit": ("a whole number", _whole),
    "seconds": ("a number of seconds", _number),
    "times": ("a list of seconds", lambda value: isinstance(value, list) and all(map(_number, value))),
    "sequence": (
        "a list of words",
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    ),
}


def misfit(take: str | None, value: Any) -> str | None:
    """Why a literal can never equal what a finding takes; None where it can (null: nothing there)."""
    if not take or value is None:
        return None
    if take == "errno":
        near = nearest(str(value), ERRNOS)
        hint = f"; did you mean {near!r}?" if near else ""
        return None if value in ERRNOS else f"{show(value)} is not the name of an error such as ECONNREFUSED{hint}"
    if take == "value":
        return None if not isinstance(value, list) else "a setting is a single value, not a list"
    words, fits = _FITS[take]
    return None if fits(value) else f"this finding takes {take}: {words}, not {show(value)}"
