"""From what the user asked to a plan that this machine can perform; nothing is started."""

from __future__ import annotations

import resource
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.errors import UsageError
from harness.result import HostFacts
from harness.runtime.guest import DESCRIPTORS
from harness.session.capacity import capacity
from harness.session.choice import AUTO, candidates
from harness.session.memory import remembered
from harness.session.standing import with_console

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.criteria import Criteria
    from harness.lab.interface import Lab
    from harness.lab.local import Local
    from harness.model.interface import Situation
    from harness.runtime.plan import Plan

__all__ = ["Prepared", "Request", "plan_for", "prepare"]

_PORTS = 28232
"""Ephemeral ports of a new network namespace: 32768 to 60999 (ip-sysctl.rst, ip_local_port_range)."""

_GUEST_ENDS = 40_000
"""Ends of connections, measured: 20,000 clients and their server in a guest's 512 MiB (harness.lab.vm.words)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One run as the user asked for it; None leaves the choice to the lab or the file."""

    experiment: str
    lab: str = AUTO
    image: str | None = None
    mode: Literal["quick", "full"] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    sysctls: Mapping[str | None, Mapping[str, str]] = field(default_factory=dict)
    family: int = 4
    limit: float | None = None
    out: Path = Path("runs")
    keep: bool = False
    clock: Literal["virtual", "real"] | None = None
    via: Literal["process", "docker"] | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that nothing stands against: the plan for the first of the labs that can be used.

    ``seconds``: how long it will take by its waits and the models, 0 where no rule tells; to order runs by.
    """

    request: Request
    labs: tuple[tuple[Lab, str], ...]
    plan: Plan
    criteria: Criteria
    seconds: float = 0.0

    def plan_with(self, image: str) -> Plan:
        """The plan with every host made of another image."""
        hosts = tuple(replace(host, image=image) for host in self.plan.hosts)
        return replace(self.plan, hosts=hosts)

    def close(self) -> None:
        """End what warmed up and was not used."""
        for lab, _ in self.labs:
            lab.close()


def prepare(request: Request, *, warm: bool = False) -> Prepared:
    """Check everything that can be checked before anything is started.

    Args:
        request: what the user asked for.
        warm: have the lab warm up meanwhile; ``Prepared.close`` ends what is not used of that.

    Raises:
        SpecError, UnknownName, UsageError: mistakes in the file or in the request, or more than there is.
        LabMissing: no lab that could run it can be made here.
    """
    labs = tuple(candidates(request.lab, request.image, request.clock, request.via))
    first, image = labs[0]
    if warm:
        first.warm_up()
    try:
        mode = request.mode or (first.default_mode if first.shortens else "full")
        plan, criteria = plan_for(replace(request, mode=mode), image)
        if first.name == "vm":
            criteria = with_console(criteria)
            seconds = _check_guest(plan)
        else:
            # What this machine's kernel would do says nothing of another stack's.
            seconds = _check_capacity(plan) if first.shortens else 0.0
    except BaseException:
        first.close()
        raise
    return Prepared(request, labs, plan, criteria, seconds)


def plan_for(request: Request, image: str) -> tuple[Plan, Criteria]:
    """The plan and criteria with every host made of that image; SpecError or UsageError for mistakes."""
    return remembered(request.experiment, _options(request, image), lambda: _fix(request, image))


def _options(request: Request, image: str) -> dict[str, Any]:
    """All that decides a plan besides the files."""
    return {
        "mode": request.mode or "quick",
        "settings": dict(request.settings),
        "sysctls": {host or "": dict(values) for host, values in request.sysctls.items()},
        "image": image,
        "family": request.family,
        "limit": request.limit,
    }


def _fix(request: Request, image: str) -> tuple[Plan, Criteria]:
    from harness import spec  # noqa: PLC0415 (150 ms that a remembered plan saves)

    experiment = spec.load(request.experiment)
    return spec.fix(
        experiment,
        mode=request.mode or "quick",
        settings=request.settings,
        sysctls=request.sysctls,
        images=dict.fromkeys(experiment.hosts, image),
        family=request.family,
        limit=request.limit,
    )


def _situation_here(plan: Plan, here: Local) -> Situation:
    """What the plan's hosts would show if they were made on this machine now."""
    from harness.model.interface import Situation  # noqa: PLC0415 (while the lab warms up)

    facts = HostFacts(
        image="", stack=here.facts["stack"], kernel=here.facts["kernel"], hz=here.facts["hz"], digest=None
    )
    return Situation(
        plan,
        {host.name: replace(facts, image=host.image) for host in plan.hosts},
        {host.name: {**here.settings, **host.sysctls} for host in plan.hosts},
    )


def _check_guest(plan: Plan) -> float:
    """0: nobody knows how long a guest will take. UsageError where the plan asks for more than one gives."""
    reasons = capacity(plan, descriptors=DESCRIPTORS, ports=_PORTS, ends=_GUEST_ENDS)
    if reasons:
        raise UsageError("\n".join(reasons), "ask for less with --set, or for more time with --limit")
    return 0.0


def _check_capacity(plan: Plan) -> float:
    """How long the plan will take, as far as rules tell.

    UsageError, with every reason, where it asks for more than this machine or its own limit gives.
    """
    _, descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
    reasons = capacity(plan, descriptors=descriptors, ports=_PORTS)
    from harness.lab.local import local  # noqa: PLC0415 (while the lab warms up)
    from harness.model.defaults import longest  # noqa: PLC0415 (while the lab warms up)

    seconds = longest(_situation_here(plan, local()))
    if seconds is not None and seconds > plan.limit:
        reasons.append(
            f"by this kernel's rules the longest connect() takes {seconds:.1f} s; the limit is {plan.limit:g} s"
        )
    if reasons:
        raise UsageError("\n".join(reasons), "ask for less with --set, or for more time with --full or --limit")
    return (seconds or 0.0) + sum(float(step.arguments.get("for", 0)) for step in plan.steps)
