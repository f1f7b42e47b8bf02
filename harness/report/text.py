"""Text for a terminal: nothing that a packet, a log or a file brought can steer it; lines fit its width."""

from __future__ import annotations

import textwrap
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Style", "paragraph", "printable"]


def printable(text: str) -> str:
    """The text without control and format characters (an escape shows as its number), so that none acts."""
    return "".join(char if _harmless(char) else char.encode("unicode_escape").decode("ascii") for char in text)


def _harmless(char: str) -> bool:
    return char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def paragraph(label: str, sentences: Iterable[str], width: int) -> str:
    """A short paragraph behind its label, the lines after the first indented to the text."""
    text = " ".join(_sentence(printable(sentence)) for sentence in sentences)
    indent = " " * 9
    return textwrap.fill(
        text, max(40, width), initial_indent=f"{label:<8} ", subsequent_indent=indent, break_on_hyphens=False
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":", ")")) else text + "."


_CODES = {"pass": "32", "fail": "31;1", "unknown": "33;1", "skip": "2", "error": "31;1", "bold": "1"}


class Style:
    """Colours, where the terminal wants them."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def paint(self, name: str, text: str) -> str:
        """The text in the colour of that verdict or emphasis."""
        code = _CODES.get(name)
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours and code else text
