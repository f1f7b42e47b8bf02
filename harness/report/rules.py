"""Rules with their numbers, each said once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["rules"]


def rules(reasons: Iterable[tuple[str | None, Mapping[str, Any]]]) -> list[str]:
    """The rules (each with its inputs) worth saying, in their order.

    One whose inputs an earlier one has had is another side of the same rule, and is left out: who has read that
    min(backlog 5, somaxconn 4096) + 1 = 6 connections fit does not need to read that the limit is 5. A rule
    without inputs is left out only where it was said in the same words.
    """
    told: dict[str, Mapping[str, Any]] = {}
    for rule, inputs in reasons:
        if not rule or rule in told:
            continue
        if not inputs or not any(inputs.items() <= earlier.items() for earlier in told.values()):
            told[rule] = inputs
    return list(told)
