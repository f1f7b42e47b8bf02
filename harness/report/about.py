"""What an experiment is about: what it does and why, what Linux and macOS do, its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tabulate import tabulate

from harness.report.prediction import reasons
from harness.report.text import LEAST, printable, wrap
from harness.report.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.criteria import ClaimSpec, Criteria
    from harness.report.prediction import Predicted

__all__ = ["render"]

_READABLE = 100


class Parameter(Protocol):
    """A parameter's value in each mode."""

    @property
    def quick(self) -> Any: ...
    @property
    def full(self) -> Any: ...


class Experiment(Protocol):
    """What is shown of an experiment file."""

    @property
    def name(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Parameter]: ...


class About(Protocol):
    """What a session tells of an experiment."""

    @property
    def experiment(self) -> Experiment: ...
    @property
    def criteria(self) -> Criteria: ...
    @property
    def quick(self) -> Predicted: ...
    @property
    def full(self) -> Predicted: ...


def render(about: About, width: int) -> str:
    """The text, of at most so many columns (40 at the least)."""
    width = min(max(LEAST, width), _READABLE)
    criteria = about.criteria
    quick = reasons(about.quick)
    full = [rule for rule in reasons(about.full) if rule not in quick]
    blocks = [
        wrap(f"{about.experiment.name}: {printable(criteria.title)}", width)
        + "\n"
        + wrap(printable(criteria.question), width),
        wrap(printable(criteria.explanation), width),
        _rules(f"On this kernel ({printable(about.quick.kernel)}), with the quick settings:", quick, width),
        _rules("With the kernel's own settings (--full) instead:", full, width),
        *_claims(criteria.claims, width),
        _parameters(about, width),
        f"Run it: harness run {about.experiment.name}",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _rules(head: str, rules: list[str], width: int) -> str:
    lines = [wrap(printable(rule), width, "  - ", "    ") for rule in rules]
    return "\n".join([wrap(head, width), *lines]) if lines else ""


def _claims(claims: tuple[ClaimSpec, ...], width: int) -> Iterator[str]:
    for reference in dict.fromkeys(claim.reference for claim in claims):
        lines = [f"{reference} says:"]
        for claim in claims:
            if claim.reference == reference:
                note = f" ({claim.differs})" if claim.differs else ""
                note = f" (not checked here: {claim.uncheckable})" if claim.uncheckable else note
                lines.append(wrap(printable(claim.says + note), width, "  - ", "    "))
        yield "\n".join(lines)


def _parameters(about: About, width: int) -> str:
    rows = [
        (printable(name), plain(parameter.quick), plain(parameter.full))
        for name, parameter in about.experiment.parameters.items()
    ]
    if not rows:
        return ""
    table = tabulate(rows, ["--set", "quick", "full"], disable_numparse=True)
    return table + "\n" + wrap("– is the kernel's own value: not set at all.", width)
