"""What would happen, and what an experiment is about: everything short of running it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import judge, spec
from harness.errors import UsageError
from harness.image import catalogue
from harness.lab.local import local
from harness.model.defaults import longest
from harness.result import HostFacts
from harness.session.choice import candidates
from harness.session.prepare import Request, plan_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.criteria import Criteria
    from harness.model.interface import Expectation, NoModel
    from harness.runtime.plan import Plan

__all__ = ["About", "Prediction", "about", "predict"]

_BRINGS = {"kernel": "kernel", "runtime": "stack"}


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is expected of each finding, by which kernel and settings.

    ``fresh``: the settings are those of a network namespace newly made, as a lab's hosts have them; otherwise
    this machine's own. ``seconds``: how long the longest connect() takes, None where no rule tells.
    """

    plan: Plan
    criteria: Criteria
    kernel: str
    fresh: bool
    expected: Mapping[str, Expectation | NoModel]
    seconds: float | None


@dataclass(frozen=True, slots=True)
class About:
    """An experiment, what is claimed of it, and what is expected of it in both modes here."""

    experiment: spec.Experiment
    criteria: Criteria
    quick: Prediction
    full: Prediction


def predict(request: Request) -> Prediction:
    """What will happen by this machine's kernel and settings.

    Raises:
        UsageError: the image brings another kernel or stack, of which nothing is known before it runs.
    """
    brings = None if request.image is None else _BRINGS.get(catalogue.find(request.image).kind)
    if brings is not None:
        raise UsageError(
            f"image {request.image!r} brings a {brings} of its own, and predictions speak of this machine's",
            f"run it: harness run {request.experiment} --image {request.image}",
        )
    image = candidates(request.lab, request.image)[0][1]
    plan, criteria = plan_for(request, image)
    return _predict(plan, criteria)


def about(name: str) -> About:
    """All that can be told of an experiment before it runs."""
    quick, full = (plan_for(Request(name, mode=mode), "host") for mode in ("quick", "full"))
    return About(spec.load(name), quick[1], _predict(*quick), _predict(*full))


def _predict(plan: Plan, criteria: Criteria) -> Prediction:
    here = local()
    facts = {
        host.name: HostFacts(host.image, here.facts["stack"], here.facts["kernel"], here.facts["hz"])
        for host in plan.hosts
    }
    settings = {host.name: here.settings for host in plan.hosts}
    return Prediction(
        plan,
        criteria,
        here.facts["kernel"],
        here.fresh,
        judge.predict(plan, criteria, facts, settings),
        longest(judge.situation_of(plan, facts, settings)),
    )
