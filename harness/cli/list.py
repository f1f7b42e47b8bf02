"""`harness list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(_command: argparse.ArgumentParser) -> None:
    """It has no arguments."""


def act(_arguments: argparse.Namespace) -> int:
    """One line an experiment."""
    from tabulate import tabulate

    from harness import spec
    from harness.report.text import one_line

    rows = [(one_line(listed.name), one_line(listed.title)) for listed in spec.experiments()]
    print(tabulate(rows, ["experiment", "what happens"], disable_numparse=True))
    return 0
