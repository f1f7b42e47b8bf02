"""Labels: which step makes a group, on which host, and whether each later step may use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.spec.explain import mean
from harness.spec.steps import Accept, Bind, Connect, Listen, Send, Verb, Wait
from harness.spec.words import MAKERS, WAIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.spec.document import Node
    from harness.spec.steps import Step

    Report = Callable[[Node, str, str], None]
    """Called with a mapping, the key in it that is wrong (its value's place is taken), and what is wrong."""

__all__ = ["Entry", "Group", "study_steps"]

_CHAINS = {"bind": {"socket", "bind"}, "listen": {"socket", "bind", "listen"}}
"""Verbs that go on with a socket made before, and the last verbs it may have seen."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One step with its node: ``node`` is the verb's mapping, ``whole`` the step's."""

    host: str
    step: Step
    node: Node
    whole: Node

    @property
    def line(self) -> int:
        """The step's line."""
        return self.whole.place.line


@dataclass(slots=True)
class Group:
    """What a label names.

    Attributes:
        label: the label.
        host: the host of the first step that has it.
        line: that step's line.
        first: that step's verb.
        verbs: the verbs of the steps that make it.
        called: the verbs of steps that use its sockets, under this label or one of their own.
        on: where it names calls, the label of their sockets.
        port: the port its socket is bound to, where the file says so.
        closed: the line of the step that closes its sockets; 0: none so far.
        sure: False where its step could not be read, and nothing more can be said.
    """

    label: str
    host: str
    line: int
    first: str
    verbs: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    on: str | None = None
    port: int | None = None
    closed: int = 0
    sure: bool = True


def study_steps(
    entries: Sequence[Entry], hosts: Mapping[str, bool] | None, unsure: set[str], report: Report
) -> dict[str, Group]:
    """Check every step's labels and hosts, and give the groups.

    Args:
        entries: the steps that could be read, in order.
        hosts: the hosts; None where they could not be read.
        unsure: labels of steps that could not be read.
        report: takes the mistakes.
    """
    groups = {label: Group(label, "", 0, "", sure=False) for label in unsure}
    later = {entry.step.label: entry.line for entry in reversed(entries) if isinstance(entry.step, Verb)}
    work = _Steps(groups, later, hosts, report)
    for entry in entries:
        work.study(entry)
    return groups


class _Steps:
    def __init__(
        self,
        groups: dict[str, Group],
        later: Mapping[str, int],
        hosts: Mapping[str, bool] | None,
        report: Report,
    ) -> None:
        self.groups = groups
        self.later = later
        self.hosts = hosts
        self.report = report

    def study(self, entry: Entry) -> None:
        step = entry.step
        if isinstance(step, Wait):
            self._wait(entry, step)
            return
        if not isinstance(step, Verb):
            return
        if entry.host == WAIT:
            self.report(entry.node, step.word, "a wait says until: or for:; a verb stands under its host")
            return
        if self.hosts is not None and entry.host not in self.hosts:
            self.report(
                entry.whole, f"{entry.host}:", f"unknown host {entry.host!r}{mean(entry.host, self.hosts)}"
            )
        if self.hosts is not None and step.label in self.hosts:
            self.report(entry.node, step.word, f"{step.label!r} is a host's name; a label needs another")
        if step.word in MAKERS:
            self._make(entry, step)
        else:
            self._use(entry, step)

    def _wait(self, entry: Entry, step: Wait) -> None:
        if entry.host != WAIT:
            self.report(entry.whole, f"{entry.host}:", "a wait has no host; write wait: here")
        if (step.until is None) == (step.for_ is None):
            self.report(entry.node, "", "a wait says either until: or for:")
        elif step.until and step.of is None:
            self.report(entry.node, "", "missing key 'of': the label whose calls are waited for")
        elif step.for_ and step.of:
            self.report(entry.node, "of", "'of' goes with until:")
        if step.of is not None:
            self._known(entry, "of", step.of)

    def _make(self, entry: Entry, step: Verb) -> None:
        group = self.groups.get(step.label)
        if group is None:
            group = self.groups[step.label] = Group(step.label, entry.host, entry.line, step.word)
        elif group.sure:
            self._again(entry, step, group)
        group.verbs.add(step.word)
        if isinstance(step, Bind | Listen):
            group.port = step.port or group.port
        if isinstance(step, Connect):
            self._connect(entry, step)
        if isinstance(step, Accept):
            self._accept(entry, step)

    def _again(self, entry: Entry, step: Verb, group: Group) -> None:
        where = f"in line {group.line}"
        if group.on is not None or not group.verbs <= _CHAINS.get(step.word, set()):
            made = f"label {step.label!r} is already made by {group.first} {where}"
            self.report(entry.node, step.word, f"{made}; labels are unique")
        elif group.host != entry.host:
            self.report(entry.node, step.word, f"{step.label!r} is a socket of host {group.host!r} ({where})")
        elif group.closed:
            self.report(entry.node, step.word, f"{step.label!r} is closed in line {group.closed}")

    def _connect(self, entry: Entry, step: Connect) -> None:
        if self.hosts is not None and step.to in self.hosts:
            if step.port is None:
                self.report(entry.node, "", f"missing key 'port': {step.to!r} is a host's name")
            elif step.port == 0:
                self.report(entry.node, "port", "'port' must be a whole number from 1 to 65535, not 0")
            return
        known = [*self.groups, *(self.hosts or ())]
        target = self._known(entry, "to", step.to, known, "label or host")
        if target is None or not target.sure:
            return
        if step.port is not None:
            self.report(entry.node, "port", f"'port' goes with a host's name; {step.to!r} is a label")
        if target.port is None:
            self.report(entry.node, "to", f"the file gives {step.to!r} no port; name its host and a port instead")
        elif target.host == entry.host:
            self.report(entry.node, "to", f"{step.to!r} is on the same host; connect goes to another one")

    def _accept(self, entry: Entry, step: Accept) -> None:
        listener = self._known(entry, "from", step.from_)
        if listener is None or not listener.sure:
            return
        if "listen" not in listener.verbs:
            self.report(entry.node, "from", f"{step.from_!r} does not listen")
        else:
            self._open(entry, "from", listener)

    def _use(self, entry: Entry, step: Verb) -> None:
        on = getattr(step, "on", None)
        if isinstance(step, Send) and (step.data is None) == (step.size is None):
            self.report(entry.node, "", "a send says either data: or size:")
        key = "on" if on else step.word
        group = self._known(entry, key, step.sockets)
        if on is not None:
            self._calls(entry, step, on)
        if group is None or not group.sure:
            return
        if group.on is not None:
            self.report(entry.node, key, f"{group.label!r} names calls; the sockets are {group.on!r}")
            return
        self._open(entry, key, group)
        group.called.add(step.word)
        if step.word in {"close", "kill"}:
            group.closed = entry.line

    def _calls(self, entry: Entry, step: Verb, on: str) -> None:
        made = self.groups.get(step.label)
        if made is None:
            self.groups[step.label] = Group(step.label, entry.host, entry.line, step.word, {step.word}, on=on)
        elif made.sure:
            message = f"label {step.label!r} is already made by {made.first} in line {made.line}"
            self.report(entry.node, step.word, f"{message}; labels are unique")

    def _open(self, entry: Entry, key: str, group: Group) -> None:
        if group.host != entry.host:
            self.report(entry.node, key, f"{group.label!r} is on host {group.host!r}, not {entry.host!r}")
        elif group.closed:
            self.report(entry.node, key, f"{group.label!r} is closed in line {group.closed}")

    def _known(
        self, entry: Entry, key: str, label: str, known: Sequence[str] | None = None, what: str = "label"
    ) -> Group | None:
        group = self.groups.get(label)
        if group is not None:
            return group
        line = self.later.get(label)
        if line is not None and line > entry.line:
            self.report(entry.node, key, f"label {label!r} is made only later, in line {line}")
        else:
            self.report(entry.node, key, f"unknown {what} {label!r}{mean(label, known or list(self.groups))}")
        return None
