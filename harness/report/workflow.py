"""GitHub's workflow commands: annotations for runs, and nothing else that is taken for a command.

The runner reads every line of a step's stdout and stderr (its ScriptHandler.cs). One that begins, after blanks,
with ``::NAME`` and another ``::`` is a command; one that holds ``##[NAME]`` anywhere is one in an older form (its
ActionCommand.cs, TryParseV2 and TryParse). So text that a packet, a log or a file brought could forge a result.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.report.cases import image_of, names, troubles
from harness.report.text import printable
from harness.result import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.result import RunResult

__all__ = ["COMMAND", "MOST", "command", "commands", "harmless"]

COMMAND = re.compile(r"((?:^|(?<=[\r\n]))\s*:(?=:)|##(?=\[))(:|\[)")
"""Where a command might begin: its begin, and the character behind it, without which it is none."""

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""

_TITLE = 120
_MESSAGE = 2000
_LEVELS = {Verdict.ERROR: "error", Verdict.FAIL: "error", Verdict.UNKNOWN: "warning"}


def harmless(text: str) -> str:
    """The text with a backslash inside whatever would be taken for a command."""
    return COMMAND.sub(r"\1\\\2", text)


def commands(runs: Sequence[RunResult]) -> list[str]:
    """A command for each run that is in error, failed or is unknown, the worst first; at most ``MOST``."""
    order = list(_LEVELS)
    told = [
        (run.verdict, name, run) for name, run in zip(names(runs), runs, strict=True) if run.verdict in _LEVELS
    ]
    told.sort(key=lambda each: order.index(each[0]))
    shown = told if len(told) <= MOST else told[: MOST - 1]
    lines = [_annotation(verdict, name, run) for verdict, name, run in shown]
    if len(shown) < len(told):
        rest = told[len(shown) :]
        text = f"{len(rest)} more of {len(runs)} runs did not pass: " + ", ".join(name for _, name, _ in rest)
        lines.append(command(_LEVELS[rest[0][0]], "harness", text))
    return lines


def _annotation(verdict: Verdict, name: str, run: RunResult) -> str:
    where = " on ".join(filter(None, [name, image_of(run)]))
    return command(_LEVELS[verdict], f"{where}: {verdict.value}", "\n".join(troubles(run)))


def command(level: str, title: str, message: str) -> str:
    """A workflow command, escaped as the runner's own toolkit does (%, CR, LF; in a property also : and comma)."""
    title = _data(_cut(printable(title).replace("\n", " "), _TITLE)).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={title}::{_data(_cut(printable(message), _MESSAGE))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
