"""`harness run`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli import options
from harness.errors import StorageError, UsageError

if TYPE_CHECKING:
    import argparse

    from harness.result import RunResult
    from harness.session.prepare import Prepared
    from harness.session.run import Ran

__all__ = ["act", "define"]

_ROOM, _LINES = 80, 14
"""Columns from which a run's end draws a connection, and the lines that may take."""


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("experiments", nargs="+", metavar="EXPERIMENT", help="a name, or a file")
    options.add_choices(command)
    options.add_out(command)
    command.add_argument("--plan", action="store_true", help="print the plan and start nothing")
    command.add_argument("--json", metavar="FILE", help="write the result as JSON; - for stdout, not the text")
    command.add_argument("--keep", action="store_true", help="leave the lab up and say how to enter it")


def act(arguments: argparse.Namespace) -> int:
    """Run everything asked for; the worst verdict decides the exit code."""
    from harness.result import overall, results_json
    from harness.session.prepare import prepare

    wanted = [
        options.request(arguments, experiment, image, out=arguments.out, keep=arguments.keep)
        for experiment in arguments.experiments
        for image in options.images(arguments)
    ]
    prepared = []
    try:
        for number, request in enumerate(wanted):
            prepared.append(prepare(request, warm=number == 0 and not arguments.plan))
        if arguments.plan:
            plans = [each.plan.to_json() for each in prepared]
            print(json.dumps(plans if len(plans) > 1 else plans[0], indent=2))
            return 0
        results = _run_all(prepared, arguments)
    finally:
        for each in prepared:
            each.close()
    if arguments.json:
        _write_json(arguments.json, results_json(results))
    return overall(results).exit_code


def _run_all(prepared: list[Prepared], arguments: argparse.Namespace) -> list[RunResult]:
    from harness.cli.progress import Shown
    from harness.session.run import run
    from harness.session.signals import interruptible

    results = []
    with interruptible():
        for each in prepared:
            ran = run(each, Shown())
            results.append(ran.result)
            if arguments.json != "-":
                print(_text(ran.result), end="", flush=True)
            _tell_entry(ran)
    return results


def _text(result: RunResult) -> str:
    """The result, and behind its table the packets of the connection that matters, where there is room."""
    from harness.report.terminal import render

    text = render(result, options.width(), options.style())
    if not result.findings or result.folder is None or options.width() < _ROOM:
        return text
    from harness.cli.show import drawn
    from harness.evidence.folder import RunFolder

    try:
        picture = drawn(RunFolder.open(Path(result.folder)), lines=_LINES)
    except UsageError:  # no connection at all
        return text
    head, table, *rest = text.split("\n\n")
    return "\n\n".join([head, table, picture.rstrip("\n"), *rest])


def _tell_entry(ran: Ran) -> None:
    for line in ran.entry:
        print(f"enter {line}", file=sys.stderr)
    if ran.entry:
        print("end the lab with: harness clean", file=sys.stderr)


def _write_json(place: str, value: Any) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if place == "-":
        sys.stdout.write(text)
        return
    try:
        Path(place).write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(f"{place}: {error.strerror}") from error
