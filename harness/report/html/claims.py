"""What the references say of a run's findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import htpy as h

from harness.report.html.parts import cells, prose, stacked, word
from harness.report.values import expected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.result import ClaimResult, RunResult

__all__ = ["claims", "holds"]

_WORDS = {True: ("✓", "holds", "pass"), False: ("≠", "differs", "differs"), None: ("–", "not checked", "skip")}


def holds(agrees: bool | None) -> h.Element:  # noqa: FBT001 (three answers, not a switch)
    """Whether a claim holds here: sign, word, colour."""
    sign, told, kind = _WORDS[agrees]
    return h.span(f".verdict.{kind}")[h.span(".sign", aria_hidden="true")[sign], told]


def claims(run: RunResult) -> h.Node:
    """A table, the rows of each reference together, the article's first."""
    found = sorted(run.claims.items(), key=lambda item: not item[0].startswith("article"))
    if not found:
        return None
    groups = (_group(run, reference, said) for reference, said in found)
    return stacked("What references say, and whether it holds here", _HEADS, groups, kind="claims")


_HEADS = ("says", "claimed", "here", "where it differs")


def _group(run: RunResult, reference: str, said: Mapping[str, ClaimResult]) -> Iterator[h.Element]:
    yield h.tr(".group", role="row")[
        h.th(scope="rowgroup", role="rowheader", colspan=str(len(_HEADS)))[word(reference)]
    ]
    for name, claim in said.items():
        finding = run.findings.get(name.partition(" (")[0])
        value = expected(claim.claim, finding.unit) if finding else "–"
        rest = (word(value), holds(claim.agrees), prose(claim.differs or "") if claim.agrees is False else "")
        first = [prose(claim.says), h.span(".place")[word(claim.place)]]
        yield h.tr(role="row")[cells(_HEADS, first, rest)]
