"""What expectations name: findings, models and their arguments, and values that a finding can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import nearest
from harness.spec.expectations import Bounds, Cases, FromModel, OneOf, SameAs
from harness.spec.explain import mean, show
from harness.spec.words import ERRNOS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from harness.model.interface import Model
    from harness.spec.document import Node
    from harness.spec.meaning import Scene

__all__ = ["misfit", "models", "study_expectations"]

_NUMBERS = {"count", "seconds", "bytes", "peak", "limit"}


def models() -> Mapping[str, Model]:
    """The models there are; imported only when a file is read."""
    from harness.model import MODELS  # noqa: PLC0415 (listing experiments needs none of them)

    return MODELS


def study_expectations(
    scene: Scene,
    expect: Mapping[str, Any],
    node: Node,
    takes: Mapping[str, str] | None,
    known: Collection[str],
) -> None:
    """Every expectation speaks of a finding, and of things that are there.

    Args:
        scene: what names mean.
        expect: the expectations that could be read.
        node: the file's ``expect``.
        takes: what each finding takes, where it could be read.
        known: every finding's name.
    """
    study = _Expectations(scene, takes or {}, known)
    for name, expectation in expect.items():
        if name not in known:
            scene.report(node, f"{name}:", f"no finding named {name!r}{mean(name, known)}")
        study.one(node, name, expectation)
    _circles(scene, expect, node)


class _Expectations:
    def __init__(self, scene: Scene, takes: Mapping[str, str], known: Collection[str]) -> None:
        self.scene = scene
        self.takes = takes
        self.known = known

    def one(self, node: Node, name: str, expectation: Any) -> None:
        below = node.get(name)
        if below is None:
            return
        if isinstance(expectation, SameAs):
            if expectation.same_as not in self.known:
                near = mean(expectation.same_as, [each for each in self.known if each != name])
                self.scene.report(below, "same_as", f"no finding named {expectation.same_as!r}{near}")
        elif isinstance(expectation, FromModel):
            self._model(expectation, below)
        elif isinstance(expectation, Cases):
            for case, item in zip(expectation.cases, _items(below.get("cases")), strict=False):
                self._plain(item, "expect", self.takes.get(name), case.expect)
        else:
            self._plain(node, name, self.takes.get(name), expectation)

    def _plain(self, node: Node, key: str, take: str | None, expectation: Any) -> None:
        """A literal, bounds or one of several; ``node`` holds it under ``key``."""
        below = node.get(key)
        if isinstance(expectation, Bounds):
            if take is not None and take not in _NUMBERS | {"value"}:
                self.scene.report(node, key, f"bounds need a number; this finding takes {take}")
            elif below is not None and expectation.at_least is None and expectation.at_most is None:
                self.scene.report(node, key, "bounds need at_least: or at_most:")
            return
        values = expectation.one_of if isinstance(expectation, OneOf) else [expectation]
        for value in values:
            wrong = misfit(take, value)
            if wrong:
                self.scene.report(node, key, wrong)

    def _model(self, expectation: FromModel, node: Node) -> None:
        known = models()
        model = known.get(expectation.model)
        if model is None:
            self.scene.report(
                node, "model", f"no model named {expectation.model!r}{mean(expectation.model, known)}"
            )
            return
        names = [argument.removesuffix("?") for argument in model.arguments]
        for argument in model.arguments:
            if not argument.endswith("?") and argument not in expectation.arguments:
                self._needs(node, model.name, argument)
        for key, value in expectation.arguments.items():
            if key not in names:
                message = f"model {model.name!r} has no argument {key!r}"
                self.scene.report(node, f"{key}:", message + mean(key, names))
            else:
                self._argument(node, key, value)

    def _needs(self, node: Node, model: str, argument: str) -> None:
        parameter = node.absent.get(argument)
        if parameter:
            self.scene.report(node, "", f"{argument!r} needs a value, and parameter {parameter!r} is null")
        elif parameter is None:
            self.scene.report(node, "", f"missing key {argument!r}: model {model!r} needs it")

    def _argument(self, node: Node, key: str, value: Any) -> None:
        below = node.get(key)
        if isinstance(value, dict | list):
            self.scene.report(node, key, f"{key!r} must be a single value, not {show(value)}")
        elif key == "of":
            self.scene.label(node, key, str(value))
        elif isinstance(value, str) and below is not None and below.parameter is None:
            words = [*self.known, *self.scene.groups]
            if words.count(value) > 1:
                self.scene.report(node, key, f"{value!r} is both a label and a finding; rename one of them")
            elif value not in words:
                self.scene.report(node, key, f"{value!r} is neither a label nor a finding{mean(value, words)}")


def _items(node: Node | None) -> list[Node]:
    return node.value if node is not None and isinstance(node.value, list) else []


def _circles(scene: Scene, expect: Mapping[str, Any], node: Node) -> None:
    """No expectation may rest on itself: neither through same_as nor through a model's argument."""
    rests = {name: _rests_on(expectation) for name, expectation in expect.items()}
    for name in expect:
        chain = _way_back(name, rests)
        if chain:
            scene.report(node, name, f"this expectation rests on itself: {' -> '.join(chain)}")


def _rests_on(expectation: Any) -> list[str]:
    if isinstance(expectation, SameAs):
        return [expectation.same_as]
    if isinstance(expectation, FromModel):
        return [value for key, value in expectation.arguments.items() if key != "of" and isinstance(value, str)]
    return []


def _way_back(name: str, rests: Mapping[str, list[str]]) -> list[str]:
    """The shortest way from an expectation to itself; empty where there is none."""
    ways, seen = [[name]], set()
    while ways:
        way = ways.pop(0)
        for after in rests.get(way[-1], ()):
            if after == name:
                return [*way, name]
            if after not in seen:
                seen.add(after)
                ways.append([*way, after])
    return []


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_FITS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "count": ("a whole number", _whole),
    "bytes": ("a whole number", _whole),
    "peak": ("a whole number", _whole),
    "limit": ("a whole number", _whole),
    "port": ("a whole number", _whole),
    "order": ("a list of whole numbers", lambda value: isinstance(value, list) and all(map(_whole, value))),
    "seconds": ("a number of seconds", _number),
    "times": ("a list of seconds", lambda value: isinstance(value, list) and all(map(_number, value))),
    "sequence": (
        "a list of words",
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    ),
}


def misfit(take: str | None, value: Any) -> str | None:
    """Why a literal can never equal what a finding takes; None where it can (null: nothing there)."""
    if not take or value is None:
        return None
    if take == "errno":
        near = nearest(str(value), ERRNOS)
        hint = f"; did you mean {near!r}?" if near else ""
        return None if value in ERRNOS else f"{show(value)} is not the name of an error such as ECONNREFUSED{hint}"
    if take == "value":
        return None if not isinstance(value, list) else "a setting is a single value, not a list"
    words, fits = _FITS[take]
    return None if fits(value) else f"this finding takes {take}: {words}, not {show(value)}"
