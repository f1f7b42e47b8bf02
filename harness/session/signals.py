"""Interrupts: the first Ctrl-C, SIGTERM or SIGHUP ends the run in good order; what follows waits for that."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["interrupted", "interruptible"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


_installed: list[bool] = []
_seen: list[int] = []


def interrupted() -> bool:
    """Whether a signal has come.

    Python drops an exception that is raised inside a finalizer or a weak reference's callback; what loops for
    long asks here, so that no interrupt is lost with it.
    """
    return bool(_seen)


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, the first signal raises KeyboardInterrupt, once: taking a lab down is not itself interrupted.

    Within another one this does nothing: what the outermost has seen counts to its end.
    """
    if _installed:
        yield
        return

    def once(number: int, _frame: Any) -> None:
        if not _seen:
            _seen.append(number)
            raise KeyboardInterrupt

    before = {number: signal.signal(number, once) for number in _SIGNALS}
    _installed.append(True)
    try:
        yield
    finally:
        _installed.clear()
        _seen.clear()
        for number, handler in before.items():
            signal.signal(number, handler)
