"""Between which kernels findings differ, and which settings may be why."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from harness.judge.suspects import suspects
from harness.model.kernel import release
from harness.session.cause import Split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.judge.suspects import Setting, Suspect
    from harness.session.compare import Comparison, Difference
    from harness.session.readings import Reading

    _Numbers = tuple[int, ...]
    _Kernels = frozenset[tuple[str, ...]]

__all__ = ["model_of", "splits", "suspects_of"]


def splits(comparison: Comparison) -> list[Split]:
    """The splits of a comparison, each with all the findings that differ between the same kernels.

    Only Linux is looked at, the older kernels first. Columns that share a kernel are none, and neither are runs
    that were not asked alike.
    """
    by_kernel: dict[tuple[_Kernels, _Kernels], list[tuple[_Numbers, _Numbers, str]]] = {}
    for finding in () if comparison.settings else comparison.findings:
        for older, newer in _sides(comparison, finding):
            key = (_kernels(comparison, older), _kernels(comparison, newer))
            by_kernel.setdefault(key, []).append((older, newer, finding.name))
    return [split for key, found in by_kernel.items() for split in _merged(comparison, key, found)]


def _merged(
    comparison: Comparison, kernels: tuple[_Kernels, _Kernels], found: Sequence[tuple[_Numbers, _Numbers, str]]
) -> list[Split]:
    """One split with the columns that can be compared in every finding, where they show all its kernels."""
    older = tuple(number for number in found[0][0] if all(number in each[0] for each in found))
    newer = tuple(number for number in found[0][1] if all(number in each[1] for each in found))
    if (_kernels(comparison, older), _kernels(comparison, newer)) == kernels:
        return [Split(older, newer, tuple(name for _, _, name in found))]
    apart: dict[tuple[_Numbers, _Numbers], list[str]] = {}
    for older, newer, name in found:
        apart.setdefault((older, newer), []).append(name)
    return [Split(older, newer, tuple(names)) for (older, newer), names in apart.items()]


def _kernels(comparison: Comparison, numbers: _Numbers) -> _Kernels:
    return frozenset(comparison.columns[number].kernels for number in numbers)


def _sides(comparison: Comparison, finding: Difference) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    groups = [_by_age(comparison, group) for group in finding.groups]
    groups = sorted((group for group in groups if group), key=lambda group: _release(comparison, group[0]))
    for older, newer in pairwise(groups):
        if not _kernels(comparison, older) & _kernels(comparison, newer):
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
    """The settings that the models of a split's findings read and that one newer column has otherwise.

    Where no model speaks of any of them, those of the experiment's other findings that differ.
    """
    older = comparison.readings[model_of(split)]
    other = comparison.readings[newer]
    read = _read((older, other), split.findings)
    if not read:
        read = _read((older, other), [finding.name for finding in comparison.findings if finding.differs])
    return suspects(read, older.settings, other.settings)


def _read(readings: Sequence[Reading], findings: Sequence[str]) -> set[Setting]:
    return {setting for reading in readings for name in findings for setting in reading.read.get(name, ())}
