"""Reference files: what others say, and the claims of theirs that speak of one experiment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.criteria import ClaimSpec, ExpectationSpec, When
from harness.errors import HarnessError, SpecError
from harness.spec import catalogue
from harness.spec.document import read
from harness.spec.expectations import Bounds, OneOf
from harness.spec.expected import misfit
from harness.spec.explain import mean
from harness.spec.files import ReferenceFile
from harness.spec.study import Notes, read_as

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from harness.errors import Mistake
    from harness.spec.document import Node
    from harness.spec.files import ClaimEntry

__all__ = ["check_reference", "claims_about", "load_reference"]


def load_reference(path_or_name: str) -> ReferenceFile:
    """The reference of that name, or in that file.

    Raises:
        UnknownName: there is no such reference.
        UsageError: the file cannot be read.
        SpecError: the file has mistakes; all of them.
    """
    path = catalogue.find("references", path_or_name)
    return _read(path)[0]


def _read(path: Path) -> tuple[ReferenceFile, Node]:
    root = read(path)
    file, mistakes = _study(path, root)
    if file is None or mistakes:
        raise SpecError(mistakes)
    return file, root


def _study(path: Path, root: Node) -> tuple[ReferenceFile | None, list[Mistake]]:
    notes = Notes(str(path))
    file, _ = read_as(ReferenceFile, root, notes)
    if file is not None:
        for claim, node in zip(file.claims, _items(root), strict=True):
            _ways(claim, node, notes)
    return file, notes.mistakes()


def _items(root: Node) -> list[Node]:
    section = root.get("claims")
    return section.value if section is not None and isinstance(section.value, list) else []


def _ways(claim: ClaimEntry, node: Node, notes: Notes) -> None:
    """A claim gives its value in exactly one way, or the reason why it cannot be checked."""
    given = set(claim.given())
    bounds = given & {"at_least", "at_most"}
    if len(given - bounds) + bool(bounds) != 1:
        notes.at(node.place, "a claim gives one of claim:, at_least: and at_most:, one_of: or uncheckable:")
    elif "uncheckable" in given and claim.finding is not None:
        notes.report(node, "finding:", "a claim with a finding is checkable; leave out uncheckable: or finding:")
    elif "uncheckable" not in given and claim.finding is None:
        notes.at(node.place, "missing key 'finding' (or uncheckable: with the reason)")


def check_reference(path: Path, root: Node) -> list[Mistake]:
    """Every mistake in a reference file, unknown experiments and findings included."""
    file, mistakes = _study(path, root)
    if file is None:
        return mistakes
    notes = Notes(str(path))
    outlines: dict[str, _Outline | None] = {}
    for claim, node in zip(file.claims, _items(root), strict=True):
        known = catalogue.names("experiments")
        if claim.experiment not in known:
            message = f"no experiment named {claim.experiment!r}{mean(claim.experiment, known)}"
            notes.report(node, "experiment", message)
            continue
        if claim.experiment not in outlines:
            outlines[claim.experiment] = _outline(claim.experiment)
        outline = outlines[claim.experiment]
        if outline is not None:
            _fits(claim, outline, node, notes)
    return [*mistakes, *notes.mistakes()]


@dataclass(frozen=True, slots=True)
class _Outline:
    """What of an experiment a claim may name: its findings, with what each takes, and its parameters."""

    takes: Mapping[str, str]
    parameters: Collection[str]


def _outline(experiment: str) -> _Outline | None:
    """An experiment's outline; None where its own file is broken."""
    try:
        root = read(catalogue.find("experiments", experiment))
    except HarnessError:
        return None
    findings, parameters = root.get("findings"), root.get("parameters")
    takes = {}
    for name, node in findings.items().items() if findings else ():
        take = node.get("take")
        takes[name] = str(take.value) if take else ""
    return _Outline(takes, list(parameters.items()) if parameters else [])


def _fits(claim: ClaimEntry, outline: _Outline, node: Node, notes: Notes) -> None:
    """The claim names a finding and parameters that are there, and a value that the finding can have."""
    below = node.get("parameters")
    for name in claim.parameters:
        if name not in outline.parameters and below is not None:
            message = f"experiment {claim.experiment!r} has no parameter {name!r}"
            notes.report(below, f"{name}:", message + mean(name, outline.parameters))
    if claim.finding is None:
        return
    if claim.finding not in outline.takes:
        message = f"experiment {claim.experiment!r} has no finding {claim.finding!r}"
        notes.report(node, "finding", message + mean(claim.finding, outline.takes))
        return
    values = claim.one_of if claim.one_of is not None else [claim.claim]
    key = "one_of" if claim.one_of is not None else "claim"
    for value in values:
        wrong = misfit(outline.takes[claim.finding], value)
        if wrong:
            notes.report(node, key, wrong)


def claims_about(experiment: str, findings: Collection[str]) -> tuple[ClaimSpec, ...]:
    """What every reference says of an experiment; claims about findings it does not have are left out.

    Raises:
        SpecError: a reference file has mistakes.
    """
    claims: list[ClaimSpec] = []
    for name in catalogue.names("references"):
        file, root = _read(catalogue.find("references", name))
        for claim, node in zip(file.claims, _items(root), strict=True):
            if claim.experiment == experiment and (claim.finding is None or claim.finding in findings):
                claims.append(_claim(file.reference, claim, node.place.line))
    return tuple(claims)


def _claim(reference: str, claim: ClaimEntry, line: int) -> ClaimSpec:
    return ClaimSpec(
        reference=reference,
        finding=claim.finding,
        says=claim.says,
        expectation=_expectation(claim.given(), line),
        place=claim.place,
        differs=claim.differs,
        when=When(claim.when.stack, claim.when.kernel) if claim.when else None,
        uncheckable=claim.uncheckable,
        parameters=dict(claim.parameters),
    )


def _expectation(given: dict[str, Any], line: int) -> ExpectationSpec | None:
    if "claim" in given:
        return ExpectationSpec("literal", given["claim"], line=line)
    if "one_of" in given:
        return ExpectationSpec(OneOf.word, list(given["one_of"]), line=line)
    if "uncheckable" in given:
        return None
    return ExpectationSpec(Bounds.word, given, line=line)
