"""Notes: what was shortened for this run, and what the kernel's own value would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import longest, own_value, with_setting
from harness.model.defaults import patience

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.model import Situation

__all__ = ["shortened_notes"]


def shortened_notes(shortened: Mapping[str, str], situation: Situation) -> Iterator[str]:
    """One sentence for each sysctl that a quick parameter shortened."""
    plan = situation.plan
    for parameter, name in shortened.items():
        value = plan.parameters.get(parameter)
        own = own_value(situation, name)
        if value is None or not any(name in host.sysctls for host in plan.hosts):
            continue
        if own is None or own == str(value):
            continue
        short = name.rpartition(".")[2]
        text = f"{short} was set to {value} for this run to save time; this kernel's own value is {own}"
        yield text + _consequence(situation, with_setting(situation, name, own)) + "."


def _consequence(here: Situation, there: Situation) -> str:
    """What that means for a client that is refused, where anybody is."""
    if not longest(here):
        return ""
    ours, theirs = patience(here), patience(there)
    if ours is None or theirs is None or ours == theirs:
        return ""
    return f", with which a client gives up after {theirs:g} s instead of {ours:g} s"
