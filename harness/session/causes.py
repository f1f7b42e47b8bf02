"""Causes, proven: the newer kernel is given the setting as the older one has it, and runs once more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from harness.judge.differences import differ
from harness.result import Verdict
from harness.session.cause import Cause, Split, Trial, Word
from harness.session.columns import coarsest
from harness.session.many import run_all
from harness.session.splits import splits, suspects_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.judge.suspects import Suspect
    from harness.result import RunResult
    from harness.session.compare import Comparison
    from harness.session.prepare import Request
    from harness.session.progress import Several

__all__ = ["Try", "with_causes"]

Try = Literal["none", "virtual", "all"]
"""What is run once more: nothing, only what costs no waiting, or everything."""

_Sysctls = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A run to be made: which comparison's column, with which suspects."""

    comparison: int
    column: int
    suspects: tuple[Suspect, ...]

    @property
    def sysctls(self) -> _Sysctls:
        """What is set, by host and name."""
        found: _Sysctls = {}
        for suspect in self.suspects:
            for host in suspect.hosts:
                found.setdefault(host, {})[suspect.name] = str(suspect.tried)
        return found

    @property
    def key(self) -> str:
        """The same for runs that are the same."""
        return f"{self.comparison} {self.column} {sorted((h, sorted(v.items())) for h, v in self.sysctls.items())}"


def with_causes(
    comparisons: Sequence[Comparison],
    requests: Sequence[Sequence[Request]] = (),
    progress: Several | None = None,
    workers: int | None = None,
    what: Try = "none",
) -> list[Comparison]:
    """The comparisons with their causes; all trials are run at once.

    Args:
        comparisons: what differs.
        requests: what each column of each comparison was asked to run; none where nothing is to be tried.
        progress: hears of the trials.
        workers: see ``run_all``.
        what: what may be run once more.

    Raises:
        KeyboardInterrupt: interrupted; every lab is down.
    """
    found = [splits(comparison) for comparison in comparisons]
    wanted: dict[str, _Wanted] = {}
    for number, (comparison, parts) in enumerate(zip(comparisons, found, strict=True)):
        for split in parts:
            wanted.update((each.key, each) for each in _wanted(number, comparison, split, what))
    results = _perform(list(wanted.values()), requests, progress, workers)
    return [
        replace(comparison, causes=tuple(_causes(number, comparison, parts, results, what)))
        for number, (comparison, parts) in enumerate(zip(comparisons, found, strict=True))
    ]


def _perform(
    wanted: Sequence[_Wanted], requests: Sequence[Sequence[Request]], progress: Several | None, workers: int | None
) -> dict[str, RunResult]:
    if not wanted or progress is None:
        return {}
    tried = dict.fromkeys(f"{suspect.name}={suspect.tried}" for each in wanted for suspect in each.suspects)
    runs = f"{len(wanted)} run{'s' * (len(wanted) > 1)} more"
    progress.say(f"trying what may be the cause, {', '.join(tried)}: {runs}")
    asked = [_request(requests[each.comparison][each.column], each.sysctls) for each in wanted]
    outcomes = run_all(asked, progress, workers, again=True)
    return {each.key: outcome.result for each, outcome in zip(wanted, outcomes, strict=True)}


def _request(request: Request, sysctls: _Sysctls) -> Request:
    merged: dict[str | None, Mapping[str, str]] = dict(request.sysctls)
    for host, values in sysctls.items():
        merged[host] = {**merged.get(host, {}), **values}
    return replace(request, sysctls=merged)


# What to try


def _wanted(number: int, comparison: Comparison, split: Split, what: Try) -> Iterator[_Wanted]:
    """Each suspect alone and, of several, all together, on each newer kernel once."""
    for column in _triable(comparison, split, what):
        found = [each for each in suspects_of(comparison, split, column) if _can_be_set(each)]
        names = list(dict.fromkeys(each.name for each in found))
        for chosen in [*([name] for name in names), *([names] if len(names) > 1 else [])]:
            yield _Wanted(number, column, tuple(each for each in found if each.name in chosen))


def _triable(comparison: Comparison, split: Split, what: Try) -> list[int]:
    kernels: dict[tuple[str, ...], int] = {}
    for number in split.newer:
        column = comparison.columns[number]
        if what == "all" or (what == "virtual" and column.virtual):
            kernels.setdefault(column.kernels, number)
    return list(kernels.values())


