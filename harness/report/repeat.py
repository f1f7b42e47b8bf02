"""The command that runs the same again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.result import RunResult
    from harness.runtime.plan import Plan

__all__ = ["command"]


def command(run: RunResult, plan: Plan) -> str:
    """A line for a shell: every parameter and sysctl as it was, whatever the file or the machine says by then."""
    return shlex.join(["harness", "run", *_words(run, plan)])


def _words(run: RunResult, plan: Plan) -> Iterator[str]:
    yield plan.experiment
    yield from ("--lab", run.lab)
    if run.image:
        yield from ("--image", run.image)
    if run.lab == "vm" and run.clock == "real":
        yield from ("--clock", "real")
    yield f"--{plan.mode}"
    if plan.family != 4:
        yield from ("--family", str(plan.family))
    for name, value in plan.parameters.items():
        yield from ("--set", f"{name}={_scalar(value)}")
    for host in plan.hosts:
        for name, text in host.sysctls.items():
            yield from ("--sysctl", f"{host.name}:{name}={text}")
    yield from ("--limit", f"{plan.limit:g}")


def _scalar(value: Any) -> str:
    """A parameter's value as the command line takes it; null leaves it as the kernel has it."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
