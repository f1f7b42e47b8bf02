"""`harness doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli import options

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(_command: argparse.ArgumentParser) -> None:
    """It has no arguments."""


def act(_arguments: argparse.Namespace) -> int:
    """Each kind of lab: what it needs, what is there, and whether a tiny one really works."""
    from harness.cli.progress import Shown
    from harness.report.doctor import render
    from harness.result import Verdict
    from harness.session.doctor import examine
    from harness.session.signals import interruptible

    with interruptible():
        checkups = examine(Shown().say)
    print(render(checkups, options.style()), end="")
    usable = any(checkup.works for checkup in checkups)
    return (Verdict.PASS if usable else Verdict.ERROR).exit_code
