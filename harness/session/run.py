"""One run, from request to result."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING

from harness.errors import HarnessError, ImageError, LabError, SettingAbsent, StorageError
from harness.evidence.folder import RunFolder
from harness.lab.interface import Order
from harness.runtime.events import Ended, now

if TYPE_CHECKING:
    from harness.lab.interface import Lab
    from harness.result import RunResult
    from harness.session.prepare import Prepared
    from harness.session.progress import Progress

__all__ = ["Ran", "run"]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run's result, and with ``keep`` the commands that enter its hosts."""

    result: RunResult
    entry: tuple[str, ...] = ()


def run(prepared: Prepared, progress: Progress) -> Ran:
    """Perform and judge.

    Raises:
        HarnessError: nothing was started: no image, no place for the run folder.
        KeyboardInterrupt: interrupted; the lab is down, the run folder marked incomplete.
    """
    request = prepared.request
    lab, image, references = _choose(prepared, progress)
    plan = prepared.plan_with(image)
    identity = os.urandom(4).hex()
    folder = RunFolder.create(request.out, plan.experiment, image, identity, datetime.now().astimezone())
    order = Order(identity, plan, references, keep=request.keep)
    try:
        folder.begin(plan, prepared.criteria)
        failed = _perform(lab, order, folder, progress)
        result = _judge(folder, failed)
        folder.finish(result)
    finally:
        folder.close()
    entry = tuple(lab.entry(order)) if request.keep and failed is None else ()
    return Ran(result, entry)


def _judge(folder: RunFolder, failed: HarnessError | None) -> RunResult:
    from harness.judge import judge  # noqa: PLC0415 (already imported while the experiment ran)

    if failed is not None and not isinstance(failed, SettingAbsent):
        # An event like any other, so that `harness judge` comes to the same verdict later.
        folder.record(Ended("", now(), "lab", 1, str(failed).replace("\n  ", "; ")))
    return judge(folder)


def _choose(prepared: Prepared, progress: Progress) -> tuple[Lab, str, dict[str, str]]:
    """The first lab whose image is there or can be built."""
    for number, (lab, image) in enumerate(prepared.labs, 1):
        if lab.name != "docker":
            return lab, image, {}
        from harness.image import build  # noqa: PLC0415 (imports the Docker SDK, which a netns run must not pay)

        try:
            return lab, image, {image: build.ensure(image, progress.say)}
        except ImageError as error:
            if number == len(prepared.labs):
                raise
            progress.say(f"not the docker lab: {error}")
    raise LabError("no lab")  # pragma: no cover (there is at least one, and the last returns or raises)


def _perform(lab: Lab, order: Order, folder: RunFolder, progress: Progress) -> HarnessError | None:
    """Perform the plan and record every event; what kept it from being performed, if anything did."""
    progress.begin(order.plan, lab.name)
    try:
        with closing(lab.perform(order)) as events:  # type: ignore[type-var]  # a generator, as Lab.perform says
            for number, event in enumerate(events):
                if number == 0:
                    # Imported here, while the lab comes up, and not at start: 60 ms.
                    import_module("harness.judge")
                folder.record(event)
                progress.event(event)
    except StorageError:
        raise
    except HarnessError as error:
        return error
    finally:
        progress.end()
    return None
