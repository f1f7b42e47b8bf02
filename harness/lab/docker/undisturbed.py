"""Taking down, whatever comes between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["undisturbed"]


def undisturbed(work: Callable[[], None]) -> None:
    """Do the work to its end: an interrupt (a session lets one through) is raised afterwards.

    The work is done once more then, and must not mind that: the interrupt may have come before it began.
    """
    try:
        with ThreadPoolExecutor(1) as pool:
            doing = pool.submit(work)
            wait((doing,))
        doing.result()
    except KeyboardInterrupt:
        work()
        raise
