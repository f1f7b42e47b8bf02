"""Why kernels differ: splits between kernels, the settings suspected of one, and what trials say of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.judge.suspects import Suspect
    from harness.result import RunResult

__all__ = ["Cause", "Split", "Trial", "Word"]


class Word(StrEnum):
    """What can be said of a cause."""

    CONFIRMED = "confirmed"
    """With the setting the newer kernel does what the older one does."""
    NOT_CONFIRMED = "not confirmed"
    """With every suspected setting it still does not."""
    UNKNOWN = "unknown"
    """Trials were run, and tell nothing: they could not be run, or their findings are in doubt."""
    NOT_TRIED = "not tried"
    """There are suspects, and no trial was run."""
    NO_SUSPECT = "no suspect"
    """No setting that a model reads differs."""


@dataclass(frozen=True, slots=True)
class Split:
    """Kernels, as numbers of a comparison's columns, between which findings differ; each side is alike."""

    older: tuple[int, ...]
    newer: tuple[int, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A column's run once more, with one setting or several as the older kernel has them.

    Attributes:
        column: the column, by number.
        names: the suspects that were set.
        sysctls: what was set, by host and name.
        result: what became of it; its ``folder`` is kept like any other.
        same: by finding, whether it is now as on the older kernels; None where nobody can tell.
    """

    column: int
    names: tuple[str, ...]
    sysctls: Mapping[str, Mapping[str, str]]
    result: RunResult
    same: Mapping[str, bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cause:
    """What is known about the cause of a split.

    Attributes:
        split: the kernels, and those of its findings of which the same can be said.
        word: what can be said.
        suspects: the settings that the models of its findings read and that differ.
        by: the suspects that proved to be the cause, each alone or, where ``together``, only all at once.
        together: see ``by``.
        reason: why nothing was tried, or what else is known.
        trials: the runs that were made.
    """

    split: Split
    word: Word
    suspects: tuple[Suspect, ...] = ()
    by: tuple[str, ...] = ()
    together: bool = False
    reason: str | None = None
    trials: tuple[Trial, ...] = ()
