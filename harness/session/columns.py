"""Runs as columns of a comparison: their names, the kernels really observed, what was not asked alike."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import FolderError
from harness.evidence.folder import RunFolder
from harness.evidence.reading import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.result import RunResult

__all__ = ["Column", "asked_differently", "coarsest", "columns_of"]

_RELEASE = re.compile(r"\d+(\.\d+)*(-rc\d+)?(-\d+(?![\w.]))?")
"""A kernel release without its flavour: 5.10.0-46 of 5.10.0-46-cloud-amd64, 6.12.117 of 6.12.117+deb13-amd64."""


@dataclass(frozen=True, slots=True)
class Column:
    """A run as a column.

    Attributes:
        name: the image, and as much more as tells it from the other columns.
        result: its result.
        kernels: each kernel really observed: stack, release, and version (``uname -v``) where the folder has it.
        same_kernel_as: the first column before it that ran the very same kernel, or None.
        short: its kernel in the fewest words that no other kernel of the comparison has.
    """

    name: str
    result: RunResult
    kernels: tuple[str, ...]
    same_kernel_as: str | None = None
    short: str = ""

    @property
    def virtual(self) -> bool:
        """Whether its waits cost nothing, so that running it once more does neither."""
        return self.result.clock == "virtual"


def asked_differently(runs: Sequence[RunResult]) -> dict[str, tuple[Any, ...]]:
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


def columns_of(runs: Sequence[RunResult], settings: Mapping[str, Sequence[Any]]) -> tuple[Column, ...]:
    """The runs as columns, each under a name of its own."""
    names = _names(runs, settings)
    kernels = [_kernels(run) for run in runs]
    shorts = _shorts(runs, kernels)
    columns: list[Column] = []
    for name, run, found, short in zip(names, runs, kernels, shorts, strict=True):
        same = next((each.name for each in columns if found and each.kernels == found), None)
        columns.append(Column(name, run, found, same, short))
    return tuple(columns)


def _shorts(runs: Sequence[RunResult], kernels: Sequence[tuple[str, ...]]) -> list[str]:
    """Each run's kernel without its flavour where that is enough, else whole, else with its image."""
    whole = [
        run.kernel or " and ".join(dict.fromkeys(facts.kernel for facts in run.hosts.values())) for run in runs
    ]
    cut = [found[0] if (found := _RELEASE.match(release)) else release for release in whole]
    stacks = [next((facts.stack for facts in run.hosts.values() if facts.stack != "linux"), "") for run in runs]
    names = [f"{stack} {release}".strip() for stack, release in zip(stacks, cut, strict=True)]
    for longer in (whole, [f"{release} ({run.image})" for release, run in zip(whole, runs, strict=True)]):
        meant: dict[str, set[tuple[str, ...]]] = {}
        for name, kernel in zip(names, kernels, strict=True):
            meant.setdefault(name, set()).add(kernel)
        names = [long if len(meant[name]) > 1 else name for name, long in zip(names, longer, strict=True)]
    return names


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


def coarsest(runs: Iterable[RunResult]) -> int | None:
    """The timer frequency of the coarsest of the runs' kernels; None where one of them is not known."""
    rates = [facts.hz for run in runs for facts in run.hosts.values()]
    known = [hz for hz in rates if hz is not None]
    return min(known) if known and len(known) == len(rates) else None
