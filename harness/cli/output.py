"""Where results go: a file, or stdout for ``-``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import StorageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["add_formats", "write", "write_json", "write_results"]


def add_formats(command: argparse.ArgumentParser) -> None:
    """The options that ask for a result in another form than text."""
    command.add_argument("--json", metavar="FILE", help="write the result as JSON; - for stdout, not the text")
    command.add_argument("--markdown", metavar="FILE", help="write it as Markdown; - for stdout, not the text")


def write(place: str, text: str) -> None:
    """Write a text; StorageError where the file cannot be written."""
    if place == "-":
        sys.stdout.write(text)
        return
    try:
        Path(place).write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(f"{place}: {error.strerror}") from error


def write_json(place: str, value: Any) -> None:
    """Write a value as JSON."""
    write(place, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_results(
    arguments: argparse.Namespace,
    *,
    text: Callable[[], str],
    markdown: Callable[[], str],
    value: Callable[[], Any],
) -> None:
    """Write what the options of ``add_formats`` ask for; the text to stdout unless another form goes there."""
    if "-" not in {arguments.json, arguments.markdown}:
        sys.stdout.write(text())
        sys.stdout.flush()
    if arguments.markdown:
        write(arguments.markdown, markdown())
    if arguments.json:
        write_json(arguments.json, value())
