"""Comparisons as the published JSON (docs/result.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.session.cause import Cause, Trial
    from harness.session.compare import Comparison

__all__ = ["comparisons_json"]


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
            "causes": [_cause(comparison, cause) for cause in comparison.causes],
            "findings": {
                finding.name: {
                    "differs": finding.differs,
                    "between_kernels": finding.between_kernels,
                    "groups": [[comparison.columns[number].name for number in group] for group in finding.groups],
                    "values": [cell.value if cell else None for cell in finding.cells],
                    "expected": [cell.expected if cell else None for cell in finding.cells],
                    "claims": dict(finding.claims),
                }
                for finding in comparison.findings
            },
        }
        for comparison in comparisons
    ]


def _cause(comparison: Comparison, cause: Cause) -> dict[str, Any]:
    def names(numbers: Sequence[int]) -> list[str]:
        return [comparison.columns[number].name for number in numbers]

    return {
        "findings": list(cause.split.findings),
        "older": names(cause.split.older),
        "newer": names(cause.split.newer),
        "verdict": cause.word,
        "by": list(cause.by),
        "together": cause.together,
        "reason": cause.reason,
        "suspects": [
            {
                "name": suspect.name,
                "hosts": list(suspect.hosts),
                "older": suspect.older,
                "newer": suspect.newer,
                "tried": suspect.tried,
                "source": suspect.source,
            }
            for suspect in cause.suspects
        ],
        "trials": [_trial(comparison, cause, trial) for trial in cause.trials],
    }


def _trial(comparison: Comparison, cause: Cause, trial: Trial) -> dict[str, Any]:
    found = trial.result.findings
    return {
        "column": comparison.columns[trial.column].name,
        "folder": trial.result.folder,
        "verdict": trial.result.verdict,
        "reason": trial.result.reason,
        "sysctls": {host: dict(values) for host, values in trial.sysctls.items()},
        "values": {name: found[name].value if name in found else None for name in cause.split.findings},
        "same": {name: trial.same[name] for name in cause.split.findings},
    }
