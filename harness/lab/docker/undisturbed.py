"""Taking down, whatever comes between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.image.engine import answered

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["undisturbed"]


def undisturbed(work: Callable[[], None]) -> None:
    """Do the work to its end: an interrupt (a session lets one through) is raised afterwards.

    The work is done once more then, and must not mind that: the interrupt may have come before it began.
    """
    try:
        answered(work)
    except KeyboardInterrupt:
        work()
        raise
