"""What a model is given and what it gives. Models are pure functions; each has its formula and its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from harness.result import HostFacts
    from harness.runtime.plan import Plan

__all__ = ["Expectation", "Matcher", "Model", "ModelFunction", "NoModel", "Situation"]


class Matcher(Protocol):
    """Says whether a measured value is what was expected, for machines and for people."""

    def matches(self, value: Any) -> bool:
        """Whether the value is as expected; never raises for a value of another type."""

    def to_json(self) -> Any:
        """What is expected, as plain JSON."""

    def text(self) -> str:
        """What is expected, in a few characters for a table's cell."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All a model may look at: the plan, what each host is, and each host's settings.

    ``settings[host][name]`` is a sysctl's value as text, or None where the host's kernel does not have it.
    """

    plan: Plan
    facts: Mapping[str, HostFacts]
    settings: Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected, why (one sentence with the host's numbers), and from which inputs."""

    matcher: Matcher
    because: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True, slots=True)
class NoModel:
    """No rule is known for this host: the finding is skipped, with the reason."""

    reason: str


ModelFunction = Callable[[Situation, Mapping[str, Any]], Expectation | NoModel]


@dataclass(frozen=True, slots=True)
class Model:
    """A named model.

    Attributes:
        name: as experiment files write it.
        formula: one line, written into criteria.json before a run begins.
        source: the kernel file and function, or the document, that says so.
        arguments: its arguments' names; a name ending in ``?`` may be left out.
        function: the pure function.
        about: what it speaks of, and where it gives no answer, for docs/models.md.
    """

    name: str
    formula: str
    source: str
    arguments: tuple[str, ...]
    function: ModelFunction
    about: str = ""
