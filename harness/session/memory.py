"""Plans remembered on disk: making one reads YAML and checks all of it, which takes longer than a lab's start.

A plan is a pure function of the experiment's file, the references, the options and harness itself; a digest of
all of these is the name under which it is kept, so that a change of any makes another plan. What cannot be read
or written is made anew: nothing depends on the memory but time.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import harness
from harness import share
from harness.criteria import Criteria
from harness.runtime.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["remembered"]

_MOST = 200
"""Plans kept; the oldest go first."""


def remembered(
    experiment: str, options: dict[str, Any], make: Callable[[], tuple[Plan, Criteria]]
) -> tuple[Plan, Criteria]:
    """The plan and criteria that ``make`` gives for this experiment and these options.

    Raises:
        UnknownName, UsageError: there is no such experiment.
        Whatever ``make`` raises: mistakes are never remembered.
    """
    path = _folder() / f"{_digest(experiment, options)}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        data = json.loads(path.read_text("utf-8"))
        return Plan.from_json(data["plan"]), Criteria.from_json(data["criteria"])
    plan, criteria = make()
    with suppress(OSError):
        _keep(path, {"plan": plan.to_json(), "criteria": criteria.to_json()})
    return plan, criteria


def _folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "harness" / "plans"


def _digest(experiment: str, options: dict[str, Any]) -> str:
    path = share.find("experiments", experiment)
    digest = hashlib.sha256(json.dumps([str(path), options], sort_keys=True).encode())
    for file in (path, *share.found("references").values()):
        with suppress(OSError):
            digest.update(file.read_bytes() + b"\0")
    # A reference is checked against the experiments there are; harness itself by when its files changed.
    digest.update("\0".join(share.names("experiments")).encode())
    digest.update("\0".join(_harness()).encode())
    return digest.hexdigest()


def _harness() -> Iterator[str]:
    root = Path(harness.__file__).parent
    yield harness.__version__
    for file in sorted((*root.glob("*.py"), *root.glob("spec/*.py"), *root.glob("model/*.py"))):
        facts = file.stat()
        yield f"{file.name} {facts.st_mtime_ns} {facts.st_size}"


def _keep(path: Path, data: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(data), "utf-8")
    part.replace(path)
    kept = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)
    for old in kept[:-_MOST]:
        old.unlink(missing_ok=True)
