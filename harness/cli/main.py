"""The command line: its parser, and what every command's errors and interrupts become."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from harness import __version__
from harness.cli import actions, bisect, streams
from harness.errors import ExitCode, HarnessError
from harness.report.text import printable
from harness.session.signals import interruptible

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["command", "main", "parser"]

_COMMANDS = {
    "run": "run experiments and say what this kernel did, and should have done",
    "article": "run the article's experiments and compare what it says, claim by claim, with this kernel",
    "compare": "put runs side by side: stored ones, or one experiment on several images",
    "matrix": "run every experiment on every image; say what differs between which kernels, and why",
    "predict": "say what will happen and why, without running anything",
    "list": "list the experiments",
    "about": "tell what an experiment does, and what Linux and macOS do",
    "new": "begin an experiment of your own: write a file that works, to be changed",
    "show": "show a stored run again",
    "report": "write stored runs in other forms: HTML, JSON, Markdown, JUnit, KTAP, pcapng",
    "check": "check experiment and reference files, and start nothing",
    "schema": "print the JSON Schema of experiment files, for editors, or of results",
    "judge": "judge stored runs again, and say what that changes",
    "images": "list the images, or build them",
    "doctor": "try each kind of lab, and say what is missing and what mends it",
    "clean": "remove what dead runs and kept labs left behind",
}

_EPILOG = """\
Exit codes: 0 all findings passed or were skipped; 1 one failed; 2 wrong use or a mistake in a file;
3 could not run; 4 the evidence is incomplete; 130 interrupted.
Start with: harness run backlog-overflow
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(printable(message))  # it may repeat words that came from anywhere


def parser() -> argparse.ArgumentParser:
    """The whole command line's parser."""
    top = _Parser(
        prog="harness",
        description="Run TCP experiments on real hosts; see what this kernel did and what it should have done.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"harness {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, summary in _COMMANDS.items():
        module = import_module(f"harness.cli.{name}")
        command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        module.define(command)
        command.set_defaults(act=module.act)
    return top


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that the words name; its exit code."""
    words = sys.argv[1:] if words is None else words
    if bisect.asked(words):
        return bisect.guarded(lambda: _act(words), _tell)
    try:
        return _act(words)
    except HarnessError as error:
        _tell(error)
        return error.code


def _tell(error: HarnessError) -> None:
    print(f"harness: {printable(str(error))}", file=sys.stderr)
    actions.annotate(str(error))


def _act(words: Sequence[str]) -> int:
    arguments = parser().parse_args(words)
    try:
        code: int = arguments.act(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("harness: interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    return code


def command() -> None:
    """The console script: ``main``, and out.

    Nothing is left to do at exit that was not done on purpose, so Python's own tidying (25 ms) is left out.
    """
    streams.install()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for plugins nobody has takes 15 ms
    gc.set_threshold(100_000, 50, 50)  # evidence is many small objects: looking for cycles in them took a fifth
    # From the first moment to the last: a signal at any time ends in good order, and a second one changes nothing.
    with interruptible():
        code = main()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
