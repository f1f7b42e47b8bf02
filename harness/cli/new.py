"""`harness new`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("name", metavar="NAME", help="its name: letters, digits, - and _, the first one a letter")


def act(arguments: argparse.Namespace) -> int:
    """Write experiments/NAME.yaml and say what comes next; nothing is overwritten."""
    from harness.session.new import new

    path = new(arguments.name)
    print(f"{path} is written: it works as it is, and its comments say what to change.")
    print("Next:")
    print(f"  harness check {path}      every mistake, with its place")
    print(f"  harness predict {arguments.name}    what it expects here, and why")
    print(f"  harness run {arguments.name}        run it")
    print("The language is told in docs/experiment-language.md; in editors: harness schema > schema.json")
    return 0
