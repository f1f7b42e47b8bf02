"""Between which kernels findings differ, and which settings may be why."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from harness.judge.suspects import suspects
from harness.model.kernel import release
from harness.session.cause import Split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.judge.suspects import Suspect
    from harness.session.compare import Comparison, Difference

__all__ = ["model_of", "splits", "suspects_of"]


def splits(comparison: Comparison) -> list[Split]:
    """The splits of a comparison, each with all the findings that differ between the same kernels.

    Only Linux is looked at, the older kernels first. Columns that share a kernel are none, and neither are runs
    that were not asked alike.
    """
    found: dict[tuple[tuple[int, ...], tuple[int, ...]], list[str]] = {}
    for finding in () if comparison.settings else comparison.findings:
        for sides in _sides(comparison, finding):
            found.setdefault(sides, []).append(finding.name)
    return [Split(older, newer, tuple(names)) for (older, newer), names in found.items()]


def _sides(comparison: Comparison, finding: Difference) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    groups = [_by_age(comparison, group) for group in finding.groups]
    groups = sorted((group for group in groups if group), key=lambda group: _release(comparison, group[0]))
    for older, newer in pairwise(groups):
        kernels = [{comparison.columns[number].kernels for number in side} for side in (older, newer)]
        if not kernels[0] & kernels[1]:
            yield older, newer


def _by_age(comparison: Comparison, group: Sequence[int]) -> tuple[int, ...]:
    linux = [number for number in group if _is_linux(comparison, number)]
    return tuple(sorted(linux, key=lambda number: (_release(comparison, number), number)))


def _is_linux(comparison: Comparison, number: int) -> bool:
    hosts = comparison.columns[number].result.hosts.values()
    return bool(hosts) and all(facts.stack == "linux" and release(facts.kernel) for facts in hosts)


def _release(comparison: Comparison, number: int) -> tuple[int, ...]:
    return max(release(facts.kernel) for facts in comparison.columns[number].result.hosts.values())


def model_of(split: Split) -> int:
    """The column whose settings the newer kernels are to be given: the newest of the older ones."""
    return split.older[-1]


def suspects_of(comparison: Comparison, split: Split, newer: int) -> list[Suspect]:
    """The settings that the models of a split's findings read and that one newer column has otherwise."""
    older = comparison.readings[model_of(split)]
    other = comparison.readings[newer]
    read = {
        setting
        for reading in (older, other)
        for finding in split.findings
        for setting in reading.read.get(finding, ())
    }
    return suspects(read, older.settings, other.settings)
