"""`harness images`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("--json", metavar="-", choices=["-"], help="print JSON: --json -")
    actions = command.add_subparsers(title="actions", metavar="build")
    build = actions.add_parser("build", help="build images, where their inputs have changed")
    build.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    build.set_defaults(build=True)


def act(arguments: argparse.Namespace) -> int:
    """List the images, or build them."""
    if getattr(arguments, "build", False):
        return _build(arguments)
    from tabulate import tabulate

    from harness.image import build

    images = build.status()
    if arguments.json:
        print(json.dumps({"images": [asdict(image) for image in images]}, indent=2))
        return 0
    rows = [(image.name, image.kind, image.kernel or "?", "yes" if image.built else "no") for image in images]
    print(tabulate(rows, ["image", "kind", "kernel", "built"], disable_numparse=True))
    return 0


def _build(arguments: argparse.Namespace) -> int:
    from harness.cli.progress import Shown
    from harness.image import build
    from harness.session.signals import interruptible

    with interruptible():
        for reference in build.build(arguments.names, Shown().say):
            print(reference)
    return 0
