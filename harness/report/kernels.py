"""What ran: the kernels really observed, the images, the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.result import HostFacts, RunResult

__all__ = ["kernel_lines", "kernel_of", "kernels_of"]

_NAMES = {"linux": "Linux", "gvisor": "gVisor as Linux"}
"""How a stack's name goes with its kernel's release: gVisor's is the one that it pretends to be."""


def kernel_of(facts: HostFacts) -> str:
    """A host's stack and kernel."""
    return f"{_NAMES.get(facts.stack, facts.stack)} {facts.kernel or '(kernel not seen)'}"


def kernels_of(run: RunResult) -> str:
    """The stacks and kernels that a run's hosts really had, each once."""
    return " and ".join(dict.fromkeys(map(kernel_of, run.hosts.values()))) or "no host was seen"


def kernel_lines(runs: Iterable[RunResult]) -> list[str]:
    """A line for each different combination of kernels, images, lab and IP version that runs really had."""
    return list(dict.fromkeys(_line(run) for run in runs if run.hosts))


def _line(run: RunResult) -> str:
    hosts = dict.fromkeys(f"{kernel_of(facts)} (image {facts.image})" for facts in run.hosts.values())
    via = f" via {run.via}" if run.via else ""
    clock = "" if run.clock == "real" else f", {run.clock} time"
    return f"{' and '.join(hosts)}, {run.lab} lab{via}, IPv{run.family}{clock}"
