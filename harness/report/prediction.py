"""A prediction for a terminal: what is expected of each finding, and the rule with its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tabulate import tabulate

from harness.model import Expectation, NoModel, Nothing
from harness.report.rules import rules
from harness.report.text import LEAST, labelled, one_line, paragraph, printable, wrap
from harness.report.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.criteria import Criteria, FindingSpec
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
    """The prediction as text of at most so many columns (40 at the least)."""
    width = max(LEAST, width)
    plan = predicted.plan
    settings = "a newly made host's settings" if predicted.fresh else "this machine's own settings"
    given = ", ".join(f"{name}={plain(value)}" for name, value in plan.parameters.items() if value is not None)
    sysctls = ", ".join(
        f"{host.name}: {name}={value}" for host in plan.hosts for name, value in host.sysctls.items()
    )
    head = wrap(f"Linux {printable(predicted.kernel)}, {settings}; nothing was run", width)
    blocks = [
        "\n".join(style.paint("bold", line) for line in head.splitlines()),
        labelled("Would", f"{plan.experiment}: {predicted.criteria.title}", width),
        labelled("With", f"{given or 'no parameters'} ({plan.mode})", width),
    ]
    if sysctls:
        blocks.append(labelled("Set", sysctls, width))
    blocks += ["", _table(predicted, width), ""]
    if why := reasons(predicted):
        blocks.append(paragraph("Why", why, width))
    if predicted.seconds:
        blocks.append(labelled("Takes", f"at most {predicted.seconds:.1f} s for the longest connect()", width))
    return "\n".join(blocks) + "\n"


def _table(predicted: Predicted, width: int) -> str:
    rows = expected_rows(predicted)
    room = max(20, width - max(len(row[0]) for row in rows) - 4)
    return tabulate(rows, ["finding", "expected"], disable_numparse=True, maxcolwidths=[None, room])


def expected_rows(predicted: Predicted) -> list[tuple[str, str]]:
    """Each finding with what is expected of it.

    Where a model expects that nothing is selected (no client is refused), the same holds for every other finding
    of the same selection, whatever the experiment expects of one that is there.
    """
    specs = {spec.name: spec for spec in predicted.criteria.findings}
    empty = {_selection(specs[name]) for name, item in predicted.expected.items() if _is_nothing(item)}
    return [
        (one_line(name), one_line(_expected(specs[name], item, empty=_selection(specs[name]) in empty)))
        for name, item in predicted.expected.items()
    ]


def _expected(spec: FindingSpec, item: Expectation | NoModel, *, empty: bool) -> str:
    if isinstance(item, NoModel):
        return f"no rule: {item.reason}"
    if _is_nothing(item) or (empty and spec.take != "count"):
        return "nothing"
    return item.matcher.text() + (" s" if spec.take in {"seconds", "times"} else "")


def _selection(spec: FindingSpec) -> tuple[str | None, ...]:
    """What a finding selects, whatever it takes of it."""
    return (spec.source, spec.what, spec.of, spec.that, spec.on, spec.source_host, spec.after, spec.before)


def _is_nothing(item: Expectation | NoModel) -> bool:
    return isinstance(item, Expectation) and isinstance(item.matcher, Nothing)


def reasons(predicted: Predicted) -> list[str]:
    """The rules with their numbers, each once, in the findings' order."""
    found = (item for item in predicted.expected.values() if isinstance(item, Expectation))
    return rules((item.because, item.inputs) for item in found)
