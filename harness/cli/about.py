"""`harness about`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli import options

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("experiment", metavar="NAME", help="a name, or a file")


def act(arguments: argparse.Namespace) -> int:
    """What it does, why, what Linux and macOS do, its parameters."""
    from harness.report.about import render
    from harness.session.predict import about

    print(render(about(arguments.experiment), options.width()), end="")
    return 0
