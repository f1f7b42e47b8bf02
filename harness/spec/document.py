"""A YAML file as nodes that know their place.

PyYAML's parser (libyaml where it is there) gives events; nodes are made from them here, so that nothing in a
file can do more than stand there: no tags, no anchors, no aliases, no merge keys, a bounded depth and size.
Plain scalars are read by YAML 1.2's core schema: ``on``, ``yes`` and ``12:30`` are text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from yaml.reader import Reader

from harness.errors import Mistake, SpecError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["MAX_DEPTH", "MAX_SIZE", "Node", "Place", "Scalar", "parse", "read", "scalar"]

MAX_SIZE = 1 << 20
"""Bytes in one file; more is refused unread."""
MAX_DEPTH = 16
"""Nested mappings and lists; the language itself needs eight."""

Scalar = int | float | str | bool | None

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,40}|0x[0-9a-fA-F]{1,32}|0o[0-7]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,4})?")
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""Line breaks as PyYAML counts them (YAML 1.1, section 4.2)."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a file.

    Attributes:
        value: a scalar, a list of nodes, or a mapping of nodes.
        place: where it begins.
        keys: of a mapping, where each key stands.
        parameter: the parameter that gave the value, if one did.
        absent: of a mapping, the keys left out because of a parameter, and which one.
    """

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    keys: Mapping[str, Place] = field(default_factory=dict)
    parameter: str | None = None
    absent: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value without places: what a YAML library would have given."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def items(self) -> dict[str, Node]:
        """A mapping's nodes; empty for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    def get(self, key: str) -> Node | None:
        """The node under a mapping's key, or None."""
        return self.items().get(key)


def scalar(text: str) -> Scalar:
    """What a plain scalar means in YAML 1.2's core schema; ``.inf`` and ``.nan`` stay text."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def read(path: Path) -> Node:
    """The file as nodes.

    Raises:
        SpecError: it is not text, too large, or not YAML.
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_SIZE + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    name = str(path)
    if len(data) > MAX_SIZE:
        raise SpecError([Mistake(name, 1, 1, f"the file is larger than {MAX_SIZE >> 20} MiB; it is not read")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_of(data[: error.start].decode("utf-8-sig"))
        message = f"byte {data[error.start]:#04x} is not UTF-8 text"
        raise SpecError([Mistake(name, place.line, place.column, message)]) from None
    return parse(text, name)


def parse(text: str, file: str) -> Node:
    """The text as nodes; ``file`` is the name that mistakes carry.

    Raises:
        SpecError: the text is not one YAML document, or uses what the language does without.
    """
    odd = Reader.NON_PRINTABLE.search(text)
    if odd:
        place = _place_of(text[: odd.start()])
        message = f"character U+{ord(odd.group()):04X} cannot stand in a YAML file"
        raise SpecError([Mistake(file, place.line, place.column, message)])
    builder = _Builder(file, last=len(_BREAK.split(text.rstrip())))
    root = builder.document(text)
    if builder.mistakes:
        raise SpecError(builder.mistakes)
    return root


def _place_of(before: str) -> Place:
    """The place just behind a piece of text."""
    lines = _BREAK.split(before)
    return Place(len(lines), len(lines[-1]) + 1)


class _Stop(Exception):
    """Nothing behind this point can be read."""


class _Builder:
    """Makes nodes of one text's events and notes every mistake on the way."""

    def __init__(self, file: str, last: int) -> None:
        self.file = file
        self.last = last
        self.mistakes: list[Mistake] = []

    def document(self, text: str) -> Node:
        """The one document of the text; an empty mapping where it cannot be read."""
        nothing = Node({}, Place(1, 1))
        try:
            return self._only(iter(yaml.parse(text, Loader=_LOADER)), nothing)
        except _Stop:
            return nothing
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
            return nothing

    def _only(self, events: Iterator[Any], nothing: Node) -> Node:
        root: Node | None = None
        for event in events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            if root is not None:
                self._note(event, "a second document begins here; a file holds one")
                break
            root = self._node(next(events), events, 0)
        if root is None:
            self.mistakes.append(Mistake(self.file, 1, 1, "the file is empty"))
        return root or nothing

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        place = self._place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            self._note(event, f"aliases are not read; write the value itself instead of *{event.anchor}")
            return Node(None, place)
        if event.anchor is not None:
            self._note(event, f"anchors are not read; leave out &{event.anchor}")
        if event.tag is not None:
            self._note(event, f"tags are not read; leave out {_short(event.tag)}")
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style in {None, ""}
            return Node(scalar(event.value) if plain else event.value, place)
        if depth >= MAX_DEPTH:
            self._note(event, f"nested deeper than {MAX_DEPTH} levels")
            raise _Stop
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(list(self._list(events, depth)), place)
        return self._mapping(place, events, depth)

    def _list(self, events: Iterator[Any], depth: int) -> Iterator[Node]:
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            yield self._node(event, events, depth + 1)

    def _mapping(self, place: Place, events: Iterator[Any], depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            where = self._place(event.start_mark)
            self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if key is None:
                self._note(event, "a key must be a plain word")
            elif key in values:
                self._note(event, f"key {_short(key)!r} stands twice; first in line {keys[key].line}")
            else:
                values[key], keys[key] = value, where
        return Node(values, place, keys)

    def _place(self, mark: Any) -> Place:
        return Place(mark.line + 1, mark.column + 1)

    def _note(self, event: Any, message: str) -> None:
        place = self._place(event.start_mark)
        self.mistakes.append(Mistake(self.file, place.line, place.column, message))

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        place = self._place(mark) if mark else Place(1, 1)
        if place.line > self.last:  # libyaml puts "end of file" behind the last line
            place = Place(self.last, 1)
        message = f"not YAML: {error.problem}"
        if error.context:
            begun = error.context_mark.line + 1 if error.context_mark else place.line
            message += f" ({error.context}" + (f", begun in line {begun})" if begun < place.line else ")")
        if "cannot start any token" in message:
            message += "; YAML is indented with spaces, never tabs, and text with %, @ or ` goes into quotes"
        self.mistakes.append(Mistake(self.file, place.line, place.column, message))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
