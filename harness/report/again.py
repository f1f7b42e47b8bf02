"""The command that repeats a run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.result import RunResult
    from harness.runtime.plan import Plan

__all__ = ["again", "parameter_text"]


def again(run: RunResult, plan: Plan) -> str:
    """One line for a POSIX shell: the same experiment, lab, image, mode, parameters, sysctls and limit.

    The experiment stands by its name: a file of the user's own must still be where it was.
    """
    return shlex.join(["harness", "run", run.experiment, *_options(run, plan)])


def _options(run: RunResult, plan: Plan) -> Iterator[str]:
    if run.lab:
        yield from ("--lab", run.lab)
    if run.image:
        yield from ("--image", run.image)
    yield f"--{run.mode}"
    if run.lab == "vm":
        yield from ("--clock", run.clock)
        if run.via:
            yield from ("--via", run.via)
    if run.family != 4:
        yield from ("--family", str(run.family))
    for name, value in run.parameters.items():
        yield from ("--set", f"{name}={parameter_text(value)}")
    for host in plan.hosts:
        for name, value in host.sysctls.items():
            yield from ("--sysctl", f"{host.name}:{name}={value}")
    yield from ("--limit", f"{plan.limit:g}")


def parameter_text(value: Any) -> str:
    """A parameter as ``--set`` takes it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
