"""What was asked of a run: its parameters, and the sysctls that no parameter tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.result import RunResult

__all__ = ["asked", "given", "sysctls"]


def asked(run: RunResult) -> str:
    """Parameters and sysctls in one line, with the mode: ``backlog=5, client: net.ipv4.tcp_sack=0 (quick)``."""
    return f"{', '.join(given(run)) or 'no parameters'} ({run.mode})"


def given(run: RunResult) -> list[str]:
    """Each parameter that has a value, then each sysctl."""
    parameters = [f"{name}={plain(value)}" for name, value in run.parameters.items() if value is not None]
    return [*parameters, *sysctls(run)]


def sysctls(run: RunResult) -> Iterator[str]:
    """One set alike on all hosts is named once; one that a parameter set is told already."""
    told = set()
    for host, values in run.sysctls.items():
        for name, value in values.items():
            if any(str(given) == value and parameter in name for parameter, given in run.parameters.items()):
                continue
            everywhere = all(run.sysctls.get(each, {}).get(name) == value for each in run.hosts)
            text = f"{name}={value}" if everywhere else f"{host}: {name}={value}"
            if text not in told:
                yield text
            told.add(text)
