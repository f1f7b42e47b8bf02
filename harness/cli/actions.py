"""What commands that run things leave in GitHub Actions, without being asked: a step summary, and annotations."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import streams

if TYPE_CHECKING:
    from harness.cli.output import Results

__all__ = ["annotate", "leave"]


def leave(results: Results) -> None:
    """Append to the step summary, within its limit, and annotate; nothing outside GitHub Actions."""
    if not streams.in_actions():
        return
    from harness.report.workflow import commands

    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        _summarise(Path(place), results)
    lines = commands(results.runs)
    if lines:
        streams.tell(lines)


def annotate(message: str) -> None:
    """Annotate what kept a command from its work; nothing outside GitHub Actions."""
    if streams.in_actions():
        from harness.report.workflow import command

        streams.tell([command("error", "harness", message)])


def _summarise(path: Path, results: Results) -> None:
    from harness.report.summary import MOST, fitted, sections

    try:
        with path.open("ab") as file:
            wanted = sections(results.runs, results.comparisons, results.articles, results.matrix)
            text = fitted(wanted, MOST - file.tell())
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:  # the result does not depend on it
        print(f"harness: no step summary, {path}: {error.strerror}", file=sys.stderr)
