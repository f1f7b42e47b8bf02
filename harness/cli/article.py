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
    command.add_argument("--image", metavar="IMAGE", help="what the hosts are made of")
    options.add_via(command)
    options.add_mode(command)
    options.add_out(command)
    options.add_jobs(command, default=None, what="all at once")
    output.add_formats(command)


def act(arguments: argparse.Namespace) -> int:
    """Every statement of the article beside what this kernel did; the worst verdict decides the exit code."""
    from harness.cli.several import ShownSeveral
    from harness.report.article import render
    from harness.session.article import article
    from harness.session.outcome import exit_code
    from harness.session.prepare import Request
    from harness.session.signals import interruptible

    outputs = output.Outputs.of(arguments)
    request = Request(
        "",
        lab=arguments.lab,
        image=arguments.image,
        mode=arguments.mode,
        family=arguments.family,
        limit=arguments.limit,
        out=arguments.out,
    )
    shown = ShownSeveral()
    try:
        with interruptible():
            done = article(request, shown, arguments.jobs)
    finally:
        shown.close()
    outputs.show(lambda: render(done, options.width(), options.style()))
    outputs.write(output.Results(done.runs, article=done))
    return exit_code(done.outcomes)
