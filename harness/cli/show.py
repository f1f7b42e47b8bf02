"""`harness show`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import options
from harness.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from harness.evidence.folder import RunFolder
    from harness.result import RunResult

__all__ = ["act", "define", "drawn", "ending"]

_ROOM, _LINES = 80, 14
"""Columns from which a run's end draws a connection, and the lines that may take."""


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
    command.add_argument(
        "--packets", action="store_true", help="draw one connection instead: calls, states, packets in order"
    )
    command.add_argument(
        "--of", metavar="LABEL", help="with --packets: a connection of this group (default: the one that matters)"
    )
    command.add_argument(
        "--index", type=int, metavar="N", help="with --packets: the group's member of this index, from 0"
    )


def act(arguments: argparse.Namespace) -> int:
    """The stored result, as the run's end showed it, or one connection as a ladder."""
    from harness.evidence.folder import RunFolder

    folder = RunFolder.open(arguments.run)
    if arguments.packets:
        print(drawn(folder, arguments.of, arguments.index), end="")
        return 0
    if arguments.of is not None or arguments.index is not None:
        raise UsageError("--of and --index choose a connection to draw", "add --packets")
    print(ending(folder.result, folder), end="")
    return 0


def ending(result: RunResult, folder: RunFolder | None) -> str:
    """A run's end: its result; behind the table, where there is room, the connection that matters."""
    from harness.report.terminal import render

    text = render(result, options.width(), options.style())
    if not result.findings or folder is None or options.width() < _ROOM:
        return text
    try:
        picture = drawn(folder, lines=_LINES)
    except UsageError:  # no connection at all
        return text
    head, table, *rest = text.split("\n\n")
    return "\n\n".join([head, table, picture.rstrip("\n"), *rest])


def drawn(folder: RunFolder, label: str | None = None, index: int | None = None, lines: int | None = None) -> str:
    """One connection of a run as a ladder; UsageError where there is none."""
    from harness.report.ladder import ladder
    from harness.report.ladder_choice import alike, named
    from harness.report.ladder_text import SIGNS, render

    evidence = folder.evidence
    connection = named(evidence, label, index)
    made = ladder(evidence, connection, alike=alike(evidence, connection))
    unicode = _carries(SIGNS)
    return render(made, options.width(), options.style(), unicode=unicode, lines=lines)


def _carries(signs: str) -> bool:
    """Whether stdout's encoding has these characters."""
    try:
        signs.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
