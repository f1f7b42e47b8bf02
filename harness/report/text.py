"""Text for a terminal: nothing that a packet, a log or a file brought can steer it; lines fit its width."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["LEAST", "Style", "columns", "labelled", "one_line", "paragraph", "printable", "wrap"]

LEAST = 40
"""Columns that every report takes at the least, however narrow the terminal."""

_READABLE = 100
"""Columns beyond which running text is hard to read, however wide the terminal."""

_INDENT = 9
_CELL = 240
_BLANKS = re.compile(r"[ \t\n]+")
_UNIT = re.compile(r"(?<=\d) (?=m?s\b)")
_ARTICLE = re.compile(r"(an?|the) ")
_HELD = "\N{NO-BREAK SPACE}"


def printable(text: str) -> str:
    """The text without control and format characters (an escape shows as its number), so that none acts."""
    if text.isprintable():
        return text
    return "".join(char if _harmless(char) else char.encode("unicode_escape").decode("ascii") for char in text)


def _harmless(char: str) -> bool:
    return char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def one_line(text: str) -> str:
    """The text printable, its line ends too, and cut where it is longer than a table's cell should ever be."""
    text = printable(text).replace("\n", "\\n")
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def columns(text: str) -> int:
    """How many columns a terminal gives the text: two to a wide character, none to a combining one."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(char) for char in text)


def _columns_of(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if _wide(char) else 1


def wrap(text: str, width: int, first: str = "", rest: str = "") -> str:
    """The text in lines of at most so many columns, begun by ``first`` and then ``rest``.

    Broken at blanks and beside wide characters, never between a number and its unit; a word longer than a line (a
    path, a sysctl) stays whole, so that it can be copied.
    """
    lines = [first]
    fresh = True
    for blank, piece in _pieces(text):
        if fresh or columns(lines[-1] + blank + piece) <= width:
            lines[-1] += piece if fresh else blank + piece
        else:
            lines.append(rest + piece)
        fresh = False
    return "\n".join(line.rstrip() for line in lines).replace(_HELD, " ")


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """What must not be broken, each with the blank that stands before it."""
    for word in _BLANKS.split(_UNIT.sub(_HELD, text).strip()):
        blank, piece = " ", ""
        for char in word:
            if piece and (_wide(char) or _wide(piece)):
                yield blank, piece
                blank, piece = "", ""
            piece += char
        yield blank, piece


def _wide(char: str) -> bool:
    return len(char) == 1 and unicodedata.east_asian_width(char) in "WF"


def paragraph(label: str, sentences: Iterable[str], width: int) -> str:
    """A short paragraph behind its label, the lines after the first indented to the text."""
    return labelled(label, " ".join(_sentence(sentence) for sentence in sentences), width)


def labelled(label: str, text: str, width: int) -> str:
    """What is no sentence behind its label, wrapped like a paragraph."""
    first = label.ljust(_INDENT - 1) + " "
    return wrap(printable(text), min(max(LEAST, width), _READABLE), first, " " * _INDENT)


def _sentence(text: str) -> str:
    if _ARTICLE.match(text):  # anything else that begins in lower case is a name: a function, a sysctl
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", ":", "…", "。")) else text + "."


_CODES = {"pass": "32", "fail": "31;1", "unknown": "33;1", "skip": "2", "error": "31;1", "bold": "1"}


class Style:
    """Colours, where the terminal wants them."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def paint(self, name: str, text: str) -> str:
        """The text in the colour of that verdict or emphasis."""
        code = _CODES.get(name)
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours and code else text
