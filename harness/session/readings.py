"""What run folders tell about a comparison's columns: the hosts' settings, and which of them the models read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import FolderError
from harness.evidence.folder import RunFolder
from harness.evidence.reading import read_json
from harness.judge.suspects import settings_read
from harness.model import Situation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.criteria import Criteria, ExpectationSpec
    from harness.judge.suspects import Setting
    from harness.result import RunResult

__all__ = ["Reading", "reading_of"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One run's background.

    Attributes:
        settings: each host's sysctls as read before the first step.
        read: by finding, the settings its expectation rests on.
        packets: by finding, the kind of packets whose moments it lists (``SYN``).
        releases: by finding, the kernel releases that its expectation depends on (``>=6.8``).
    """

    settings: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    read: Mapping[str, set[Setting]] = field(default_factory=dict)
    packets: Mapping[str, str] = field(default_factory=dict)
    releases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def reading_of(run: RunResult) -> Reading:
    """What a run's folder tells; nothing where there is none, or where it is damaged."""
    if run.folder is None:
        return Reading()
    try:
        folder = RunFolder.open(Path(run.folder))
        hosts = read_json(Path(run.folder) / "environment.json")["hosts"]
        settings = {name: dict(host.get("sysctls", {})) for name, host in hosts.items()}
        criteria, plan = folder.criteria, folder.plan
    except (FolderError, KeyError, TypeError, AttributeError, ValueError):
        return Reading()
    values = {name: finding.value for name, finding in run.findings.items()}
    situation = Situation(plan, dict(run.hosts), settings)
    return Reading(settings, settings_read(criteria, situation, values), _packets(criteria), _releases(criteria))


def _packets(criteria: Criteria) -> dict[str, str]:
    return {
        spec.name: spec.what for spec in criteria.findings if spec.source == "packets" and spec.take == "times"
    }


def _releases(criteria: Criteria) -> dict[str, tuple[str, ...]]:
    found = {name: tuple(_bounds(spec)) for name, spec in criteria.expectations.items()}
    return {name: bounds for name, bounds in found.items() if bounds}


def _bounds(spec: ExpectationSpec) -> list[str]:
    """The kernel releases between which an expectation's cases tell."""
    cases = spec.value if spec.kind == "cases" else []
    return [case["when"]["kernel"] for case in cases if case.get("when") and case["when"].get("kernel")]
