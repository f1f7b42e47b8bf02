"""`harness predict`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli import options

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("experiment", metavar="EXPERIMENT", help="a name, or a file")
    options.add_choices(command)


def act(arguments: argparse.Namespace) -> int:
    """What will happen and why, by this machine's kernel and settings; nothing is run."""
    from harness.report.prediction import render
    from harness.session.predict import predict

    for image in options.images(arguments):
        prediction = predict(options.request(arguments, arguments.experiment, image))
        print(render(prediction, options.width(), options.style()), end="")
    return 0
