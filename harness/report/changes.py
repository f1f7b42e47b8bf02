"""What judging a run again has changed against its stored result, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.report.text import labelled, one_line
from harness.report.values import expected, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.result import Change, Changes

__all__ = ["changed"]

_QUIET = {"witnesses": "other witnesses", "evidence": "other evidence", "rule": "another rule"}
_CLAIM = {"says": "says otherwise", "differs": "another reason for what differs", "place": "another place"}


def changed(changes: Changes | None, notes: Sequence[str], width: int) -> str:
    """Paragraphs, each ended; what has changed, or that nothing has."""
    lines = [labelled("Note", one_line(note), width) for note in notes]
    if changes is not None and not changes:
        lines.append(labelled("Stored", "nothing has changed against the stored result", width))
    elif changes is not None:
        said = list(_said(changes))
        lines += [labelled("Changed" if number == 0 else "", text, width) for number, text in enumerate(said)]
    return "".join(line + "\n" for line in lines)


def _said(changes: Changes) -> Iterator[str]:
    for change in changes.run:
        if change.what in {"verdict", "reason"}:
            yield f"the run's {change.what} is {_or_none(change.after)}, was {_or_none(change.before)}"
        else:
            yield f"the run's {change.what} {'are' if change.what.endswith('s') else 'is'} otherwise"
    for name, found in changes.findings.items():
        yield one_line(f"{name}: {_listed(_finding(found))}")
    for reference, claims in changes.claims.items():
        for name, found in claims.items():
            yield one_line(f"{reference} of {name}: {_listed(_claim(found))}")


def _listed(texts: Iterable[str]) -> str:
    return "; ".join(texts)


def _finding(changes: Iterable[Change]) -> Iterator[str]:
    """Verdict first: it is what a reader looks for."""
    found = {change.what: change for change in changes}
    if "there" in found:
        yield "is new" if found["there"].after else "is no more"
        return
    if "verdict" in found:
        yield f"{_or_none(found['verdict'].after)}, was {_or_none(found['verdict'].before)}"
    if "taken" in found:
        yield f"is taken otherwise: {_fields(found['taken'].after)}, was {_fields(found['taken'].before)}"
    if "measured" in found:
        yield f"measured {_measured(found['measured'].after)}, was {_measured(found['measured'].before)}"
    if "expected" in found:
        yield f"expected {_expected(found['expected'].after)}, was {_expected(found['expected'].before)}"
    if "reason" in found and "verdict" not in found:
        yield f"because {_or_none(found['reason'].after)}, was {_or_none(found['reason'].before)}"
    for what, words in _QUIET.items():
        if what in found:
            yield words


def _claim(changes: Iterable[Change]) -> Iterator[str]:
    found = {change.what: change for change in changes}
    if "there" in found:
        yield "is new" if found["there"].after else "is no more"
    if "agrees" in found:
        yield f"{_agrees(found['agrees'].after)}, before: {_agrees(found['agrees'].before)}"
    if "claim" in found:
        yield f"claims {expected(found['claim'].after)}, was {expected(found['claim'].before)}"
    for what, words in _CLAIM.items():
        if what in found:
            yield words


def _agrees(value: bool | None) -> str:  # noqa: FBT001 (a claim's own value)
    return {True: "agrees", False: "does not agree", None: "not checked"}[value]


def _measured(value: Any) -> str:
    text = plain(value["value"]) + (f" {value['unit']}" if value["unit"] in {"s", "bytes"} else "")
    if value["spread"]:
        text += f" (from {plain(value['spread'][0])} to {plain(value['spread'][1])})"
    return text + (f" ×{value['members']}" if value["members"] else "")


def _expected(value: Any) -> str:
    return value["text"] or "nothing said"


def _fields(values: Any) -> str:
    return " ".join(f"{name} {_or_none(value)}" for name, value in values.items())


def _or_none(value: Any) -> str:
    return "none" if value is None else plain(value)
