"""`harness judge`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import options, output
from harness.errors import UsageError

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder")
    command.add_argument("--json", action="store_true", help="print the result, and what has changed, as JSON")
    command.add_argument(
        "--anew",
        action="store_true",
        help="by today's experiment file and references, not by what was expected when the run was made",
    )
    command.add_argument(
        "--experiment",
        metavar="EXPERIMENT",
        help="with --anew: the file, where the run's own name does not lead there",
    )
    command.add_argument(
        "--write", action="store_true", help="store the new result; the old one is kept as result.1.json ..."
    )


def act(arguments: argparse.Namespace) -> int:
    """Judge from the folders, and say what is otherwise than in the stored results."""
    from harness.cli.show import ending
    from harness.evidence.folder import RunFolder
    from harness.report.changes import changed
    from harness.result import overall
    from harness.session.rejudge import rejudge, rejudged_json, write

    if arguments.experiment is not None and not arguments.anew:
        raise UsageError("--experiment says by which file to judge anew", "add --anew")
    folders = [RunFolder.open(path) for path in arguments.runs]
    runs = [rejudge(folder, anew=arguments.anew, experiment=arguments.experiment) for folder in folders]
    written = write(runs) if arguments.write else []
    if arguments.json:
        print(output.json_text(rejudged_json(runs)), end="")
    else:
        shown = (ending(run.result, run.folder) + changed(run.changes, run.notes, options.width()) for run in runs)
        print("\n".join(shown), end="")
    for line in written:
        print(line, file=sys.stderr)
    return overall(run.result for run in runs).exit_code
