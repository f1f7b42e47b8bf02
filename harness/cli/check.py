"""`harness check`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("files", nargs="+", metavar="FILE", help="experiment or reference files, or their names")


def act(arguments: argparse.Namespace) -> int:
    """Every mistake, with its place; nothing is started."""
    from harness import spec
    from harness.errors import ExitCode
    from harness.report.text import printable

    mistakes = spec.check(arguments.files)
    for mistake in mistakes:
        print(printable(str(mistake)), file=sys.stderr)
    if mistakes:
        return ExitCode.USAGE
    print(f"{len(arguments.files)} file{'s' if len(arguments.files) != 1 else ''}: no mistakes")
    return 0
