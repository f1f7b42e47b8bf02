"""Runs side by side: what differs between them, and between their kernels."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.errors import FolderError, LabMissing, UsageError
from harness.evidence.folder import RunFolder
from harness.evidence.reading import read_json
from harness.image import catalogue
from harness.judge.differences import differ
from harness.lab.docker import Docker
from harness.session.many import run_all
from harness.session.outcome import raise_common

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.result import FindingResult, RunResult
    from harness.session.outcome import Outcome
    from harness.session.prepare import Request
    from harness.session.progress import Several

__all__ = ["Column", "Comparison", "Difference", "compare", "compare_images", "compare_stored", "comparisons_json"]


@dataclass(frozen=True, slots=True)
class Column:
    """A run as a column.

    Attributes:
        name: the image, and as much more as tells it from the other columns.
        result: its result.
        kernels: each kernel really observed: stack, release, and version (``uname -v``) where the folder has it.
        same_kernel_as: the first column before it that ran the very same kernel, or None.
    """

    name: str
    result: RunResult
    kernels: tuple[str, ...]
    same_kernel_as: str | None = None


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
    """

    name: str
    cells: tuple[FindingResult | None, ...]
    differs: bool | None
    odd: tuple[int, ...]
    between_kernels: bool
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One experiment's runs side by side; ``settings``: what was asked differently, by name, a value a column."""

    experiment: str
    title: str
    columns: tuple[Column, ...]
    findings: tuple[Difference, ...]
    settings: Mapping[str, tuple[Any, ...]]

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
    return compare([replace(RunFolder.open(path).result, folder=str(path)) for path in paths])


def compare_images(
    requests: Sequence[Request], progress: Several, workers: int | None = None
) -> tuple[list[Comparison], list[Outcome]]:
    """Run the same on several images, with one set of parameters, and compare; see ``run_all``.

    Where the user leaves that open, waits are shortened, unless an image takes no sysctls to shorten them with.

    Raises:
        HarnessError: what kept every run from being started.
        KeyboardInterrupt: interrupted; nothing is left.
    """
    mode = _mode(requests)
    chosen = [replace(request, mode=request.mode or mode) for request in requests]
    outcomes = run_all(chosen, progress, workers, again=True)
    raise_common(outcomes)
    return compare([outcome.result for outcome in outcomes]), outcomes


def _mode(requests: Sequence[Request]) -> Literal["quick", "full"]:
    images = {request.image for request in requests if request.image is not None}
    return "full" if any(_takes_no_sysctls(image) for image in images) else "quick"


def _takes_no_sysctls(image: str) -> bool:
    """Whether an image has a stack of its own; one that is skipped here is no reason to have the others wait."""
    runtime = catalogue.find(image).runtime
    try:
        return runtime is not None and Docker(runtime).lacking() is None
    except LabMissing:
        return False


def compare(results: Iterable[RunResult]) -> list[Comparison]:
    """The results side by side, by experiment."""
    by_experiment: dict[str, list[RunResult]] = {}
    for result in results:
        by_experiment.setdefault(result.experiment, []).append(result)
    return [_compare(name, runs) for name, runs in by_experiment.items()]


def _compare(experiment: str, runs: list[RunResult]) -> Comparison:
    settings = _settings(runs)
    columns = _columns(runs, settings)
    names = list(dict.fromkeys(name for run in runs for name in run.findings))
    title = next((run.title for run in runs if run.title), "")
    findings = tuple(_difference(name, columns) for name in names)
    return Comparison(experiment, title, columns, findings, settings)


def _settings(runs: Sequence[RunResult]) -> dict[str, tuple[Any, ...]]:
    """Parameters, mode, IP version and sysctls that were not asked for alike in all runs that had a lab."""
    each = [{**run.parameters, "mode": run.mode, "IP version": run.family, **_sysctls(run.folder)} for run in runs]
    asked = {name: tuple(given.get(name) for given in each) for given in each for name in given}
    began = [number for number, run in enumerate(runs) if run.hosts]
    return {name: values for name, values in asked.items() if len({str(values[number]) for number in began}) > 1}


