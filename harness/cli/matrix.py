"""`harness matrix`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli import options, output

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("experiments", nargs="*", metavar="EXPERIMENT", help="a name, or a file (default: all)")
    options.add_choices(command)
    options.add_via(command)
    options.add_out(command)
    options.add_jobs(command, default=None, what="all at once; in virtual time one a processor")
    options.add_causes(command, default="none", text="run once more, with the settings of older kernels")
    output.add_formats(command)


def act(arguments: argparse.Namespace) -> int:
    """Every experiment on every image; a difference is an answer, the worst verdict decides the exit code."""
    from harness.cli.several import ShownSeveral
    from harness.report.matrix import render
    from harness.session.matrix import all_experiments, all_images, compare_images
    from harness.session.outcome import exit_code
    from harness.session.signals import interruptible

    outputs = output.Outputs.of(arguments)
    images = arguments.image or all_images()
    requests = [
        options.request(arguments, experiment, image, out=arguments.out)
        for experiment in arguments.experiments or all_experiments()
        for image in images
    ]
    shown = ShownSeveral()
    try:
        with interruptible():
            named = bool(arguments.image)
            made = compare_images(requests, shown, arguments.jobs, arguments.causes, named=named)
    finally:
        shown.close()
    outputs.show(lambda: render(made, options.width(), options.style()))
    results = [column.result for compared in made.comparisons for column in compared.columns]
    outputs.write(output.Results(results, made.comparisons, matrix=made))
    return exit_code(made.outcomes)
