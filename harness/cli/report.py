"""`harness report`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import options, output

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from harness.evidence.folder import RunFolder

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder")
    output.add_formats(command)


def act(arguments: argparse.Namespace) -> int:
    """Stored runs in the forms asked for; without any, as text. Nothing is run or judged: what is written is 0."""
    from harness.evidence.folder import RunFolder
    from harness.session.compare import compare_repeated

    outputs = output.Outputs.of(arguments)
    folders = [RunFolder.open(path) for path in arguments.runs]
    runs = [replace(folder.result, folder=str(folder.path)) for folder in folders]
    results = output.Results(runs, compare_repeated(runs), performed=False)
    if not outputs:
        compared = {compared.experiment for compared in results.comparisons}
        alone = [folder for run, folder in zip(runs, folders, strict=True) if run.experiment not in compared]
        outputs.show(lambda: _text(results, alone))
    outputs.write(results)
    return 0


def _text(results: output.Results, alone: Sequence[RunFolder]) -> str:
    """What compare prints of the runs of one experiment, and show of each other run."""
    from harness.cli.show import ending
    from harness.report.compare import render

    compared = [render(results.comparisons, options.width(), options.style())] if results.comparisons else []
    return "\n".join([*compared, *(ending(folder.result, folder) for folder in alone)])