def _can_be_set(suspect: Suspect) -> bool:
    from harness.spec.sysctls import SYSCTLS  # noqa: PLC0415 (100 ms that comparing without suspects saves)

    return suspect.tried is not None and suspect.name in SYSCTLS


# What it says


def _causes(
    number: int, comparison: Comparison, parts: Sequence[Split], results: Mapping[str, RunResult], what: Try
) -> Iterator[Cause]:
    for split in parts:
        found: dict[str, Suspect] = {}
        for column in split.newer:
            for suspect in suspects_of(comparison, split, column):
                found.setdefault(suspect.name, suspect)
        if not found:
            yield from _unexplained(comparison, split)
            continue
        wanted = list(_wanted(number, comparison, split, what))
        trials = tuple(
            _trial(comparison, split, each, results[each.key]) for each in wanted if each.key in results
        )
        said: dict[tuple[Word, tuple[str, ...], bool], list[str]] = {}
        for finding in split.findings:
            said.setdefault(_judged(finding, trials), []).append(finding)
        for (word, by, together), names in said.items():
            part = replace(split, findings=tuple(names))
            reason = None if trials else _why_not(comparison, split, list(found.values()), what)
            yield Cause(part, word, tuple(found.values()), by, together, reason, trials)


def _unexplained(comparison: Comparison, split: Split) -> Iterator[Cause]:
    """No setting can be why; some findings are expected to depend on the kernel's release."""
    said: dict[str, list[str]] = {}
    for name in split.findings:
        bounds = {
            bound
            for number in (*split.older, *split.newer)
            for bound in comparison.readings[number].releases.get(name, ())
        }
        reason = "no setting that a model reads differs"
        if bounds:
            reason = f"a change of code: it is expected by the kernel's release ({', '.join(sorted(bounds))})"
        said.setdefault(reason, []).append(name)
    for reason, names in said.items():
        yield Cause(replace(split, findings=tuple(names)), Word.NO_SUSPECT, reason=reason)


def _trial(comparison: Comparison, split: Split, wanted: _Wanted, result: RunResult) -> Trial:
    names = tuple(dict.fromkeys(suspect.name for suspect in wanted.suspects))
    same = {name: _same(comparison, split, name, result) for name in split.findings}
    return Trial(wanted.column, names, wanted.sysctls, result, same)


def _same(comparison: Comparison, split: Split, name: str, result: RunResult) -> bool | None:
    """Whether a finding is now as on every older kernel of the split."""
    cells = next(finding.cells for finding in comparison.findings if finding.name == name)
    now = result.findings.get(name)
    if now is None or result.verdict is Verdict.ERROR:
        return None
    hz = coarsest([result, *(comparison.columns[number].result for number in split.older)])
    olds = [cells[number] for number in split.older]
    verdicts = [differ(now, old, hz) for old in olds if old is not None]
    if not verdicts or None in verdicts:
        return None
    return not any(verdicts)


def _judged(finding: str, trials: Sequence[Trial]) -> tuple[Word, tuple[str, ...], bool]:
    """What the trials say of one finding: a cause must prove itself on every kernel on which it was tried."""
    if not trials:
        return Word.NOT_TRIED, (), False
    said: dict[tuple[str, ...], list[bool | None]] = {}
    for trial in trials:
        said.setdefault(trial.names, []).append(trial.same.get(finding))
    proven = [names for names, verdicts in said.items() if all(verdicts)]
    alone = tuple(names[0] for names in proven if len(names) == 1)
    if alone:
        return Word.CONFIRMED, alone, False
    if proven:
        return Word.CONFIRMED, proven[0], True
    doubtful = any(None in verdicts for verdicts in said.values())
    return (Word.UNKNOWN if doubtful else Word.NOT_CONFIRMED), (), False


def _why_not(comparison: Comparison, split: Split, found: Sequence[Suspect], what: Try) -> str:
    if not any(_can_be_set(suspect) for suspect in found):
        return "; ".join(
            dict.fromkeys(suspect.source or f"{suspect.name} belongs to no host" for suspect in found)
        )
    if what == "virtual" and not any(comparison.columns[number].virtual for number in split.newer):
        return "the newer kernel runs in real time; --causes tries it all the same"
    return "--causes tries it"
