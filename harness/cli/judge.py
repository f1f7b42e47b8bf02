"""`harness judge`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import options

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder")
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def act(arguments: argparse.Namespace) -> int:
    """Recompute results from the folders alone."""
    from harness.evidence.folder import RunFolder
    from harness.judge import judge
    from harness.report.terminal import render
    from harness.result import overall, results_json

    results = [judge(RunFolder.open(path)) for path in arguments.runs]
    if arguments.json:
        print(json.dumps(results_json(results), indent=2, ensure_ascii=False))
    else:
        print("\n".join(render(result, options.width(), options.style()) for result in results), end="")
    return overall(results).exit_code
