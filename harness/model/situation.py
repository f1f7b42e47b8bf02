"""Looking things up in a situation: groups, listeners, settings. What cannot be found has no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.interface import Expectation, NoModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from harness.model.interface import ModelFunction, Situation
    from harness.runtime.plan import Plan, Step

__all__ = [
    "NoRule",
    "clients_of",
    "connects_to",
    "guarded",
    "label_argument",
    "listener_of",
    "number",
    "setting",
    "silenced",
    "stack",
    "step_with",
]

_HARMLESS = {"socket", "bind", "listen", "connect", "send", "recv", "wait", "option"}
"""Verbs that neither empty an accept queue nor keep a SYN from it."""
_PATIENCE_OPTIONS = {"TCP_SYNCNT", "TCP_USER_TIMEOUT"}


class NoRule(Exception):
    """Raised inside a model where no rule is known; ``guarded`` makes a NoModel of it."""


def guarded(function: ModelFunction) -> ModelFunction:
    """The function, giving NoModel where it raises NoRule."""

    def model(situation: Situation, arguments: Mapping[str, Any]) -> Expectation | NoModel:
        try:
            return function(situation, arguments)
        except NoRule as reason:
            return NoModel(str(reason))

    return model


def label_argument(arguments: Mapping[str, Any]) -> str:
    """The label given as ``of``."""
    label = arguments.get("of")
    if not isinstance(label, str):
        raise NoRule(f"of: {label!r} is not a label")
    return label


def step_with(plan: Plan, verb: str, label: str) -> Step:
    """The last step of that verb and label (a second listen() replaces the first one's backlog)."""
    for step in reversed(plan.steps):
        if step.verb == verb and step.label == label:
            return step
    raise NoRule(f"no {verb} step is named {label!r}")


def listener_of(plan: Plan, connect: Step) -> Step:
    """The listen step that a connect step's clients meet."""
    to = connect.arguments.get("to")
    port = connect.arguments.get("port")
    for step in reversed(plan.steps[: connect.number - 1]):
        if step.verb == "listen" and (
            step.label == to or (step.host == to and port and plan.port_of(str(step.label)) == port)
        ):
            return step
    raise NoRule(f"{connect.label!r} connects to {to!r}, where nothing listens")


def clients_of(connect: Step) -> int:
    """How many clients a connect step starts."""
    return int(connect.arguments.get("count", 1))


def connects_to(plan: Plan, listener: Step, last: Step) -> list[Step]:
    """The connect steps to a listener up to and including ``last``, where nothing else changes their fate.

    Raises:
        NoRule: the plan also accepts, filters, closes ... : no rule is known for that yet.
    """
    labels = {listener.label}
    connects = []
    for step in plan.steps:
        if step.verb == "connect" and step.number <= last.number and _meets(plan, step, listener):
            connects.append(step)
            labels.add(step.label)
    for step in plan.steps:
        _refuse(step, labels)
    return connects


def silenced(plan: Plan, listen: Step, connect: Step) -> bool:
    """Whether a filter on the listener drops every segment when the clients come, and to the end."""
    drops = [
        step.arguments.get("drop")
        for step in plan.steps
        if step.verb == "filter" and listen.label in (step.label, step.arguments.get("on"))
    ]
    last = [step.number for step in plan.steps if step.verb == "filter"][-1:]
    return set(drops) == {"all"} and last[0] < connect.number


def _meets(plan: Plan, connect: Step, listener: Step) -> bool:
    try:
        return listener_of(plan, connect).label == listener.label
    except NoRule:
        return False


def _refuse(step: Step, labels: set[str | None]) -> None:
    touches = {step.label, step.arguments.get("on"), step.arguments.get("from")}
    if step.verb in _HARMLESS:
        if step.verb == "option" and step.arguments.get("name") in _PATIENCE_OPTIONS:
            raise NoRule(f"the plan sets {step.arguments['name']}, and no rule is known for that yet")
        if step.verb == "connect" and step.label in labels and step.arguments.get("blocking") is False:
            raise NoRule("a non-blocking connect() returns at once, before the handshake is over")
        return
    if step.verb in {"accept", "filter", "close", "shutdown"} and not touches & labels:
        return
    raise NoRule(f"step {step.number} ({step.verb}) changes what clients meet, and no rule is known for that yet")


def setting(situation: Situation, host: str, name: str) -> str | None:
    """A sysctl as the host showed it, or None where its kernel does not have it."""
    return situation.settings.get(host, {}).get(name)


def number(situation: Situation, host: str, name: str) -> int:
    """A sysctl that every kernel has, as a number."""
    value = setting(situation, host, name)
    if value is None:
        raise NoRule(f"{name} could not be read on {host}")
    try:
        return int(value)
    except ValueError:
        raise NoRule(f"{name} on {host} is {value!r}, not a number") from None


def stack(situation: Situation, host: str | None, known: Iterable[str]) -> str:
    """The host's stack, one of those known."""
    facts = situation.facts.get(host or "")
    if facts is None:
        raise NoRule(f"nothing is known of host {host!r}")
    if facts.stack not in known:
        raise NoRule(f"no rule is known for the {facts.stack} stack")
    return facts.stack
