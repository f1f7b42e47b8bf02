"""A prediction for a terminal: what is expected of each finding, and the rule with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tabulate import tabulate

from harness.model.interface import Expectation, NoModel
from harness.report.text import paragraph, printable
from harness.report.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.criteria import Criteria
    from harness.report.text import Style
    from harness.runtime.plan import Plan

__all__ = ["Predicted", "expected_rows", "reasons", "render"]


class Predicted(Protocol):
    """What a session's prediction holds."""

    @property
    def plan(self) -> Plan: ...  # noqa: D102 (see the class)
    @property
    def criteria(self) -> Criteria: ...  # noqa: D102
    @property
    def kernel(self) -> str: ...  # noqa: D102
    @property
    def fresh(self) -> bool: ...  # noqa: D102
    @property
    def expected(self) -> Mapping[str, Expectation | NoModel]: ...  # noqa: D102
    @property
    def seconds(self) -> float | None: ...  # noqa: D102


def render(predicted: Predicted, width: int, style: Style) -> str:
    """The prediction as text of at most so many columns."""
    plan = predicted.plan
    settings = "a newly made host's settings" if predicted.fresh else "this machine's own settings"
    given = ", ".join(f"{name}={plain(value)}" for name, value in plan.parameters.items() if value is not None)
    sysctls = ", ".join(
        f"{host.name}: {name}={value}" for host in plan.hosts for name, value in host.sysctls.items()
    )
    blocks = [
        style.paint("bold", f"Linux {printable(predicted.kernel)}, {settings}; nothing was run"),
        paragraph("Would", [f"{plan.experiment}: {predicted.criteria.title} ({given}; {plan.mode})"], width),
    ]
    if sysctls:
        blocks.append(paragraph("Set", [sysctls], width))
    blocks.append(_table(predicted, width))
    blocks += [paragraph("Why", [reason], width) for reason in reasons(predicted)]
    if predicted.seconds is not None:
        blocks.append(paragraph("Takes", [f"at most {predicted.seconds:.1f} s for the longest connect()"], width))
    return "\n".join(blocks) + "\n"


def _table(predicted: Predicted, width: int) -> str:
    rows = expected_rows(predicted)
    room = max(20, width - max(len(row[0]) for row in rows) - 4)
    return tabulate(rows, ["finding", "expected"], disable_numparse=True, maxcolwidths=[None, room])


def expected_rows(predicted: Predicted) -> list[tuple[str, str]]:
    """Each finding with what is expected of it."""
    return [(printable(name), printable(_text(item))) for name, item in predicted.expected.items()]


def _text(item: Expectation | NoModel) -> str:
    return f"no rule: {item.reason}" if isinstance(item, NoModel) else item.matcher.text()


def reasons(predicted: Predicted) -> list[str]:
    """The rules with their numbers, each once, in the findings' order."""
    found = [
        item.because for item in predicted.expected.values() if isinstance(item, Expectation) and item.because
    ]
    return list(dict.fromkeys(found))
