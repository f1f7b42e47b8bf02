"""`harness article`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli import options, output

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    options.add_place(command)
    command.add_argument(
        "--image", action="append", default=[], metavar="IMAGE", help="what the hosts are made of; may be repeated"
    )
    options.add_via(command)
    options.add_mode(command)
    options.add_out(command)
    options.add_jobs(command, default=None, what="all at once; in virtual time one a processor")
    output.add_formats(command)


def act(arguments: argparse.Namespace) -> int:
    """Every statement of the article beside what each kernel did; the worst verdict decides the exit code."""
    from harness.cli.several import ShownSeveral
    from harness.report.article_images import render
    from harness.session.article import articles
    from harness.session.outcome import exit_code
    from harness.session.prepare import Request
    from harness.session.signals import interruptible

    outputs = output.Outputs.of(arguments)
    requests = [
        Request(
            "",
            lab=arguments.lab,
            image=image,
            mode=arguments.mode,
            family=arguments.family,
            limit=arguments.limit,
            via=arguments.via,
            out=arguments.out,
        )
        for image in options.images(arguments)
    ]
    shown = ShownSeveral()
    try:
        with interruptible():
            done = articles(requests, shown, arguments.jobs)
    finally:
        shown.close()
    outputs.show(lambda: render(done, options.width(), options.style()))
    outputs.write(output.Results([run for each in done for run in each.runs], articles=done))
    return exit_code(outcome for each in done for outcome in each.outcomes)
