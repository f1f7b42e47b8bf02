"""What is otherwise when a run is judged again: against the result that was stored, finding by finding."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from harness.result import Change, Changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.criteria import Criteria
    from harness.result import ClaimResult, FindingResult, RunResult

__all__ = ["find_changes"]

_RUN = ("verdict", "reason", "title", "hosts", "packets", "notes", "yours", "doubts")
_MEASURED = ("value", "spread", "members", "unit")
_FINDING = {
    "measured": _MEASURED,
    "expected": ("expected", "expected_text"),
    "verdict": ("verdict",),
    "reason": ("reason",),
    "rule": ("formula", "because"),
    "witnesses": ("witnesses",),
    "evidence": ("evidence",),
}
"""What of a finding can change, and the fields of its JSON that it stands in; the first one is shown."""
_CLAIM = ("says", "claim", "agrees", "differs", "place")


def find_changes(before: tuple[RunResult, Criteria], after: tuple[RunResult, Criteria]) -> Changes:
    """What has changed from one judgement of a run to the next; pure.

    Args:
        before: the stored result, with the criteria it rests on.
        after: the new one, with its own.
    """
    (old, _), (new, _) = before, after
    taken = [{spec.name: replace(spec, line=0) for spec in criteria.findings} for _, criteria in (before, after)]
    findings = {}
    for name in dict.fromkeys([*old.findings, *new.findings]):
        changes = tuple(_finding(old.findings.get(name), new.findings.get(name)))
        ours, theirs = (specs.get(name) for specs in taken)
        if ours and theirs and ours != theirs:
            changes = (Change("taken", *_otherwise(ours, theirs)), *changes)
        if changes:
            findings[name] = changes
    claims = {}
    for reference in dict.fromkeys([*old.claims, *new.claims]):
        changed = dict(_claims(old.claims.get(reference, {}), new.claims.get(reference, {})))
        if changed:
            claims[reference] = changed
    return Changes(tuple(_fields(old, new, _RUN)), findings, claims)


def _fields(old: Any, new: Any, names: Iterable[str]) -> Iterator[Change]:
    """The fields in which two of a kind differ, as JSON."""
    if old == new:
        return
    for name in names:
        before, after = _json(getattr(old, name)), _json(getattr(new, name))
        if before != after:
            yield Change(name, before, after)


def _json(value: Any) -> Any:
    """A value as a result file holds it: a list where there was a tuple, no objects."""
    return json.loads(json.dumps(value, default=asdict))


def _otherwise(ours: Any, theirs: Any) -> Iterator[dict[str, Any]]:
    """The fields in which two specifications differ, of each."""
    names = [name for name in ours.__slots__ if getattr(ours, name) != getattr(theirs, name)]
    for spec in (ours, theirs):
        yield {name: getattr(spec, name) for name in names}


def _finding(old: FindingResult | None, new: FindingResult | None) -> Iterator[Change]:
    if old is None or new is None:
        yield Change("there", old is not None, new is not None)
        return
    different = {change.what for change in _fields(old, new, chain.from_iterable(_FINDING.values()))}
    for what, names in _FINDING.items():
        if different & set(names):
            yield Change(what, *(_shown(what, names, each) for each in (old, new)))


def _shown(what: str, names: tuple[str, ...], finding: FindingResult) -> Any:
    if what == "expected":
        return {"expected": _json(finding.expected), "text": finding.expected_text}
    values = {name: _json(getattr(finding, name)) for name in names}
    return values if len(names) > 1 else values[names[0]]


def _claims(
    old: Mapping[str, ClaimResult], new: Mapping[str, ClaimResult]
) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """Claims of one reference: the same one is told by what it says of which finding, then by its name.

    Names are numbered ("connected (2)"), so a claim more in between changes those of the others.
    """
    for before, after in _pair(old, new):
        if before is None or after is None:
            yield after or before or "", (Change("there", before is not None, after is not None),)
            continue
        changes = tuple(_fields(old[before], new[after], _CLAIM))
        if changes:
            yield after, changes


def _pair(old: Mapping[str, ClaimResult], new: Mapping[str, ClaimResult]) -> list[tuple[str | None, str | None]]:
    left = dict.fromkeys(old)
    found: dict[str, str | None] = dict.fromkeys(new)
    for after in new:
        for before in left:
            if old[before].says == new[after].says and _about(before) == _about(after):
                found[after] = before
                del left[before]
                break
    for name in new:
        if found[name] is None and name in left:
            found[name] = name
            del left[name]
    return [*((before, after) for after, before in found.items()), *((before, None) for before in left)]


def _about(name: str) -> str:
    """The finding that a claim's name speaks of, or "uncheckable"."""
    return name.partition(" ")[0]
