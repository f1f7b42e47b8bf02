"""One run, from request to result."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, cast

from harness.errors import HarnessError, ImageError, LabError, RuntimeMissing, SettingAbsent, StorageError
from harness.evidence.folder import RunFolder
from harness.lab.interface import Order
from harness.runtime.events import Ended, now
from harness.session.signals import interrupted

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.lab.docker import Docker
    from harness.lab.interface import Lab, Stop
    from harness.lab.vm import Vm
    from harness.result import RunResult
    from harness.session.prepare import Prepared
    from harness.session.progress import Progress

    Ensure = Callable[[str, Callable[[str], None]], str]

__all__ = ["Chosen", "Ran", "choose", "perform", "run"]


@dataclass(frozen=True, slots=True)
class Ran:
    """A run's result, its folder, and with ``keep`` the commands that enter its hosts."""

    result: RunResult
    folder: RunFolder
    entry: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lab that a run will have, its image, and the engine's reference for it (docker), or its own (vm)."""

    lab: Lab
    image: str
    references: dict[str, str]


def run(prepared: Prepared, progress: Progress) -> Ran:
    """Choose a lab, perform and judge; raises as ``choose`` and ``perform`` do."""
    return perform(prepared, choose(prepared, progress.say), progress)


def perform(prepared: Prepared, chosen: Chosen, progress: Progress, stop: Stop | None = None) -> Ran:
    """Perform and judge.

    Args:
        prepared: what to perform.
        chosen: where.
        progress: hears of everything.
        stop: somebody who may want it to end early, from another thread.

    Raises:
        HarnessError: nothing was started: there is no place for the run folder.
        KeyboardInterrupt: interrupted, or stopped; the lab is down, the run folder marked incomplete.
    """
    request, lab = prepared.request, chosen.lab
    plan = prepared.plan_with(chosen.image)
    identity = os.urandom(4).hex()
    folder = RunFolder.create(request.out, plan.experiment, chosen.image, identity, datetime.now().astimezone())
    order = Order(identity, plan, chosen.references, keep=request.keep, stop=stop)
    try:
        folder.begin(plan, prepared.criteria)
        failed = _perform(lab, order, folder, progress)
        result = _judge(folder, failed)
        folder.finish(result)
    finally:
        folder.close()
    entry = tuple(lab.entry(order)) if request.keep and failed is None else ()
    return Ran(result, folder, entry)


def _judge(folder: RunFolder, failed: HarnessError | None) -> RunResult:
    from harness.judge import judge  # noqa: PLC0415 (already imported while the experiment ran)

    if failed is not None and not isinstance(failed, SettingAbsent | RuntimeMissing):
        # An event like any other, so that `harness judge` comes to the same verdict later.
        folder.record(Ended("", now(), "lab", 1, str(failed).replace("\n  ", "; ")))
    return judge(folder)


def choose(prepared: Prepared, say: Callable[[str], None], ensure: Ensure | None = None) -> Chosen:
    """The first lab whose image is there or can be built.

    Args:
        prepared: the labs that can be used.
        say: hears of builds and of labs left out.
        ensure: makes an image ready and gives the engine's reference for it (default: ``image.build.ensure``).

    Raises:
        ImageError: no image can be had.
        LabMissing: the engine has gone away.
    """
    for number, (lab, image) in enumerate(prepared.labs, 1):
        if lab.name == "vm":
            return Chosen(lab, image, {image: cast("Vm", lab).ready(image, say)})
        if lab.name != "docker":
            return Chosen(lab, image, {})
        if cast("Docker", lab).lacking() is not None:
            return Chosen(lab, image, {})  # performing it says so, with a run folder to show it
        if ensure is None:
            from harness.image import build  # noqa: PLC0415 (imports the Docker SDK, which a netns run must not pay)

            ensure = build.ensure
        try:
            return Chosen(lab, image, {image: ensure(image, say)})
        except ImageError as error:
            if number == len(prepared.labs):
                raise
            say(f"not the docker lab: {error}")
    raise LabError("no lab")  # pragma: no cover (there is at least one, and the last returns or raises)


def _import_judging() -> None:
    for name in ("harness.evidence.evidence", "harness.judge"):
        import_module(name)


def _perform(lab: Lab, order: Order, folder: RunFolder, progress: Progress) -> HarnessError | None:
    """Perform the plan and record every event; what kept it from being performed, if anything did."""
    # 60 ms of imports, while the lab comes up and this thread waits for it.
    threading.Thread(target=_import_judging, name="imports").start()
    progress.begin(order.plan, lab.name)
    try:
        with closing(lab.perform(order)) as events:  # type: ignore[type-var]  # a generator, as Lab.perform says
            for event in events:
                if interrupted() or (order.stop is not None and order.stop.asked):
                    raise KeyboardInterrupt
                folder.record(event)
                progress.event(event)
    except StorageError:
        raise
    except HarnessError as error:
        return error
    finally:
        progress.end()
    return None
