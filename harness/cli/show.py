"""`harness show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import options

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument(
        "run",
        nargs="?",
        type=Path,
        default=Path("runs/latest"),
        metavar="RUN",
        help="a run folder (default: the last)",
    )


def act(arguments: argparse.Namespace) -> int:
    """The stored result, as the run's end showed it."""
    from harness.evidence.folder import RunFolder
    from harness.report.terminal import render

    result = RunFolder.open(arguments.run).result
    print(render(result, options.width(), options.style()), end="")
    return 0
