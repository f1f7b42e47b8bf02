"""`harness images`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import bisect, options, output
from harness.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from harness.image.status import Status

__all__ = ["act", "define"]


def define(command: argparse.ArgumentParser) -> None:
    """Its arguments."""
    command.add_argument("--json", metavar="-", choices=["-"], help="print JSON: --json -")
    command.set_defaults(action=_list)
    actions = command.add_subparsers(title="actions", metavar="build, remove")
    build = actions.add_parser("build", help="build images, or make one of a kernel of your own")
    build.add_argument("names", nargs="*", metavar="NAME", help="which (default: all)")
    options.add_via(build)
    own = build.add_argument_group("a kernel of your own")
    own.add_argument("--kernel", type=Path, metavar="FILE", help="a bzImage or vmlinux, for x86-64")
    own.add_argument("--name", metavar="NAME", help="what the image will be called: harness run … --image NAME")
    own.add_argument("--modules", type=Path, metavar="DIR", help="its modules (default: all is built in)")
    own.add_argument("--config", type=Path, metavar="FILE", help="its .config (default: where it can be found)")
    bisect.add(own, "exit codes for git bisect run: 125 where this kernel cannot be used")
    build.set_defaults(action=_build)
    remove = actions.add_parser("remove", help="remove an image that was made of a kernel of your own")
    remove.add_argument("names", nargs="+", metavar="NAME", help="which")
    remove.set_defaults(action=_remove)


def act(arguments: argparse.Namespace) -> int:
    """List the images, build or remove some."""
    code: int = arguments.action(arguments)
    return code


def _list(arguments: argparse.Namespace) -> int:
    from tabulate import tabulate

    from harness.image import status

    images = status.status()
    if arguments.json:
        print(output.json_text({"images": [asdict(image) for image in images]}, ascii_only=True), end="")
        return 0
    rows = [(image.name, image.kind, _kernel(image), _built(image)) for image in images]
    print(tabulate(rows, ["image", "kind", "kernel", "built"], disable_numparse=True))
    return 0


def _kernel(image: Status) -> str:
    return image.kernel or ("its own" if image.kind == "runtime" else "?")


def _built(image: Status) -> str:
    forms = f" ({', '.join(image.forms)})" if image.forms else ""
    return (f"yes{forms}" if image.built else "no") + (f"; {image.lacks}" if image.lacks else "")


def _build(arguments: argparse.Namespace) -> int:
    from harness.cli.progress import Shown
    from harness.session.signals import interruptible

    if arguments.kernel or arguments.name or arguments.modules or arguments.config:
        return _own(arguments)
    from harness.image import build

    with interruptible():
        for reference in build.build(arguments.names, Shown().say, arguments.via):
            print(reference)
    return 0


def _own(arguments: argparse.Namespace) -> int:
    from harness.cli.progress import Shown
    from harness.image import own_kernel

    if arguments.names or not (arguments.kernel and arguments.name):
        raise UsageError("a kernel of your own: harness images build --kernel FILE --name NAME [--modules DIR]")
    wanted = own_kernel.Wanted(arguments.name, arguments.kernel, arguments.modules, arguments.config)
    made = own_kernel.add(wanted, Shown().say)
    print(f"{made.reference}: kernel {made.release}; harness run EXPERIMENT --image {wanted.name}")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    from harness.image import own_kernel

    for name in arguments.names:
        own_kernel.remove(name)
        print(f"removed {name}")
    return 0
