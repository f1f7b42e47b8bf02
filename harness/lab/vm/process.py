"""QEMU as a process of this machine, its images and states in the user's cache folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import LabError
from harness.image import catalogue, kernel_packages, kernels
from harness.lab.vm import state, via, words
from harness.lab.vm.machine import Machine
from harness.lab.vm.silence import Silence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.image.kernel import Built
    from harness.lab.interface import Order
    from harness.lab.vm.machine import Wish
    from harness.lab.vm.state import State

__all__ = ["Process"]


class Process:
    """See ``Via``."""

    name = via.PROCESS

    def __init__(self, clock: str) -> None:
        self._clock = clock

    def can(self, image: str) -> bool:
        """Whether the image is built, or what builds it is installed."""
        return self.built(image) is not None or not kernel_packages.missing_tools()

    def built(self, image: str) -> str | None:
        """See ``Via``."""
        made = kernels.built(catalogue.find(image))
        return made.release if made else None

    def ready(self, image: str, say: Callable[[str], None]) -> str:
        """See ``Via``."""
        built = kernels.ensure(catalogue.find(image), say)
        state.ensure(built, self._clock, say)
        return built.reference

    def start(self, image: str, order: Order, say: Callable[[str], None]) -> _Running:
        """See ``Via``. A state that cannot be used is made anew, once."""
        built = kernels.ensure(catalogue.find(image), say)
        given = words.order(order.plan.to_json(), self._clock)
        used = state.ensure(built, self._clock, say)
        try:
            return self._restored(built, used, given)
        except LabError as error:
            say(f"the prepared state of {built.reference} cannot be used: {error}")
            state.forget(used)
        return self._restored(built, state.ensure(built, self._clock, say), given)

    def _restored(self, built: Built, used: State, given: dict[str, Any]) -> _Running:
        machine = Machine(lambda inherited: words.restore(used.memory, self._clock, inherited), used.console())
        facts = {"engine": f"QEMU {used.qemu}", "package": built.package, "digest": built.digest}
        running = _Running(machine, facts, Silence(machine.pid) if self._clock == words.VIRTUAL else None)
        try:
            machine.order(given)
            machine.resume(used.devices)
        except BaseException:
            running.end()
            raise
        return running


class _Running:
    """See ``Guest``. It dies with this process."""

    def __init__(self, machine: Machine, facts: dict[str, str], silence: Silence | None) -> None:
        self._machine = machine
        self._silence = silence
        self.facts = facts

    def lines(self, deadline: float, stop: Wish | None = None) -> Iterator[bytes]:
        return self._machine.lines(deadline, stop, self._silence)

    def console(self) -> str:
        return self._machine.console()

    def last_words(self) -> str:
        return self._machine.last_words()

    def end(self) -> None:
        self._machine.end()
        self._machine.close()
