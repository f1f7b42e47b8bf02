"""docs/models.md, made from the models themselves so that it cannot go stale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.timers import RESOLUTION, SLACK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model.interface import Model

__all__ = ["document"]

_HEAD = """\
# Models

What each stack should do. A model is a pure function of the plan and of what the hosts themselves show (their
stack, their kernel, their sysctls); it gives the expected value with the rule and this host's numbers, or says
that no rule is known, and then the finding is skipped. `harness predict NAME` prints what they give here.

This page is generated from `harness.model.MODELS`; a test compares the two, and says how to write it anew.
"""

_TIMERS = """\
## Timers

A kernel timer is never early, and late by up to one granule of the timer wheel, which depends on its interval:
with j = seconds * HZ, one jiffy for j < 63, else 8^n jiffies for 63 * 8^(n-1) <= j < 63 * 8^n
(kernel/time/timer.c, LVL_START and LVL_GRAN). The bound of a duration is the sum of the granules of its
intervals, and {slack:g} ms of slack for each measured point: a duration has two, a packet's time one. There is no
percentage. A reading may be {resolution:g} ms too early, because two clocks are never read at one instant.
Where a host does not show its HZ, the coarsest granule of HZ 100, 250, 300 and 1000 is allowed.
"""


def document(models: Iterable[Model]) -> str:
    """The page about models, as Markdown."""
    parts = [_HEAD]
    for model in models:
        arguments = ", ".join(f"`{name}`" for name in model.arguments) or "none"
        parts.append(
            f"## {model.name}\n\n"
            f"- Formula: {model.formula}\n"
            f"- Source: {model.source}\n"
            f"- Arguments: {arguments}\n\n"
            f"{model.about}\n"
        )
    parts.append(_TIMERS.format(slack=SLACK * 1000, resolution=RESOLUTION * 1000))
    return "\n".join(parts)
