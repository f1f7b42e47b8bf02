"""`harness judge`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder")
    command.add_argument("--json", action="store_true", help="print the result as JSON")


def act(arguments: argparse.Namespace) -> int:
    """Recompute results from the folders alone."""
    from harness.cli.show import ending
    from harness.evidence.folder import RunFolder
    from harness.judge import judge
    from harness.result import overall, results_json

    folders = [RunFolder.open(path) for path in arguments.runs]
    results = [judge(folder) for folder in folders]
    if arguments.json:
        print(json.dumps(results_json(results), indent=2, ensure_ascii=False))
    else:
        print("\n".join(map(ending, results, folders)), end="")
    return overall(results).exit_code
