"""`harness compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import options, output
from harness.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from harness.session.compare import Comparison

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument(
        "what", nargs="+", metavar="RUN|EXPERIMENT", help="run folders, or experiments to run on every --image"
    )
    options.add_choices(command)
    options.add_via(command)
    options.add_out(command)
    options.add_jobs(command, default=None, what="all at once; in virtual time one a processor")
    options.add_causes(
        command,
        default=None,
        text="run once more, with an older kernel's settings (default: in virtual time only)",
    )
    output.add_formats(command)


def act(arguments: argparse.Namespace) -> int:
    """Runs side by side; the exit code is that of the worst verdict: a difference is an answer, no failure."""
    from harness.report.compare import render

    outputs = output.Outputs.of(arguments)
    stored = [word for word in arguments.what if _is_run(word)]
    if stored and arguments.causes == "all":
        raise UsageError("stored runs are not run once more", "name the experiment, and its images with --image")
    if stored and len(stored) < len(arguments.what):
        raise UsageError(
            "run folders and experiments cannot be mixed", "run the experiment first, then compare runs"
        )
    comparisons, code = _stored(arguments) if stored else _performed(arguments)
    results = [column.result for comparison in comparisons for column in comparison.columns]

    outputs.show(lambda: render(comparisons, options.width(), options.style()))
    outputs.write(output.Results(results, comparisons, performed=not stored))
    return code


def _is_run(word: str) -> bool:
    """Whether a word names a run folder rather than an experiment."""
    return (Path(word) / "plan.json").exists() or ("/" in word and not word.endswith(".yaml"))


def _stored(arguments: argparse.Namespace) -> tuple[list[Comparison], int]:
    from harness.result import overall
    from harness.session.compare import compare_stored

    comparisons = compare_stored([Path(word) for word in arguments.what])
    return comparisons, overall(column.result for each in comparisons for column in each.columns).exit_code


def _performed(arguments: argparse.Namespace) -> tuple[list[Comparison], int]:
    from harness.cli.several import ShownSeveral
    from harness.session.matrix import compare_images
    from harness.session.outcome import exit_code
    from harness.session.signals import interruptible

    images = options.images(arguments)
    if len(images) < 2:
        raise UsageError(
            "one image alone cannot be compared", "give --image twice or more, or name two run folders"
        )
    requests = [
        options.request(arguments, experiment, image, out=arguments.out)
        for experiment in arguments.what
        for image in images
    ]
    shown = ShownSeveral()
    try:
        with interruptible():
            made = compare_images(requests, shown, arguments.jobs, arguments.causes or "virtual")
    finally:
        shown.close()
    return list(made.comparisons), exit_code(made.outcomes)
