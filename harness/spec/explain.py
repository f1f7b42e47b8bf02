"""What pydantic finds wrong, as sentences for the person who wrote the file, each with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import nearest
from harness.spec.expectations import EXPECTATION_MODELS, Case, Cases, WhenEntry
from harness.spec.fields import Strict, choices, fields, phrase, tag
from harness.spec.files import ClaimEntry, ExperimentFile, HostEntry, Limits, Modes, ReferenceFile
from harness.spec.findings import SOURCE_MODELS
from harness.spec.steps import VERB_MODELS, Wait
from harness.spec.words import VERBS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from harness.spec.document import Node, Place

__all__ = ["explain", "listed", "mean", "show"]

_MODELS: list[type[Strict]] = [
    *VERB_MODELS.values(), Wait, *SOURCE_MODELS.values(), *EXPECTATION_MODELS.values(), Modes, Limits,
]  # fmt: skip
_TAGGED = {tag(model.word): model for model in _MODELS}
_TAGS = {*_TAGGED, tag("plain"), tag("literal")}
_INSIDE: dict[tuple[type[Strict], str], type[Strict]] = {
    (ExperimentFile, "hosts"): HostEntry,
    (ReferenceFile, "claims"): ClaimEntry,
    (Cases, "cases"): Case,
    (Case, "when"): WhenEntry,
    (ClaimEntry, "when"): WhenEntry,
}
_SECTIONS: dict[str, tuple[str, Iterable[str], Iterable[type[Strict]]]] = {
    "steps": ("verb", VERBS, VERB_MODELS.values()),
    "findings": ("source", SOURCE_MODELS, SOURCE_MODELS.values()),
    "expect": (
        "kind of expectation",
        ("at_least", "at_most", "one_of", "same_as", "model", "cases"),
        EXPECTATION_MODELS.values(),
    ),
}
_KINDS = {
    "bool_type": "true or false",
    "dict_type": "a mapping (name: value)",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_attributes_type": "a mapping (name: value)",
    "model_type": "a mapping (name: value)",
    "string_type": "text",
    "too_long": "one host with its verb, or wait",
    "too_short": "at least one",
    "value": "a single value",
}
_LONG = 40


def mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest known one, or all of a few."""
    known = sorted(known) if isinstance(known, set | frozenset) else list(dict.fromkeys(known))
    near = nearest(word, known)
    if near:
        return f"; did you mean {near!r}?"
    return f"; known here: {', '.join(known)}" if 0 < len(known) <= 12 else ""


def listed(words: Iterable[str]) -> str:
    """Words as "a, b or c"."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def show(value: Any) -> str:
    """A value as a user would write it, shortened."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONG else text[: _LONG - 3] + "..."


def explain(error: ErrorDetails, root: Node, model: type[Strict]) -> tuple[Place, str] | None:
    """The place and the sentence for one of pydantic's errors; None where another mistake already says it.

    Args:
        error: one item of ``ValidationError.errors()``.
        root: the file, with its parameters filled in.
        model: the model that the file was read by.
    """
    path = [part for part in error["loc"] if part not in _TAGS]
    node, place, rest = _find(root, path)
    owner, info = _owner(model, error["loc"])
    key = str(path[-1]) if path else ""
    kind = error["type"]
    if kind == "missing":
        return _missing(node, place, key)
    if kind == "extra_forbidden":
        holder, _, _ = _find(root, path[:-1])
        return holder.keys.get(key, place), _unknown(key, owner)
    if kind == "union_tag_not_found":
        return _no_tag(path, node, place)
    if kind == "union_tag_invalid":
        return place, "a case takes a value, at_least: and at_most:, or one_of:"
    if rest == ["[key]"]:
        key = str(path[-2])
        return place, f"{show(key)} is not {phrase_of_key(path)}"
    return place, _wrong(key, error, info) + _because(node)


def phrase_of_key(path: list[int | str]) -> str:
    """What a name in this section must look like."""
    if path[0] in {"hosts", "steps"}:
        return "a host's name: a lower-case letter, then lower-case letters, digits or -"
    return "a name: a letter, then letters, digits, - or _"


def _find(root: Node, path: list[int | str]) -> tuple[Node, Place, list[int | str]]:
    """The deepest node on the path, the place of the last key or value there, and what is left of the path."""
    node, place = root, root.place
    for depth, part in enumerate(path):
        below = _below(node, part)
        if below is None:
            return node, place, path[depth:]
        place = node.keys.get(str(part), below.place) if path[depth + 1 :] == ["[key]"] else below.place
        node = below
    return node, place, []


def _below(node: Node, part: int | str) -> Node | None:
    if isinstance(node.value, list):
        return node.value[part] if isinstance(part, int) and part < len(node.value) else None
    return node.get(str(part))


def _owner(model: type[Strict], loc: tuple[int | str, ...]) -> tuple[type[Strict], FieldInfo | None]:
    """The model that an error's last key belongs to, and its field."""
    inside, info = model, None
    for part in loc:
        if part in _TAGGED:
            model = inside = _TAGGED[str(part)]
            info = None
            continue
        found = fields(inside).get(str(part)) if isinstance(part, str) else None
        if found is not None:
            model, info = inside, found
            inside = _INSIDE.get((model, str(part)), model)
    return inside, info


def _missing(node: Node, place: Place, key: str) -> tuple[Place, str] | None:
    parameter = node.absent.get(key)
    if parameter == "":
        return None  # the parameter is unknown, and that was said
    if parameter:
        return place, f"{key!r} needs a value, and parameter {parameter!r} is null"
    return place, f"missing key {key!r}"


def _unknown(key: str, owner: type[Strict]) -> str:
    if key in VERBS and owner in VERB_MODELS.values():
        return f"a second verb {key!r}; a step has one"
    return f"unknown key {key!r}{mean(key, fields(owner))}"


def _no_tag(path: list[int | str], node: Node, place: Place) -> tuple[Place, str]:
    if path[0] == "steps" and path[-1] == "wait":
        return place, "a wait says until: or for:"
    what, known, models = _SECTIONS[str(path[0])]
    if not isinstance(node.value, dict):
        return place, f"must be a mapping with a {what} ({listed(known)}), not {show(node.plain())}"
    right = {key for model in models for key in fields(model)}
    for key, where in node.keys.items():
        near = nearest(key, known)
        if near and key not in right:
            return where, f"unknown {what} {key!r}; did you mean {near!r}?"
    first = next(iter(node.keys.values()), place)
    return first, f"no {what} here; expected {listed(known)}"


def _wrong(key: str, error: ErrorDetails, info: FieldInfo | None) -> str:
    value = error["input"]
    if error["type"] == "literal_error" and info is not None:
        words = choices(info)
        wanted = listed(words) if len(words) <= 12 else "a known word"
        near = nearest(str(value), words)
        return f"{key!r} must be {wanted}, not {show(value)}" + (f"; did you mean {near!r}?" if near else "")
    says = phrase(info) if info is not None else None
    wanted = says or _KINDS.get(error["type"], "another value")
    if error["type"].endswith(("list_type", "dict_type", "too_short", "too_long", "value")) or not says:
        wanted = _KINDS.get(error["type"], wanted)
    if error["type"] in {"too_short", "too_long"}:
        return f"{wanted} must stand here"
    if not key:
        return f"the file must be {wanted}, not {show(value)}"
    return (
        f"must be {wanted}, not {show(value)}"
        if key.isdecimal()
        else f"{key!r} must be {wanted}, not {show(value)}"
    )


def _because(node: Node) -> str:
    return f" (parameter {node.parameter!r})" if node.parameter else ""
