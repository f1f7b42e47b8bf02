"""Commands: one thin file each, no logic. Only here anything is printed: results to stdout, the rest to stderr."""

from harness.cli.main import command, main

__all__ = ["command", "main"]
