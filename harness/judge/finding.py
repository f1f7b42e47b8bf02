"""Findings and witnesses, before anything is expected of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.evidence.doubts import Doubt
    from harness.result import EvidenceItem

__all__ = ["Finding", "Rest", "Witness", "doubts_about", "spread"]

Rest = tuple[str, str]
"""What a value rests on: a host, and a kind of evidence on it."""


@dataclass(frozen=True, slots=True)
class Witness:
    """An independent source for a finding's fact.

    Attributes:
        name: ``calls``, ``packets``, ``socket table``, ``TCP_INFO`` or ``counters``; with ``on HOST`` where it
            is the same kind of source at the other end.
        value: what it says, to be shown.
        agrees: whether that is what the finding says.
        rests: what it rests on; a doubtful witness is not heard.
    """

    name: str
    value: Any
    agrees: bool
    rests: frozenset[Rest] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One measured quantity.

    Attributes:
        name: as the experiment names it.
        unit: ``connections``, ``s``, ``errno`` ...; "" where there is none.
        values: one of each member of a group, or the only one; () where the selection is empty.
        grouped: whether there is a value for each member.
        source: the witness that the values come from.
        rests: what they rest on.
        evidence: where they can be looked up.
        cannot: why the host cannot show this, or None.
        witnesses: the other sources for the same fact.
        detail: what is said of a value that is not as expected, or None.
    """

    name: str
    unit: str
    values: tuple[Any, ...]
    source: str
    grouped: bool = False
    rests: frozenset[Rest] = frozenset()
    evidence: tuple[EvidenceItem, ...] = ()
    cannot: str | None = None
    witnesses: tuple[Witness, ...] = field(default=())
    detail: str | None = None

    @property
    def value(self) -> Any:
        """The first member's value; None where the selection is empty."""
        return self.values[0] if self.values else None

    def with_witnesses(self, witnesses: Iterable[Witness], doubts: Iterable[Doubt]) -> Finding:
        """The finding with those witnesses that no doubt touches."""
        doubts = tuple(doubts)
        heard = tuple(witness for witness in witnesses if not doubts_about(witness.rests, doubts))
        return replace(self, witnesses=heard)

    @property
    def disagreement(self) -> str | None:
        """What the witnesses say where one of them says something else, or None."""
        if all(witness.agrees for witness in self.witnesses):
            return None
        said = [f"{self.source}: {_shown(self.value)}"]
        said += [f"{witness.name}: {_shown(witness.value)}" for witness in self.witnesses]
        return f"the witnesses disagree ({'; '.join(said)})"


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)


def doubts_about(rests: Iterable[Rest], doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """The doubts that touch what a value rests on."""
    rests = tuple(rests)
    return tuple(doubt for doubt in doubts if any(doubt.touches(host, kind) for host, kind in rests))


def spread(values: tuple[Any, ...]) -> list[Any] | None:
    """The least and the most over a group; None for a single value, or for values that have no order."""
    if len(values) < 2:
        return None
    if all(isinstance(value, list) for value in values):
        if len({len(value) for value in values}) > 1:
            return [min(values, key=len), max(values, key=len)]
        members = list(zip(*values, strict=True))
        try:
            return [[min(each) for each in members], [max(each) for each in members]]
        except TypeError:
            return None
    try:
        return [min(values), max(values)]
    except TypeError:
        return None
