"""Kernel releases and bounds on them, such as ``>=6.8``."""

from __future__ import annotations

import re
from operator import eq, ge, gt, le, lt

__all__ = ["bound_is_valid", "release", "satisfies"]

_OPERATORS = {">=": ge, "<=": le, "==": eq, ">": gt, "<": lt}
_BOUND = re.compile(r"\s*(>=|<=|==|>|<)\s*(\d+(?:\.\d+)*)\s*")


def release(text: str) -> tuple[int, ...]:
    """The numbers a kernel release begins with: ``6.1.0-18-amd64`` is (6, 1, 0); () for anything else."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def bound_is_valid(bound: str) -> bool:
    """Whether a bound can be read: one or more of ``>= <= == > <`` with a release, separated by commas."""
    return all(_BOUND.fullmatch(part) for part in bound.split(","))


def satisfies(kernel: str, bound: str) -> bool:
    """Whether a kernel release lies within a bound (``>=6.8``, ``>=5.15,<6.13``).

    Only as many numbers are compared as the bound has: 6.8.12 is ``==6.8`` and not ``>6.8``. An unreadable
    release or bound satisfies nothing.
    """
    here = release(kernel)
    return bool(here) and all(_holds(here, part) for part in bound.split(","))


def _holds(here: tuple[int, ...], part: str) -> bool:
    found = _BOUND.fullmatch(part)
    if not found:
        return False
    there = release(found[2])
    padded = (*here, *(0,) * len(there))[: len(there)]
    return bool(_OPERATORS[found[1]](padded, there))
