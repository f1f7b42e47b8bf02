"""stdout and stderr of the command: a reader who leaves is no error, and no text is a workflow command."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Stream", "guarded", "in_actions", "install", "tell", "write_bytes"]


def in_actions() -> bool:
    """Whether this is a step of GitHub Actions, whose runner reads every line for commands."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def install() -> None:
    """Make both streams such ones; whatever was written before goes out first."""
    guard = _guard()
    for name in ("stdout", "stderr"):
        old = getattr(sys, name)
        if old is None:  # the shell closed it: its descriptor's number must not become a file's
            nowhere = os.open(os.devnull, os.O_WRONLY)
            old = open(nowhere, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (until the process ends)
        if isinstance(old, io.TextIOWrapper):
            old.flush()
            setattr(sys, name, Stream(old, guard))


def _guard() -> Callable[[str], str] | None:
    if not in_actions():
        return None
    from harness.report.workflow import harmless

    return harmless


def guarded(text: str) -> str:
    """The text as it may be printed here."""
    guard = _guard()
    return guard(text) if guard else text


def tell(commands: list[str]) -> None:
    """Give GitHub's runner commands. On stderr, which it reads too: stdout may be somebody's JSON."""
    sys.stdout.flush()
    if isinstance(sys.stderr, Stream):
        sys.stderr.commands(commands)
    else:
        print("\n".join(commands), file=sys.stderr, flush=True)


def write_bytes(data: bytes) -> None:
    """Write to stdout what is no text for people: UTF-8 whatever the terminal's encoding is, and binary forms."""
    if isinstance(sys.stdout, Stream):
        sys.stdout.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


class Stream(io.TextIOWrapper):
    """A stream like the one before it; a terminal without some character still gets the rest.

    Args:
        old: the stream in whose place it comes.
        guard: what makes text harmless, or None.
    """

    def __init__(self, old: io.TextIOWrapper, guard: Callable[[str], str] | None) -> None:
        super().__init__(
            io.BufferedWriter(io.FileIO(old.fileno(), "w", closefd=False)),
            encoding=old.encoding,
            errors="backslashreplace",
            line_buffering=old.line_buffering,
            write_through=old.write_through,
        )
        self._guard = guard
        self._line = ""

    def write(self, text: str, /) -> int:
        """Write it, harmless where it must be; a line may come in pieces."""
        if self._guard is None:
            self._write(text)
            return len(text)
        whole = self._guard(self._line + text)
        self._write(whole[len(self._line) :])
        self._line = whole[max(whole.rfind("\n"), whole.rfind("\r")) + 1 :]
        return len(text)

    def write_bytes(self, data: bytes) -> None:
        """Write what is no text, behind all text before it."""
        self.flush()
        try:
            self.buffer.write(data)
        except BrokenPipeError:
            self._leave()
        self.flush()

    def flush(self) -> None:
        """Let go of what was written; once the reader has gone, it is lost, and nothing else."""
        try:
            super().flush()
        except BrokenPipeError:
            self._leave()
            super().flush()

    def commands(self, lines: list[str]) -> None:
        """Write lines that are meant to be commands."""
        begun = "\n" if self._line else ""
        self._write(begun + "".join(f"{line}\n" for line in lines))
        self._line = ""
        self.flush()

    def _write(self, text: str) -> None:
        try:
            super().write(text)
        except BrokenPipeError:
            self._leave()

    def _leave(self) -> None:
        """Put nothing in the reader's place. Not below the buffer: there a signal has things written twice."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
