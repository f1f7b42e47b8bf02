"""An experiment file with its parameters fixed, checked whole: shape first, then what its names mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from harness.errors import Mistake
from harness.spec.expected import study_expectations
from harness.spec.explain import explain
from harness.spec.files import ExperimentFile, Modes
from harness.spec.groups import Entry, study_steps
from harness.spec.meaning import Scene, study_findings, study_sysctls
from harness.spec.parameters import fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

    from harness.spec.document import Node, Place, Scalar
    from harness.spec.fields import Strict

__all__ = ["Notes", "Studied", "read_as", "study"]

_WHOLE = {"hosts", "steps", "findings"}
"""Sections without which names mean nothing."""
_STAND_INS: dict[str, Any] = {
    "experiment": "unread", "title": "unread", "question": "unread", "explanation": "", "article": None,
    "parameters": {}, "limit": 1.0, "expect": {}, "yours": [],
}  # fmt: skip


class Notes:
    """Mistakes of one file, each said once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: dict[tuple[int, int, str], Mistake] = {}

    def at(self, place: Place, message: str) -> None:
        """Note a mistake at a place."""
        mistake = Mistake(self.file, place.line, place.column, message)
        self.found.setdefault((place.line, place.column, message), mistake)

    def report(self, node: Node, key: str, message: str) -> None:
        """Note a mistake in a mapping: at ``key``'s value, at the key itself (``key:``), or at its start."""
        below = node.get(key)
        if key.endswith(":") and key[:-1] in node.keys:
            self.at(node.keys[key[:-1]], message)
        elif below is None:
            self.at(node.place, message)
        else:
            self.at(below.place, message + (f" (parameter {below.parameter!r})" if below.parameter else ""))

    def mistakes(self) -> list[Mistake]:
        """All of them, in order."""
        return [self.found[key] for key in sorted(self.found)]


@dataclass(frozen=True, slots=True)
class Studied:
    """An experiment file read with one set of parameters.

    Attributes:
        file: the typed file, complete only where ``mistakes`` is empty; None where too little could be read.
        entries: its steps with their places.
        root: the nodes, parameters filled in.
    """

    file: ExperimentFile | None
    entries: tuple[Entry, ...]
    root: Node
    mistakes: list[Mistake]


def read_as(model: type[Strict], root: Node, notes: Notes) -> tuple[Any, list[ErrorDetails]]:
    """The nodes as a typed file, or None; mistakes of shape go to ``notes``."""
    try:
        return model.model_validate(root.plain()), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
    for item in errors:
        explained = explain(item, root, model)
        if explained is not None:
            notes.at(*explained)
    return None, errors


def study(root: Node, given: Mapping[str, Scalar], file: str) -> Studied:
    """Read an experiment's nodes with these parameters and note every mistake."""
    notes = Notes(file)
    filled = fill(root, given)
    for place, message in filled.unknown:
        notes.at(place, message)
    typed, errors = read_as(ExperimentFile, filled.root, notes)
    bad = {_entry(error) for error in errors}
    if typed is None:
        typed = _pruned(filled.root.plain(), bad)
    if typed is None:
        return Studied(None, (), filled.root, notes.mistakes())
    _parameters(filled.root, filled.used, typed, notes)
    entries = _entries(filled.root, typed, {key for section, key in bad if section == "steps"})
    _names(filled.root, typed, entries, bad, notes)
    return Studied(typed, entries, filled.root, notes.mistakes())


def _entry(error: ErrorDetails) -> tuple[str, Any]:
    """The section and the entry in it that an error spoils; the entry None where it is the section itself."""
    loc = error["loc"]
    if not loc:
        return "steps", None
    return str(loc[0]), loc[1] if len(loc) > 1 and loc[0] != "limit" else None


def _pruned(data: Any, bad: set[tuple[str, Any]]) -> ExperimentFile | None:
    """The file without its bad entries, so that the rest can be checked too."""
    if not isinstance(data, dict) or any(key is None and section in _WHOLE for section, key in bad):
        return None
    for section, key in sorted(bad, key=lambda item: (item[0], -item[1] if isinstance(item[1], int) else 0)):
        if key is None and section not in _STAND_INS:
            data.pop(section, None)
        elif key is None or section == "yours":
            data[section] = _STAND_INS[section]
        elif isinstance(data.get(section), dict | list):
            _without(data, section, key)
    try:
        return ExperimentFile.model_validate(data)
    except ValidationError:
        return None


def _without(data: dict[str, Any], section: str, key: Any) -> None:
    if section == "hosts" and not isinstance(data[section].get(key), dict):
        data[section][key] = None
    elif section == "hosts":
        data[section][key] = {}
    else:
        del data[section][key]


def _entries(root: Node, typed: ExperimentFile, bad: set[Any]) -> tuple[Entry, ...]:
    section = root.get("steps")
    nodes = section.value if section is not None and isinstance(section.value, list) else []
    good = [node for index, node in enumerate(nodes) if index not in bad]
    entries = []
    for whole, step in zip(good, typed.steps, strict=True):
        ((host, verb),) = step.items()
        entries.append(Entry(host, verb, whole.items()[host], whole))
    return tuple(entries)


def _parameters(root: Node, used: set[str], typed: ExperimentFile, notes: Notes) -> None:
    section = root.get("parameters")
    for name, place in section.keys.items() if section else ():
        if name not in used:
            notes.at(place, f"parameter {name!r} is used nowhere; ${name} stands for it in a step or a sysctl")
    for name, parameter in typed.parameters.items():
        if section and isinstance(parameter, Modes) and not parameter.model_fields_set:
            notes.report(section, name, "a parameter says quick:, full: or both")


def _names(
    root: Node, typed: ExperimentFile, entries: tuple[Entry, ...], bad: set[tuple[str, Any]], notes: Notes
) -> None:
    hosts, findings = root.get("hosts"), root.get("findings")
    if hosts is None or findings is None:
        return
    for section in ("hosts", "steps", "findings"):
        node = root.get(section)
        if node is not None and not node.value:
            notes.at(node.place, f"{section} must hold at least one")
    for name, host in typed.hosts.items():
        study_sysctls(host, hosts.items()[name], notes.report)
    groups = study_steps(entries, dict.fromkeys(hosts.items(), True), _unsure(root, bad), notes.report)
    scene = Scene(hosts.items(), groups, notes.report)
    study_findings(scene, typed.findings, findings)
    expect = root.get("expect")
    if expect is not None:
        takes = {name: finding.take for name, finding in typed.findings.items()}
        study_expectations(scene, typed.expect, expect, takes, list(findings.items()))


def _unsure(root: Node, bad: set[tuple[str, Any]]) -> set[str]:
    """Every word of a step that could not be read may be the label it makes."""
    section = root.get("steps")
    nodes = section.value if section is not None and isinstance(section.value, list) else []
    words: set[str] = set()
    for name, index in bad:
        if name == "steps" and isinstance(index, int) and index < len(nodes):
            for verb in nodes[index].items().values():
                words |= {node.value for node in verb.items().values() if isinstance(node.value, str)}
    return words
