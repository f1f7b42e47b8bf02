"""`harness schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli import output

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument(
        "kind",
        nargs="?",
        choices=("experiment", "reference", "result"),
        default="experiment",
        help="which: of experiment files (default), of reference files, of the result that --json writes",
    )


def act(arguments: argparse.Namespace) -> int:
    """The JSON Schema that editors use, and readers of results."""
    if arguments.kind == "result":
        from harness.report.result_schema import result_schema

        schema = result_schema()
    else:
        from harness import spec

        schema = spec.schema(arguments.kind)
    print(output.json_text(schema), end="")
    return 0
