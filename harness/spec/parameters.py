"""Parameters: what they hold in each mode, and ``$name`` made into values. Whole values only; no evaluation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.errors import UnknownName, UsageError
from harness.spec.document import Node, Scalar, scalar
from harness.spec.explain import listed, mean, show
from harness.spec.words import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.spec.document import Place

__all__ = ["MODES", "Filled", "chosen", "fill", "values"]

MODES = ("quick", "full")
_USE = re.compile(r"\$([A-Za-z][A-Za-z0-9_-]*)")
_SCALARS = (int, float, str, bool, type(None))


@dataclass(slots=True)
class Filled:
    """A file with its parameters filled in.

    Attributes:
        root: the file.
        used: the parameters that stand somewhere.
        unknown: where a parameter stands that the file does not have, and what to say of it.
    """

    root: Node
    used: set[str] = field(default_factory=set)
    unknown: list[tuple[Place, str]] = field(default_factory=list)


def values(root: Node, mode: str) -> dict[str, Scalar]:
    """Each parameter's value in a mode; None is the kernel's own. What is malformed counts as None."""
    found: dict[str, Scalar] = {}
    section = root.get("parameters")
    for name, node in section.items().items() if section else ():
        given = node.get(mode) if isinstance(node.value, dict) else node
        found[name] = given.value if given and isinstance(given.value, _SCALARS) else None
    return found


def chosen(root: Node, mode: str, settings: Mapping[str, str]) -> dict[str, Scalar]:
    """The parameters of one run: what ``--set`` says, else the mode's own.

    Raises:
        UnknownName: the file has no such parameter.
        UsageError: the value is of another type than the parameter's others.
    """
    known = {mode: values(root, mode) for mode in MODES}
    result = known[mode].copy()
    for name, text in settings.items():
        if name not in result:
            raise UnknownName("parameter", name, result)
        result[name] = _typed(name, text, {type(known[each][name]) for each in MODES} - {type(None)})
    return result


def _typed(name: str, text: str, types: set[type]) -> Scalar:
    value = scalar(text)
    if types == {str} and value is not None:
        return text
    if value is None or not types or type(value) in types or (type(value) is int and float in types):
        return value
    names = {bool: "true or false", float: "a number", int: "a whole number", str: "text"}
    wanted = listed(sorted(names[each] for each in types))
    raise UsageError(f"parameter {name!r} must be {wanted}, not {show(value)}")


def fill(root: Node, given: Mapping[str, Scalar]) -> Filled:
    """The file with every ``$name`` replaced by its value, in sysctls, steps and expectations.

    A parameter that is null takes its key away (the kernel's own value is: not set), but stays null as an
    expected value. ``$$name`` is the text ``$name``.
    """
    filled = Filled(root)
    work = _Filler(given, filled)
    sections: dict[str, Callable[[Node], Node]] = {
        "hosts": lambda node: _each(node, lambda host: _at(host, "sysctls", work.inside)),
        "steps": lambda node: _each(node, lambda step: _each(step, work.inside)),
        "expect": lambda node: _each(node, work.expected),
    }
    for name, change in sections.items():
        filled.root = _at(filled.root, name, change)
    return filled


def _at(node: Node, key: str, change: Callable[[Node], Node]) -> Node:
    below = node.get(key)
    return node if below is None else replace(node, value={**node.items(), key: change(below)})


def _each(node: Node, change: Callable[[Node], Node]) -> Node:
    if isinstance(node.value, dict):
        return replace(node, value={key: change(below) for key, below in node.value.items()})
    if isinstance(node.value, list):
        return replace(node, value=[change(below) for below in node.value])
    return node


class _Filler:
    def __init__(self, given: Mapping[str, Scalar], filled: Filled) -> None:
        self.given = given
        self.filled = filled

    def expected(self, node: Node) -> Node:
        """An expectation: a literal may become null."""
        return self.inside(node) if isinstance(node.value, dict) else self.value(node)

    def value(self, node: Node) -> Node:
        """A value that stays where it is."""
        if isinstance(node.value, list):
            return _each(node, self.value)
        if isinstance(node.value, dict):
            return self.inside(node)
        name = _name(node)
        if name is None:
            return _unescaped(node)
        self.filled.used.add(name)
        if name not in self.given:
            message = f"unknown parameter ${name}{mean(name, self.given)}"
            self.filled.unknown.append((node.place, message))
        return replace(node, value=self.given.get(name), parameter=name)

    def inside(self, node: Node) -> Node:
        """A mapping; keys whose parameter is null (or unknown) go."""
        if not isinstance(node.value, dict):
            return self.value(node)
        kept: dict[str, Node] = {}
        absent: dict[str, str] = {}
        for key, below in node.value.items():
            if key in VERBS:  # a label is a name, never a value
                kept[key] = below
                continue
            name = _name(below)
            after = self.value(below)
            if name is not None and after.value is None:
                absent[key] = name if name in self.given else ""
            else:
                kept[key] = after
        return replace(node, value=kept, absent=absent)


def _name(node: Node) -> str | None:
    found = _USE.fullmatch(node.value) if isinstance(node.value, str) else None
    return found.group(1) if found else None


def _unescaped(node: Node) -> Node:
    if isinstance(node.value, str) and node.value.startswith("$$"):
        return replace(node, value=node.value[1:])
    return node
