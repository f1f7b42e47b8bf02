"""Options that several commands share, and what their words mean."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.report.text import Style

__all__ = [
    "add_causes",
    "add_choices",
    "add_jobs",
    "add_mode",
    "add_out",
    "add_place",
    "add_via",
    "images",
    "request",
    "style",
    "width",
]


def add_choices(command: argparse.ArgumentParser) -> None:
    """What chooses lab, image, parameters and settings of a run."""
    add_place(command)
    command.add_argument(
        "--image", action="append", default=[], metavar="IMAGE", help="what the hosts are made of; may be repeated"
    )
    command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set one of the experiment's parameters"
    )
    command.add_argument(
        "--sysctl",
        action="append",
        default=[],
        metavar="[HOST:]NAME=VALUE",
        help="set a sysctl, on one host or on all",
    )
    add_mode(command)


def add_place(command: argparse.ArgumentParser) -> None:
    """Which lab."""
    command.add_argument(
        "--lab", default="auto", metavar="LAB", help="docker, netns, vm, or auto (the first that works)"
    )


def add_via(command: argparse.ArgumentParser) -> None:
    """How a vm lab has QEMU, which is the form of its image."""
    command.add_argument(
        "--via",
        choices=("process", "docker"),
        help="how a vm lab has QEMU: as a process here, or in a container (default: the first that works)",
    )


def add_mode(command: argparse.ArgumentParser) -> None:
    """Quick or full, which IP version, and for how long at most."""
    mode = command.add_mutually_exclusive_group()
    mode.add_argument(
        "--quick", dest="mode", action="store_const", const="quick", help="the short waits of the file (default)"
    )
    mode.add_argument("--full", dest="mode", action="store_const", const="full", help="the kernel's own values")
    command.add_argument(
        "--family", type=int, choices=(4, 6), default=4, help="IP version of the lab's network (default: 4)"
    )
    command.add_argument("--limit", type=_seconds, metavar="SECONDS", help="end the experiment after so long")


def add_jobs(command: argparse.ArgumentParser, default: int | None, what: str) -> None:
    """How many runs at a time."""
    command.add_argument(
        "--jobs", type=_jobs, default=default, metavar="N", help=f"so many runs at a time (default: {what})"
    )


def add_causes(command: argparse.ArgumentParser, default: str | None, text: str) -> None:
    """Whether causes are tried."""
    causes = command.add_mutually_exclusive_group()
    causes.add_argument(
        "--causes", action="store_const", const="all", default=default, help=f"prove why kernels differ: {text}"
    )
    causes.add_argument(
        "--no-causes", dest="causes", action="store_const", const="none", help="run nothing once more"
    )


def _jobs(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of runs; 1 or more")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds between 0 and a million")
    return value


def images(arguments: argparse.Namespace) -> list[str | None]:
    """The images asked for; one None where the lab is to choose."""
    return list(arguments.image) or [None]


def _settings(words: list[str]) -> dict[str, str]:
    return dict(_pair(word, "--set", "NAME=VALUE") for word in words)


def _sysctls(words: list[str]) -> dict[str | None, dict[str, str]]:
    found: dict[str | None, dict[str, str]] = {}
    for word in words:
        left, value = _pair(word, "--sysctl", "[HOST:]NAME=VALUE")
        host, colon, name = left.rpartition(":")
        found.setdefault(host if colon else None, {})[name] = value
    return found


def _pair(word: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not equals or not name:
        raise UsageError(f"{option} {word}: expected {form}")
    return name.strip(), value.strip()


def request(arguments: argparse.Namespace, experiment: str, image: str | None, **more: Any) -> Any:
    """The run that the options ask for, of one experiment and one image."""
    from harness.session.prepare import Request

    return Request(
        experiment=experiment,
        lab=arguments.lab,
        image=image,
        mode=arguments.mode,
        settings=_settings(arguments.set),
        sysctls=_sysctls(arguments.sysctl),
        family=arguments.family,
        limit=arguments.limit,
        clock=getattr(arguments, "clock", None),
        via=getattr(arguments, "via", None),
        **more,
    )


def add_out(command: argparse.ArgumentParser) -> None:
    """Where the run folders are."""
    command.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="where run folders are kept (default: runs)"
    )


def width() -> int:
    """The terminal's columns; 100 where there is no terminal."""
    return shutil.get_terminal_size((100, 24)).columns


def style() -> Style:
    """Colours on a terminal, unless NO_COLOR is set (no-color.org) or the terminal is dumb."""
    from harness.report.text import Style

    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(colours=wanted)
