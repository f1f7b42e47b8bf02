"""What an experiment is about: what it does and why, what Linux and macOS do, its parameters."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, Protocol

from tabulate import tabulate

from harness.report.prediction import reasons
from harness.report.text import paragraph, printable
from harness.report.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.criteria import ClaimSpec, Criteria
    from harness.report.prediction import Predicted

__all__ = ["render"]


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
    """The text, of at most so many columns."""
    criteria = about.criteria
    blocks = [
        f"{about.experiment.name}: {printable(criteria.title)}",
        paragraph("Asks", [criteria.question], width),
        textwrap.fill(printable(criteria.explanation), max(40, width)),
        f"On this kernel ({printable(about.quick.kernel)}), with the quick settings:",
        *(textwrap.indent(textwrap.fill(reason, width - 2), "  ") for reason in reasons(about.quick)),
        "With the kernel's own settings (--full):",
        *(textwrap.indent(textwrap.fill(reason, width - 2), "  ") for reason in reasons(about.full)),
        *_claims(criteria.claims, width),
        _parameters(about),
        f"Run it: harness run {about.experiment.name}",
    ]
    return "\n".join(block for block in blocks if block) + "\n"


def _claims(claims: tuple[ClaimSpec, ...], width: int) -> Iterator[str]:
    for reference in dict.fromkeys(claim.reference for claim in claims):
        yield f"{reference} says:"
        for claim in claims:
            if claim.reference == reference:
                note = f" ({claim.differs})" if claim.differs else ""
                note = f" (not checked here: {claim.uncheckable})" if claim.uncheckable else note
                yield textwrap.fill(
                    printable(claim.says + note), width, initial_indent="  - ", subsequent_indent="    "
                )


def _parameters(about: About) -> str:
    rows = [
        (printable(name), plain(parameter.quick), plain(parameter.full))
        for name, parameter in about.experiment.parameters.items()
    ]
    if not rows:
        return ""
    table = tabulate(rows, ["parameter (--set)", "quick", "full"], disable_numparse=True)
    return f"{table}\n– is the kernel's own value: not set at all."
