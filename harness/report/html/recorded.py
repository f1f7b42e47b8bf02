"""A run as the page shows it: its result, and where it left a folder, all that was seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import FolderError
from harness.evidence.environment import environment
from harness.evidence.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.criteria import Criteria
    from harness.evidence.evidence import Evidence
    from harness.result import RunResult

__all__ = ["Recorded", "recorded"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A result with its evidence.

    Attributes:
        result: the run, judged.
        evidence: what was seen; None where there is no folder, or it cannot be read.
        criteria: what was measured and expected; None as above.
        environment: what each host was, as ``environment.json`` has it.
        fault: why the folder cannot be read, or None.
    """

    result: RunResult
    evidence: Evidence | None = None
    criteria: Criteria | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None


def recorded(result: RunResult, open_folder: Callable[[Path], RunFolder] = RunFolder.open) -> Recorded:
    """The result with what its run folder holds; without it, where the folder is gone or damaged.

    ``open_folder``: what opens it, and raises FolderError where it cannot.
    """
    if result.folder is None:
        return Recorded(result)
    try:
        folder = open_folder(Path(result.folder))
        criteria = folder.criteria
        facts = environment(folder.events, criteria.harness)
        return Recorded(result, folder.evidence, criteria, facts)
    except FolderError as error:
        return Recorded(result, fault=str(error))
