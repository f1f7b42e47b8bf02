"""Expectations: what a finding should be on this host, before the two are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.criteria import ExpectationSpec
from harness.evidence.connections import host_of
from harness.model import MODELS, Between, Equal, Expectation, NoModel, Nothing, OneOf, satisfies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.criteria import FindingSpec
    from harness.model import Matcher, Situation
    from harness.result import HostFacts
    from harness.runtime.plan import Plan

__all__ = ["Known", "expect", "holds", "host_meant", "references"]


@dataclass(frozen=True, slots=True)
class Known:
    """What an expectation may use.

    Attributes:
        situation: the plan, the hosts and their settings.
        host: the host whose stack and kernel decide between cases; None where none is meant.
        values: the measured value of each finding; for a prediction, what is expected of it.
    """

    situation: Situation
    host: str | None
    values: Mapping[str, Any]


def expect(spec: ExpectationSpec, known: Known) -> Expectation | NoModel:
    """What is expected; NoModel, with the reason, where nothing can be said for this host."""
    return _KINDS[spec.kind](spec, known)


def references(spec: ExpectationSpec) -> set[str]:
    """The other findings that an expectation rests on."""
    if spec.kind == "same_as":
        return {str(spec.value)}
    return {argument["finding"] for argument in spec.arguments.values() if _is_finding(argument)}


def _is_finding(argument: Any) -> bool:
    return isinstance(argument, dict) and "finding" in argument


def _literally(matcher: Matcher) -> Expectation:
    return Expectation(matcher, "", {}, "the experiment")


def _literal(spec: ExpectationSpec, _known: Known) -> Expectation:
    return _literally(Nothing() if spec.value is None else Equal(spec.value))


def _bounds(spec: ExpectationSpec, _known: Known) -> Expectation:
    return _literally(Between(spec.value.get("at_least"), spec.value.get("at_most")))


def _one_of(spec: ExpectationSpec, _known: Known) -> Expectation:
    return _literally(OneOf(tuple(spec.value)))


def _same_as(spec: ExpectationSpec, known: Known) -> Expectation | NoModel:
    if spec.value not in known.values:
        return NoModel(f"there is nothing to compare with: {spec.value} could not be taken")
    value = known.values[spec.value]
    matcher = Nothing() if value is None else Equal(value)
    return Expectation(matcher, "", {spec.value: value}, f"same as {spec.value}")


def _model(spec: ExpectationSpec, known: Known) -> Expectation | NoModel:
    model = MODELS.get(str(spec.value))
    if model is None:
        return NoModel(f"this version of harness has no model {spec.value!r}")
    arguments = {}
    for name, argument in spec.arguments.items():
        if _is_finding(argument):
            if known.values.get(argument["finding"]) is None:
                return NoModel(f"the model needs {argument['finding']}, which was not seen")
            arguments[name] = known.values[argument["finding"]]
        else:
            arguments[name] = argument
    return model.function(known.situation, arguments)


def _cases(spec: ExpectationSpec, known: Known) -> Expectation | NoModel:
    facts = known.situation.facts.get(known.host or "")
    for case in spec.value:
        if holds(case.get("when"), facts):
            return expect(ExpectationSpec(**case["expect"]), known)
    return NoModel("no case speaks of this host's stack and kernel")


def holds(when: Mapping[str, Any] | None, facts: HostFacts | None) -> bool:
    """Whether a condition (``stack``, ``kernel``) holds for a host; no condition always does.

    A kernel's bound without a stack speaks of Linux: the release that gVisor names is nobody's.
    """
    if not when or not (when.get("stack") or when.get("kernel")):
        return True
    if facts is None:
        return False
    stack, kernel = when.get("stack"), when.get("kernel")
    if stack is None and kernel is not None:
        stack = "linux"
    return stack in (None, facts.stack) and (kernel is None or satisfies(facts.kernel, kernel))


_KINDS: dict[str, Callable[[ExpectationSpec, Known], Expectation | NoModel]] = {
    "literal": _literal,
    "bounds": _bounds,
    "one_of": _one_of,
    "same_as": _same_as,
    "model": _model,
    "cases": _cases,
}


def host_meant(spec: FindingSpec, plan: Plan) -> str | None:
    """The host whose stack decides between cases: where it was observed, else the group's own."""
    return spec.on or spec.source_host or host_of(plan, spec.what if spec.source == "queue" else spec.of)
