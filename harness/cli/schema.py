"""`harness schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument(
        "kind", nargs="?", choices=("experiment", "reference"), default="experiment", help="which kind of file"
    )


def act(arguments: argparse.Namespace) -> int:
    """The JSON Schema that editors use."""
    from harness import spec

    print(json.dumps(spec.schema(arguments.kind), indent=2, ensure_ascii=False))
    return 0