def _sysctls(folder: str | None) -> dict[str, str]:
    """What the run's plan set on its hosts, a parameter's or the user's own choice."""
    if folder is None:
        return {}
    try:
        hosts = RunFolder.open(Path(folder)).plan.hosts
    except FolderError:
        return {}
    return {f"{host.name}: {name}": value for host in hosts for name, value in host.sysctls.items()}


# Columns


def _columns(runs: Sequence[RunResult], settings: Mapping[str, Sequence[Any]]) -> tuple[Column, ...]:
    names = _names(runs, settings)
    columns: list[Column] = []
    for name, run in zip(names, runs, strict=True):
        kernels = _kernels(run)
        same = next((each.name for each in columns if kernels and each.kernels == kernels), None)
        columns.append(Column(name, run, kernels, same))
    return tuple(columns)


def _names(runs: Sequence[RunResult], settings: Mapping[str, Sequence[Any]]) -> list[str]:
    """What differs between the runs, the image first, until no two names are the same; then numbers."""
    told = [
        [run.image or "several images" for run in runs],
        [run.lab for run in runs],
        [run.kernel or "" for run in runs],
        *([f"{name}={value}" for value in values] for name, values in settings.items()),
    ]
    differing = [texts for texts in told if len(set(texts)) > 1] or told[:1]
    names = differing[0]
    for texts in differing[1:]:
        if len(set(names)) < len(names):
            names = [f"{name} {text}" for name, text in zip(names, texts, strict=True)]
    counts, seen = Counter(names), Counter[str]()
    for number, name in enumerate(names):
        if counts[name] > 1:
            seen[name] += 1
            names[number] = f"{name} #{seen[name]}"
    return names


def _kernels(run: RunResult) -> tuple[str, ...]:
    """Stack, release and version of each kernel that the run's hosts had, in a settled order."""
    versions = _versions(run.folder)
    found = {
        f"{facts.stack} {facts.kernel} {versions.get(host, '')}".strip()
        for host, facts in run.hosts.items()
        if facts.kernel
    }
    return tuple(sorted(found))


def _versions(folder: str | None) -> dict[str, str]:
    """Each host's ``uname -v`` as the run folder has it; a release alone does not tell two builds apart."""
    if folder is None:
        return {}
    try:
        hosts = read_json(Path(folder) / "environment.json")["hosts"]
        return {name: str(host.get("version", "")) for name, host in hosts.items()}
    except (FolderError, KeyError, TypeError, AttributeError):
        return {}


# Findings


def _difference(name: str, columns: Sequence[Column]) -> Difference:
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
    )


def _differ(
    left: FindingResult | None, right: FindingResult | None, columns: tuple[Column, Column]
) -> bool | None:
    if left is None or right is None:
        return None
    rates = [facts.hz for column in columns for facts in column.result.hosts.values()]
    known = [hz for hz in rates if hz is not None]
    return differ(left, right, min(known) if len(known) == len(rates) and known else None)


def comparisons_json(comparisons: Iterable[Comparison]) -> list[dict[str, Any]]:
    """The comparisons as plain JSON values; the runs themselves are not repeated: ``folder`` names each."""
    return [
        {
            "experiment": comparison.experiment,
            "columns": [
                {
                    "name": column.name,
                    "folder": column.result.folder,
                    "kernels": list(column.kernels),
                    "same_kernel_as": column.same_kernel_as,
                }
                for column in comparison.columns
            ],
            "settings": {name: list(values) for name, values in comparison.settings.items()},
            "findings": {
                finding.name: {
                    "differs": finding.differs,
                    "between_kernels": finding.between_kernels,
                    "values": [cell.value if cell else None for cell in finding.cells],
                    "expected": [cell.expected if cell else None for cell in finding.cells],
                    "claims": dict(finding.claims),
                }
                for finding in comparison.findings
            },
        }
        for comparison in comparisons
    ]
