"""The result: what judging a run gives, and what every report shows. Its JSON is the published format."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (the published schema is made from these annotations)
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from harness.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "SCHEMA",
    "Change",
    "Changes",
    "ClaimResult",
    "EvidenceItem",
    "FindingResult",
    "HostFacts",
    "RunResult",
    "Verdict",
    "overall",
    "results_json",
    "worst",
]

SCHEMA = 1


class Verdict(StrEnum):
    """What is said of a finding or a run."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIP = "skip"
    ERROR = "error"

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a command whose worst verdict this is."""
        return {
            Verdict.FAIL: ExitCode.FAILED,
            Verdict.UNKNOWN: ExitCode.UNKNOWN,
            Verdict.ERROR: ExitCode.COULD_NOT_RUN,
        }.get(self, ExitCode.OK)


_ORDER = (Verdict.ERROR, Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.SKIP)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of error > fail > unknown > pass > skip; skip for none at all."""
    return min(verdicts, key=_ORDER.index, default=Verdict.SKIP)


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What a host really was: ``hz`` is the kernel's timer frequency, None where it could not be read."""

    image: str
    stack: str = "linux"
    kernel: str = ""
    hz: int | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """Where a value comes from.

    ``source``: ``calls`` (items: [first, last] event numbers), ``packets`` (frame numbers in the host's pcap,
    from 1), ``socket table`` (event numbers), ``counters`` (names), ``setting`` (names), ``console`` (items:
    [first, last] line numbers in ``logs/console.log``, from 1; the host is "").
    """

    source: str
    host: str
    items: list[Any]


@dataclass(frozen=True, slots=True)
class FindingResult:
    """A finding with what was expected of it.

    ``value`` is the first member's of a group, ``spread`` [least, most] over the group (None for a single
    value); ``expected`` is JSON for machines, ``expected_text`` the same for people; ``because`` the rule with
    this host's numbers; ``formula`` as written before the run; ``inputs`` what it was given; ``reason`` why it
    did not pass. ``verdict`` is None for a finding without expectation.
    """

    value: Any
    unit: str
    expected: Any = None
    verdict: Verdict | None = None
    reason: str | None = None
    spread: list[Any] | None = None
    members: int | None = None
    expected_text: str = ""
    because: str | None = None
    formula: str | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    witnesses: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[EvidenceItem, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """A reference's claim beside the run: ``agrees`` is None where it could not be checked."""

    claim: Any
    agrees: bool | None
    says: str
    place: str
    differs: str | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run, judged. Field meanings are those of the published JSON (docs/result.md)."""

    experiment: str
    title: str
    lab: str
    via: str | None
    clock: str
    family: int
    mode: str
    parameters: Mapping[str, Any]
    image: str | None
    kernel: str | None
    hosts: Mapping[str, HostFacts]
    verdict: Verdict
    reason: str | None
    seconds: Mapping[str, float]
    folder: str | None
    findings: Mapping[str, FindingResult] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, ClaimResult]] = field(default_factory=dict)
    packets: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)
    """Host to ``{"captured": n, "lost": n or None}``."""
    why: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    yours: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    sysctls: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Host to the sysctls that were set on it, by the experiment or by the user."""

    def to_json(self) -> dict[str, Any]:
        """The run as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunResult:
        """The run from what ``to_json`` gave."""
        values = dict(data)
        values["hosts"] = {name: HostFacts(**item) for name, item in data["hosts"].items()}
        values["verdict"] = Verdict(data["verdict"])
        values["findings"] = {name: _finding(item) for name, item in data["findings"].items()}
        values["claims"] = {
            reference: {name: ClaimResult(**claim) for name, claim in claims.items()}
            for reference, claims in data["claims"].items()
        }
        for name in ("why", "notes", "yours", "doubts"):
            values[name] = tuple(data[name])
        return cls(**values)


def _finding(data: Mapping[str, Any]) -> FindingResult:
    values = dict(data)
    values["verdict"] = Verdict(data["verdict"]) if data["verdict"] else None
    values["evidence"] = tuple(EvidenceItem(**item) for item in data["evidence"])
    return FindingResult(**values)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was stored.

    ``before`` and ``after`` are JSON values. ``what`` is one of

    - of a run: ``verdict``, ``reason``, ``title``, ``hosts``, ``packets``, ``notes``, ``yours``, ``doubts``;
    - of a finding: ``measured``, ``expected``, ``verdict``, ``reason``, ``rule``, ``witnesses``, ``evidence``,
      ``taken`` (how it is taken from the evidence);
    - of a claim: one of its fields;
    - of a finding or a claim that came or went: ``there``.
    """

    what: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Changes:
    """All of them: the run's own, by finding, and by reference and claim; only what has changed is in it."""

    run: tuple[Change, ...] = ()
    findings: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, tuple[Change, ...]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.run or self.findings or self.claims)

    def to_json(self) -> dict[str, Any]:
        """``run``, ``findings``, ``claims``: what has changed to [before, after]."""
        return {
            "run": _pairs(self.run),
            "findings": {name: _pairs(changes) for name, changes in self.findings.items()},
            "claims": {
                reference: {name: _pairs(changes) for name, changes in claims.items()}
                for reference, claims in self.claims.items()
            },
        }


def _pairs(changes: tuple[Change, ...]) -> dict[str, list[Any]]:
    return {change.what: [change.before, change.after] for change in changes}


def overall(runs: Iterable[RunResult]) -> Verdict:
    """The verdict of several runs: the worst."""
    return worst(run.verdict for run in runs)


def results_json(runs: Iterable[RunResult]) -> dict[str, Any]:
    """The published object: schema, verdict, runs."""
    runs = list(runs)
    return {"schema": SCHEMA, "verdict": overall(runs), "runs": [run.to_json() for run in runs]}
