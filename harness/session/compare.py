"""Runs side by side: what differs between them, and between their kernels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError
from harness.evidence.folder import RunFolder
from harness.judge.differences import alike, differ
from harness.session.causes import with_causes
from harness.session.columns import Column, asked_differently, coarsest, columns_of
from harness.session.readings import Reading, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from harness.result import FindingResult, RunResult
    from harness.session.cause import Cause

__all__ = ["Column", "Comparison", "Difference", "compare", "compare_repeated", "compare_stored"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding across the columns.

    Attributes:
        name: the finding's name.
        cells: each column's finding; None where the run does not have it.
        differs: whether two columns differ; None where no two can be compared.
        odd: the columns, by number, that differ from the first one that can be compared.
        between_kernels: whether two columns with different kernels differ.
        claims: what references say of it, by reference, as a claim's JSON.
        groups: the columns, by number, that are the same; those in no group cannot be compared.
        packets: of a list of moments, the kind of packets that were sent then; "" of anything else.
    """

    name: str
    cells: tuple[FindingResult | None, ...]
    differs: bool | None
    odd: tuple[int, ...]
    between_kernels: bool
    claims: Mapping[str, Any]
    groups: tuple[tuple[int, ...], ...] = ()
    packets: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One experiment's runs side by side.

    Attributes:
        experiment: its name.
        title: its title.
        columns: the runs.
        findings: what they found.
        settings: what was asked differently, by name, a value a column.
        readings: what each run's folder tells of its settings.
        causes: why kernels differ, as far as settings can be the cause.
    """

    experiment: str
    title: str
    columns: tuple[Column, ...]
    findings: tuple[Difference, ...]
    settings: Mapping[str, tuple[Any, ...]]
    readings: tuple[Reading, ...] = ()
    causes: tuple[Cause, ...] = ()

    @property
    def references(self) -> list[str]:
        """The references that say anything of these findings."""
        return list(dict.fromkeys(name for finding in self.findings for name in finding.claims))


def compare_stored(paths: Sequence[Path]) -> list[Comparison]:
    """Stored runs, an experiment after another.

    Raises:
        UsageError: fewer than two runs.
        FolderError: a folder is missing, damaged or incomplete.
    """
    if len(paths) < 2:
        raise UsageError("one run alone cannot be compared", "name two run folders or more")
    return with_causes(compare([replace(RunFolder.open(path).result, folder=str(path)) for path in paths]))


def compare_repeated(results: Iterable[RunResult]) -> list[Comparison]:
    """Those results side by side whose experiment was run more than once."""
    results = list(results)
    times = Counter(result.experiment for result in results)
    return with_causes(compare(result for result in results if times[result.experiment] > 1))


def compare(results: Iterable[RunResult]) -> list[Comparison]:
    """The results side by side, by experiment."""
    by_experiment: dict[str, list[RunResult]] = {}
    for result in results:
        by_experiment.setdefault(result.experiment, []).append(result)
    return [_compare(name, runs) for name, runs in by_experiment.items()]


def _compare(experiment: str, runs: list[RunResult]) -> Comparison:
    settings = asked_differently(runs)
    columns = columns_of(runs, settings)
    readings = tuple(reading_of(run) for run in runs)
    names = list(dict.fromkeys(name for run in runs for name in run.findings))
    title = next((run.title for run in runs if run.title), "")
    packets = {name: kind for reading in readings for name, kind in reading.packets.items()}
    findings = tuple(_difference(name, columns, packets.get(name, "")) for name in names)
    return Comparison(experiment, title, columns, findings, settings, readings)


def _difference(name: str, columns: Sequence[Column], packets: str) -> Difference:
    cells = tuple(column.result.findings.get(name) for column in columns)
    pairs = {
        (first, second): _differ(cells[first], cells[second], (columns[first], columns[second]))
        for first, second in combinations(range(len(columns)), 2)
    }
    known = [verdict for verdict in pairs.values() if verdict is not None]
    apart = [pair for pair, verdict in pairs.items() if verdict]
    base = min((first for (first, _), verdict in pairs.items() if verdict is not None), default=0)
    claims: dict[str, Any] = {}
    for column in columns:
        for reference, said in column.result.claims.items():
            if name in said:
                claims.setdefault(reference, said[name].claim)
    return Difference(
        name=name,
        cells=cells,
        differs=bool(apart) if known else None,
        odd=tuple(second for first, second in apart if first == base),
        between_kernels=any(columns[first].kernels != columns[second].kernels for first, second in apart),
        claims=claims,
        groups=alike(len(columns), pairs),
        packets=packets,
    )


def _differ(
    left: FindingResult | None, right: FindingResult | None, columns: tuple[Column, Column]
) -> bool | None:
    if left is None or right is None:
        return None
    return differ(left, right, coarsest([column.result for column in columns]))
