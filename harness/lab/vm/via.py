"""How a vm lab has its QEMU: what each way gives, and which one is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.lab.interface import Need
from harness.lab.vm import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.lab.interface import Order
    from harness.lab.vm.machine import Wish

__all__ = ["DOCKER", "PROCESS", "WAYS", "Guest", "Via", "make", "needs"]

PROCESS, DOCKER = "process", "docker"
"""QEMU as a process of this machine, or in a container that any Docker engine runs."""

WAYS = (PROCESS, DOCKER)
"""Each way, in the order in which they are tried."""


class Guest(Protocol):
    """A guest that has its order and goes on from its prepared state.

    ``facts``: ``engine`` (QEMU and its version), ``package`` (the kernel's) and ``digest`` (the kernel's SHA-256).
    """

    facts: dict[str, str]

    def lines(self, deadline: float, stop: Wish | None = None) -> Iterator[bytes]:
        """What it says, line by line, until it ends.

        LabError when it cannot go on or the deadline (time.monotonic) passes, KeyboardInterrupt when it is to
        stop.
        """

    def console(self) -> str:
        """What its kernel wrote to its console."""

    def last_words(self) -> str:
        """The last lines of the console and of QEMU's own, to end a message with."""

    def end(self) -> None:
        """End it, whatever it does; nothing of it is left."""


class Via(Protocol):
    """A way to have QEMU."""

    name: str

    def can(self, image: str) -> bool:
        """Whether it has that image, or could build it."""

    def built(self, image: str) -> str | None:
        """The release of the image's kernel; None where it is not built."""

    def ready(self, image: str, say: Callable[[str], None]) -> str:
        """Build the image and prepare its state where that is needed; the image's reference.

        Raises:
            ImageError: the image cannot be built.
            LabError: its guest does not boot.
        """

    def start(self, image: str, order: Order, say: Callable[[str], None]) -> Guest:
        """A guest that has been given its order and goes on."""


def needs(name: str) -> list[Need]:
    """What a way needs, and what is there (milliseconds)."""
    if name == PROCESS:
        return words.needs()
    from harness.image.engine import look  # noqa: PLC0415 (the container's program has no use of it, nor its image)

    answer = look()
    return [Need("Docker engine", answer.usable, answer.reason, answer.mend)]


def make(name: str, clock: str) -> Via:
    """A way, for guests of that clock."""
    from harness.lab.vm.engine import Engine  # noqa: PLC0415 (30 ms that the other labs' runs save)
    from harness.lab.vm.process import Process  # noqa: PLC0415 (see above)

    return Process(clock) if name == PROCESS else Engine(clock)
