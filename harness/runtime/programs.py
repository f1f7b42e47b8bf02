"""The programs of a host: agent and observer, on standard input and output."""

from __future__ import annotations

import sys
from typing import Any, Mapping

from harness.runtime.channel import Port

__all__ = ["run_program"]


def run_program(process: str, host: str, order: Mapping[str, Any]) -> int:
    """Run an agent or an observer until it ends; the exit status. A crash's traceback is its log."""
    try:
        if process == "agent":
            from harness.runtime.agent.program import Agent

            Agent(host, order, Port()).run()
        else:
            from harness.runtime.observer.program import Observer

            Observer(host, order, Port()).run()
    except BrokenPipeError:
        return 1  # nobody reads any more: the run is over
    except BaseException:  # noqa: BLE001 (whatever it was, the log must say so)
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        return 1
    return 0
