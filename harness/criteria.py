"""Criteria: what will be measured, what is expected of it, and what others claim. Written before the first step.

They are made by ``spec`` beside the plan, kept as ``criteria.json`` in the run folder, and are all that
``judge`` reads of an experiment: judging never opens a YAML file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SCHEMA", "ClaimSpec", "Criteria", "ExpectationSpec", "FindingSpec", "When"]

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class When:
    """A condition on a host: its stack (``linux``, ``gvisor``) and a kernel bound such as ``>=6.8``."""

    stack: str | None = None
    kernel: str | None = None


@dataclass(frozen=True, slots=True)
class FindingSpec:
    """How a finding is taken from the evidence.

    Attributes:
        name: the finding's name.
        source: ``calls``, ``packets``, ``states``, ``queue``, ``counter`` or ``setting``; of a standing finding
            also ``console``.
        what: of calls the verb; of packets ``any`` or flags (``SYN``, ``SYN,ACK``, ``RST`` ...); of a queue
            the listener's label; of a counter or setting its name; of states a state or ``any``.
        take: ``count``, ``errno``, ``seconds``, ``times``, ``bytes``, ``sequence``, ``peak``, ``limit`` or
            ``value``.
        of: the label of the group whose calls, connections or sockets are meant.
        that: ``ok``, ``failed`` or ``pending``: only the members whose call (for packets and states: whose
            ``connect``) went that way.
        on: the host where it was observed (a capture, a socket table, counters).
        source_host: YAML ``from``: the host that sent the packets.
        after, before: labels: only what came after that group's step began, or before. A call came before
            when it had ended.
        line: where it stands in its file.
    """

    name: str
    source: str
    what: str
    take: str
    of: str | None = None
    that: str | None = None
    on: str | None = None
    source_host: str | None = None
    after: str | None = None
    before: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class ExpectationSpec:
    """What is expected of a finding.

    Attributes:
        kind: ``literal``, ``bounds``, ``one_of``, ``same_as``, ``model`` or ``cases``.
        value: of a literal the value (None: nothing must be there); of bounds ``{"at_least": …, "at_most":
            …}``; of one_of a list; of same_as the other finding's name; of a model its name; of cases a list
            of ``{"when": {…} | None, "expect": {…an ExpectationSpec…}}``.
        arguments: a model's arguments: literals and labels; ``{"finding": NAME}`` for a measured value.
        formula: the model's formula in one line, as it stood when the run began.
        line: where it stands in its file.
    """

    kind: str
    value: Any = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    formula: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class ClaimSpec:
    """What a reference says of a finding.

    Attributes:
        reference: the reference's name (``article-macos``).
        finding: the finding it speaks of; None where none can check it.
        says: the claim in one plain sentence.
        expectation: the claimed value; None where it is uncheckable.
        place: where it is written.
        differs: in one sentence, why Linux differs where it does; None where it is not known to.
        when: the stacks and kernels it speaks of; None for its own system only.
        uncheckable: why no finding can check it, or None.
        parameters: the parameters it speaks of; of a run with other values it says nothing.
    """

    reference: str
    finding: str | None
    says: str
    expectation: ExpectationSpec | None
    place: str
    differs: str | None = None
    when: When | None = None
    uncheckable: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criteria:
    """Everything that judges and explains a run.

    ``shortened`` maps a parameter that the quick mode shortens to the sysctl it sets (``{"syn_retries":
    "net.ipv4.tcp_syn_retries"}``), so that the report can say what the kernel's own value would take.
    ``yours`` are commands, each with a comment, that show the same on the reader's own server.
    """

    experiment: str
    title: str
    question: str
    explanation: str
    article: str | None
    findings: tuple[FindingSpec, ...]
    expectations: Mapping[str, ExpectationSpec]
    claims: tuple[ClaimSpec, ...]
    shortened: Mapping[str, str]
    yours: tuple[str, ...]
    harness: str
    schema: int = SCHEMA

    def to_json(self) -> dict[str, Any]:
        """The criteria as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Criteria:
        """The criteria from what ``to_json`` gave; ValueError for another schema."""
        if data.get("schema") != SCHEMA:
            raise ValueError(f"criteria schema {data.get('schema')!r}, this program reads {SCHEMA}")
        values = dict(data)
        values["findings"] = tuple(FindingSpec(**item) for item in data["findings"])
        values["expectations"] = {name: ExpectationSpec(**item) for name, item in data["expectations"].items()}
        values["claims"] = tuple(_claim(item) for item in data["claims"])
        values["yours"] = tuple(data["yours"])
        return cls(**values)


def _claim(data: Mapping[str, Any]) -> ClaimSpec:
    values = dict(data)
    values["expectation"] = ExpectationSpec(**data["expectation"]) if data["expectation"] else None
    values["when"] = When(**data["when"]) if data["when"] else None
    return ClaimSpec(**values)
