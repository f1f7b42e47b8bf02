"""Judging a stored run again: by its own criteria, or by today's; and what that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.errors import FolderError, UnknownName, UsageError
from harness.judge import judge_evidence
from harness.judge.changes import find_changes
from harness.report.again import parameter_text
from harness.result import Changes, results_json
from harness.session.standing import carried

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.criteria import Criteria
    from harness.evidence.folder import RunFolder
    from harness.result import RunResult
    from harness.runtime.plan import Plan

__all__ = ["Rejudged", "criteria_now", "rejudge", "rejudged_json", "write"]


@dataclass(frozen=True, slots=True)
class Rejudged:
    """A run judged again.

    Attributes:
        folder: its folder.
        criteria: what it was judged by.
        result: the new result.
        changes: what is otherwise than in the stored result; None where there is none to compare with.
        notes: why, and what of today's files could not be held against the run; a sentence each.
    """

    folder: RunFolder
    criteria: Criteria
    result: RunResult
    changes: Changes | None
    notes: tuple[str, ...] = ()


def rejudge(folder: RunFolder, *, anew: bool = False, experiment: str | None = None) -> Rejudged:
    """Judge a run again; nothing is written.

    Args:
        folder: the run's.
        anew: by today's experiment file and references, instead of the run's own criteria.
        experiment: with ``anew``, the experiment's name or file; None: the one of the run's experiment's name.

    Raises:
        FolderError: the folder is damaged.
        SpecError, UsageError: today's files have mistakes.
    """
    criteria = folder.criteria
    notes: list[str] = []
    if anew:
        criteria, notes = criteria_now(folder.plan, criteria, experiment)
    result = judge_evidence(criteria, folder.evidence, str(folder.path))
    try:
        stored = folder.result
    except FolderError as error:
        notes.append(f"there is no stored result to compare with: {error}")
        return Rejudged(folder, criteria, result, None, tuple(notes))
    changes = find_changes((stored, folder.criteria), (result, criteria))
    return Rejudged(folder, criteria, result, changes, tuple(notes))


def criteria_now(plan: Plan, stored: Criteria, experiment: str | None = None) -> tuple[Criteria, list[str]]:
    """Today's criteria for a run that was made with an older file, and what stands against that.

    Findings and expectations are today's only where the file still makes the plan that was performed: else they
    speak of another experiment, and the run's own are kept. Claims are always those of today's references.
    """
    from harness import spec  # noqa: PLC0415 (150 ms that judging by the run's own criteria does not pay)

    try:
        found = spec.load(experiment or plan.experiment)
    except UnknownName:
        if experiment is not None:
            raise
        return _kept(plan, stored, f"there is no experiment {plan.experiment!r} any more")
    if found.name != plan.experiment:
        raise UsageError(f"{found.path} is experiment {found.name!r}; the run is one of {plan.experiment!r}")
    gone = [name for name in plan.parameters if name not in found.parameters]
    if gone:
        return _kept(plan, stored, f"{found.path} has no parameter {', '.join(gone)} any more")
    try:
        today, criteria = spec.fix(
            found,
            mode="full" if plan.mode == "full" else "quick",
            settings={name: parameter_text(value) for name, value in plan.parameters.items()},
            sysctls={host.name: host.sysctls for host in plan.hosts},
            images={host.name: host.image for host in plan.hosts},
            family=plan.family,
            limit=plan.limit,
        )
        criteria = carried(stored, criteria)
    except UsageError as error:
        return _kept(plan, stored, f"{found.path} cannot make this run any more ({error})".replace("\n ", ";"))
    other = _otherwise(plan, today)
    return _kept(plan, stored, f"{found.path} has {other}") if other else (criteria, [])


def _otherwise(plan: Plan, today: Plan) -> str | None:
    """What makes today's plan another experiment than the one that was performed; None: it is the same."""
    if len(plan.steps) != len(today.steps):
        return f"{len(today.steps)} steps now, the run had {len(plan.steps)}"
    for before, after in zip(plan.steps, today.steps, strict=True):
        if replace(before, line=0) != replace(after, line=0):
            return (
                f"another step {before.number} ({' '.join(filter(None, (after.host, after.verb, after.label)))})"
            )
    for host in today.hosts:
        if host not in plan.hosts:
            return f"other sysctls for {host.name}"
    return None


def _kept(plan: Plan, stored: Criteria, why: str) -> tuple[Criteria, list[str]]:
    from harness.spec import claims_about  # noqa: PLC0415 (see above)

    claims = claims_about(plan.experiment, {finding.name for finding in stored.findings})
    note = f"{why}: findings and expectations are the run's own, claims are today's"
    return replace(stored, claims=claims), [note]


def rejudged_json(runs: Iterable[Rejudged]) -> dict[str, Any]:
    """The published object with ``changes``, one for each run (docs/result.md)."""
    runs = list(runs)
    changes = [
        {
            "folder": run.result.folder,
            "compared": run.changes is not None,
            "changed": bool(run.changes),
            "notes": list(run.notes),
            **(run.changes or Changes()).to_json(),
        }
        for run in runs
    ]
    return {**results_json([run.result for run in runs]), "changes": changes}


def write(runs: Iterable[Rejudged]) -> list[str]:
    """Make each new result the stored one, and keep the old one; what was kept, a sentence each.

    A run in which nothing has changed is left alone.

    Raises:
        UsageError: a run has no stored result; nothing is written of any.
        StorageError: a folder cannot be written.
    """
    runs = list(runs)
    for run in runs:
        if run.changes is None:
            raise UsageError(
                f"{run.folder.path}: the run is incomplete, so no result is written",
                "leave it out, or leave out --write",
            )
    said = []
    for run in runs:
        if run.changes:
            kept = run.folder.replace(run.result, run.criteria)
            said.append(f"{run.folder.path}: written; the old one is {' and '.join(kept)}")
    return said
