"""Standing findings: what is measured in every run of a lab, besides what the experiment asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.criteria import ExpectationSpec, FindingSpec
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.criteria import Criteria

__all__ = ["KERNEL_WARNINGS", "carried", "with_console"]

KERNEL_WARNINGS = "kernel_warnings"
"""How many faults of its own a guest's kernel reports on its console (``harness.judge.console`` says which)."""


def with_console(criteria: Criteria) -> Criteria:
    """The criteria of a run whose guest has a console.

    Raises:
        UsageError: the experiment has a finding of that name already.
    """
    if any(spec.name == KERNEL_WARNINGS for spec in criteria.findings):
        raise UsageError(
            f"{criteria.experiment}: a finding may not be called {KERNEL_WARNINGS}: every run in a guest has one",
            "give it another name",
        )
    finding = FindingSpec(KERNEL_WARNINGS, source="console", what="warnings", take="count")
    expectation = ExpectationSpec(
        "literal", 0, formula="a kernel without a fault writes no WARNING, BUG, Oops or panic to its console"
    )
    return replace(
        criteria,
        findings=(*criteria.findings, finding),
        expectations={**criteria.expectations, KERNEL_WARNINGS: expectation},
    )


def carried(stored: Criteria, today: Criteria) -> Criteria:
    """Today's criteria with the standing findings that a run had; UsageError as ``with_console``."""
    return with_console(today) if any(spec.source == "console" for spec in stored.findings) else today
