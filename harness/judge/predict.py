"""Predicts a run without running it: what is expected of every finding, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.judge.expectations import Known, expect, host_meant, references
from harness.model import Equal, Expectation, NoModel, Situation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.criteria import Criteria
    from harness.result import HostFacts
    from harness.runtime.plan import Plan

__all__ = ["predict", "situation_of"]


def situation_of(
    plan: Plan, facts: Mapping[str, HostFacts], settings: Mapping[str, Mapping[str, str | None]]
) -> Situation:
    """What the hosts will show: their settings as they are, and on top of them those that the plan sets.

    A sysctl that the kernel does not have (None) stays absent, whatever the plan says.
    """
    merged: dict[str, dict[str, str | None]] = {}
    for host in plan.hosts:
        values = dict(settings.get(host.name, {}))
        for name, value in host.sysctls.items():
            if values.get(name, value) is not None:
                values[name] = str(value)
        merged[host.name] = values
    return Situation(plan, facts, merged)


def predict(
    plan: Plan,
    criteria: Criteria,
    facts: Mapping[str, HostFacts],
    settings: Mapping[str, Mapping[str, str | None]],
) -> dict[str, Expectation | NoModel]:
    """What is expected of each finding that anything is expected of, in the order of the experiment.

    Args:
        plan: what would be run.
        criteria: its findings and expectations.
        facts: what each host would be.
        settings: each host's sysctls before the plan sets its own.
    """
    situation = situation_of(plan, facts, settings)
    hosts = {spec.name: host_meant(spec, plan) for spec in criteria.findings}
    prediction = _Prediction(criteria, situation, hosts)
    names = [spec.name for spec in criteria.findings if spec.name in criteria.expectations]
    return {name: prediction.of(name) for name in names}


class _Prediction:
    """Predicts findings one after another; those that others refer to come first, each once."""

    def __init__(self, criteria: Criteria, situation: Situation, hosts: Mapping[str, str | None]) -> None:
        self._criteria = criteria
        self._situation = situation
        self._hosts = hosts
        self._found: dict[str, Expectation | NoModel] = {}
        self._open: set[str] = set()

    def of(self, name: str) -> Expectation | NoModel:
        """What is expected of a finding."""
        if name not in self._found:
            if name in self._open:
                return NoModel(f"what is expected of {name} rests on itself")
            self._open.add(name)
            self._found[name] = self._predict(name)
        return self._found[name]

    def _predict(self, name: str) -> Expectation | NoModel:
        spec = self._criteria.expectations.get(name)
        if spec is None:
            return NoModel(f"nothing is expected of {name}, so nothing can be predicted from it")
        if spec.kind == "same_as":
            other = self.of(str(spec.value))
            return other if isinstance(other, NoModel) else replace(other, origin=f"same as {spec.value}")
        return expect(spec, Known(self._situation, self._hosts.get(name), self._values(references(spec))))

    def _values(self, names: set[str]) -> dict[str, Any]:
        values = {}
        for name in names:
            other = self.of(name)
            if isinstance(other, Expectation) and isinstance(other.matcher, Equal):
                values[name] = other.matcher.value
        return values
