"""One run, from request to result."""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from harness.errors import HarnessError, ImageError, LabError, SettingAbsent, StorageError
from harness.evidence.folder import RunFolder
from harness.image import build
from harness.judge import judge
from harness.lab.interface import Order
from harness.result import RunResult, Verdict
from harness.session.choice import candidates
from harness.session.prepare import Request, check_capacity, plan_for

if TYPE_CHECKING:
    from harness.lab.interface import Lab
    from harness.session.progress import Progress

__all__ = ["Ran", "run"]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run's result, and with ``keep`` the commands that enter its hosts."""

    result: RunResult
    entry: tuple[str, ...] = ()


def run(request: Request, progress: Progress) -> Ran:
    """Choose, plan, perform, judge.

    Raises:
        HarnessError: nothing was started: wrong use, no lab, no image, no place for the run folder.
        KeyboardInterrupt: interrupted; the lab is down, the run folder marked incomplete.
    """
    lab, image, references = _choose(request, progress)
    plan, criteria = plan_for(request, image)
    check_capacity(plan)
    identity = secrets.token_hex(4)
    folder = RunFolder.create(request.out, plan.experiment, image, identity, datetime.now().astimezone())
    order = Order(identity, plan, references, keep=request.keep)
    try:
        folder.begin(plan, criteria)
        failed = _perform(lab, order, folder, progress)
        result = judge(folder)
        if failed is not None:
            verdict = Verdict.SKIP if isinstance(failed, SettingAbsent) else Verdict.ERROR
            result = replace(result, verdict=verdict, reason=str(failed))
        folder.finish(result)
    finally:
        folder.close()
    entry = tuple(lab.entry(order)) if request.keep and failed is None else ()
    return Ran(result, entry)


def _choose(request: Request, progress: Progress) -> tuple[Lab, str, dict[str, str]]:
    """The first lab whose image is there or can be built."""
    found = candidates(request.lab, request.image)
    plan_for(request, found[0][1])  # mistakes in the file come before minutes of building
    for number, (lab, image) in enumerate(found, 1):
        if lab.name != "docker":
            return lab, image, {}
        try:
            return lab, image, {image: build.ensure(image, progress.say)}
        except ImageError as error:
            if number == len(found):
                raise
            progress.say(f"not the docker lab: {error}")
    raise LabError("no lab")  # pragma: no cover (candidates gives at least one, and the last returns or raises)


def _perform(lab: Lab, order: Order, folder: RunFolder, progress: Progress) -> HarnessError | None:
    """Perform the plan and record every event; what kept it from being performed, if anything did."""
    progress.begin(order.plan, lab.name)
    try:
        with closing(lab.perform(order)) as events:  # type: ignore[type-var]  # a generator, as Lab.perform says
            for event in events:
                folder.record(event)
                progress.event(event)
    except StorageError:
        raise
    except HarnessError as error:
        return error
    finally:
        progress.end()
    return None
