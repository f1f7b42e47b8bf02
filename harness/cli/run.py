"""`harness run`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import bisect, options, output
from harness.errors import HarnessError, UsageError

if TYPE_CHECKING:
    import argparse

    from harness.evidence.folder import RunFolder
    from harness.result import RunResult
    from harness.session.outcome import Outcome
    from harness.session.prepare import Prepared

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("experiments", nargs="+", metavar="EXPERIMENT", help="a name, or a file")
    options.add_choices(command)
    options.add_out(command)
    command.add_argument("--plan", action="store_true", help="print the plan and start nothing")
    command.add_argument(
        "--clock",
        choices=("virtual", "real"),
        help="what a vm lab's time follows (default: virtual, waits cost nothing)",
    )
    options.add_via(command)
    command.add_argument("--keep", action="store_true", help="leave the lab up and say how to enter it")
    options.add_jobs(command, default=1, what="one after another")
    bisect.add(command, "exit codes for git bisect run: 0 pass, 1 fail, 125 neither, from 128 on: ends it")
    output.add_formats(command)


def act(arguments: argparse.Namespace) -> int:
    """Run everything asked for; the worst verdict decides the exit code."""
    from harness.session.prepare import prepare

    if arguments.bisect and (arguments.jobs > 1 or arguments.keep or arguments.plan):
        raise UsageError(
            "--bisect tells of one commit by its exit code alone: leave out --jobs, --keep and --plan"
        )
    outputs = output.Outputs.of(arguments)
    wanted = [
        options.request(arguments, experiment, image, out=arguments.out, keep=arguments.keep)
        for experiment in arguments.experiments
        for image in options.images(arguments)
    ]
    prepared = []
    try:
        for number, request in enumerate(wanted):
            prepared.append(prepare(request, warm=number == 0 and not arguments.plan and arguments.jobs == 1))
        if arguments.plan:
            plans = [each.plan.to_json() for each in prepared]
            print(output.json_text(plans if len(plans) > 1 else plans[0], ascii_only=True), end="")
            return 0
        perform = _one_by_one if arguments.jobs == 1 else _at_once
        results, code = perform(prepared, arguments, outputs)
    finally:
        for each in prepared:
            each.close()
    outputs.write(output.Results(results))
    return bisect.of_runs(results) if arguments.bisect else code


def _one_by_one(
    prepared: list[Prepared], arguments: argparse.Namespace, outputs: output.Outputs
) -> tuple[list[RunResult], int]:
    """One after another; of several, one that cannot be started does not stop the others."""
    from harness.cli.progress import Shown
    from harness.session.outcome import Outcome, exit_code
    from harness.session.run import run
    from harness.session.signals import interruptible

    outcomes = []
    with interruptible():
        for each in prepared:
            folder = None
            try:
                ran = run(each, Shown())
                outcome, folder = Outcome(each.request, ran.result, entry=ran.entry), ran.folder
            except HarnessError as error:
                if len(prepared) == 1 or arguments.bisect:
                    raise
                outcome = Outcome.failed(each.request, error)
            outcomes.append(outcome)
            _tell(outcome, outputs, folder)
    return [outcome.result for outcome in outcomes], exit_code(outcomes)


def _at_once(
    prepared: list[Prepared], arguments: argparse.Namespace, outputs: output.Outputs
) -> tuple[list[RunResult], int]:
    """Several at a time; one that cannot be started does not stop the others."""
    from harness.cli.several import ShownSeveral
    from harness.session.many import run_all
    from harness.session.outcome import exit_code
    from harness.session.signals import interruptible

    shown = ShownSeveral()
    try:
        with interruptible():
            outcomes = run_all([each.request for each in prepared], shown, arguments.jobs)
    finally:
        shown.close()
    for outcome in outcomes:
        _tell(outcome, outputs)
    return [outcome.result for outcome in outcomes], exit_code(outcomes)


def _tell(ran: Outcome, outputs: output.Outputs, folder: RunFolder | None = None) -> None:
    outputs.show(lambda: _text(ran.result, folder))
    for line in ran.entry:
        print(f"enter {line}", file=sys.stderr)
    if ran.entry:
        print("end the lab with: harness clean", file=sys.stderr)


def _text(result: RunResult, folder: RunFolder | None) -> str:
    from harness.cli.show import ending
    from harness.evidence.folder import RunFolder

    if folder is None and result.folder:
        folder = RunFolder.open(Path(result.folder))
    return ending(result, folder)
