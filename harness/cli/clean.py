"""`harness clean`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument(
        "--states", action="store_true", help="also every prepared state of a guest; the next run makes it anew"
    )
    command.add_argument("--images", action="store_true", help="also kernels of recipes that no image has now")


def act(arguments: argparse.Namespace) -> int:
    """Remove leftovers of every kind of lab that works here; live runs are not touched."""
    from harness.lab.vm import leftovers
    from harness.session.choice import LABS

    said = [line for kind in LABS.values() if (lab := kind()).probe().usable for line in lab.clean()]
    said += leftovers.begun()
    said += leftovers.old_images() if arguments.images else []
    said += leftovers.states() if arguments.states else []
    for line in said or ["nothing was left behind"]:
        print(line)
    return 0
