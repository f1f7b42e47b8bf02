"""Outcomes: what became of a run among several, whether it could be started or not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ExitCode, HarnessError
from harness.result import RunResult, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.session.prepare import Request

__all__ = ["Outcome", "exit_code", "raise_common"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run's result, or the error that kept it from having one.

    Attributes:
        request: what was asked for.
        result: the result; where there is none, one with verdict ``error`` that says why.
        error: what kept it from being started, or None.
        entry: with ``keep`` the commands that enter its hosts.
    """

    request: Request
    result: RunResult
    error: HarnessError | None = None
    entry: tuple[str, ...] = ()

    @classmethod
    def failed(cls, request: Request, error: HarnessError) -> Outcome:
        """The outcome of a run that was never started."""
        result = RunResult(
            experiment=Path(request.experiment).stem,
            title="",
            lab=request.lab,
            via=None,
            clock="real",
            family=request.family,
            mode=request.mode or "quick",
            parameters=dict(request.settings),
            image=request.image,
            kernel=None,
            hosts={},
            verdict=Verdict.ERROR,
            reason=str(error).replace("\n  ", "; "),
            seconds={},
            folder=None,
        )
        return cls(request, result, error)


def exit_code(outcomes: Iterable[Outcome]) -> ExitCode:
    """The exit code of several runs: that of the worst verdict (error > fail > unknown > pass > skip).

    Among errors, a run that could not be performed (3) outweighs a mistake in a file or in a request (2): 2
    says that nothing is the matter with this machine.
    """
    outcomes = list(outcomes)
    verdict = worst(outcome.result.verdict for outcome in outcomes)
    broken = [outcome for outcome in outcomes if outcome.result.verdict is Verdict.ERROR]
    if broken and all(outcome.error is not None and outcome.error.code is ExitCode.USAGE for outcome in broken):
        return ExitCode.USAGE
    return verdict.exit_code


def raise_common(outcomes: Iterable[Outcome]) -> None:
    """Raise the error that kept every run from being started, where that was one and the same."""
    errors = [outcome.error for outcome in outcomes]
    first = errors[0] if errors else None
    if first is not None and all(str(error) == str(first) for error in errors):
        raise first
