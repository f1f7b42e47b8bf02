"""The vm lab itself: restore a guest, give it the plan, hand out what it says."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Literal

from harness.errors import LabError, UsageError
from harness.lab.interface import Need, Probe
from harness.lab.settings import refuse
from harness.lab.vm import words
from harness.runtime import box
from harness.runtime.events import Cannot, Ended, Event, Started, from_json
from harness.runtime.guest import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.image.kernel import Built
    from harness.lab.interface import Order
    from harness.lab.vm.machine import Machine
    from harness.lab.vm.state import State

__all__ = ["Vm"]

_GRACE_SECONDS = 60.0


class Vm:
    """Hosts in a guest with a kernel of its own, on this machine's QEMU.

    Args:
        clock: ``virtual`` (waits cost nothing) or ``real``.
    """

    name = "vm"
    default_image = "linux-6.1"
    shortens = True
    paced = False  # the guest goes on by itself

    def __init__(self, clock: str = words.VIRTUAL) -> None:
        self._clock = clock
        self.default_mode: Literal["quick", "full"] = "full" if clock == words.VIRTUAL else "quick"
        self._say: Callable[[str], None] = lambda _text: None

    def probe(self) -> Probe:
        """Whether QEMU and setpriv are installed."""
        missing = [need for need in words.needs() if not need.there]
        if missing:
            return Probe(usable=False, reason=missing[0].detail, mend=missing[0].mend)
        return Probe(usable=True, reason="QEMU is installed")

    def needs(self) -> list[Need]:
        """What the lab needs, and what is there; a kernel's image is built by the first run that wants it."""
        from harness.image import catalogue, kernels  # noqa: PLC0415 (see _built)

        name = self.default_image
        made = kernels.built(catalogue.find(name))
        detail = f"{name}: {made.release}" if made else f"{name} is not built"
        return [*words.needs(), Need("kernel image", made is not None, detail, f"harness images build {name}")]

    def warm_up(self) -> None:
        """Nothing: a guest goes on from its state in a moment."""

    def close(self) -> None:
        """Nothing."""

    def ready(self, image: str, say: Callable[[str], None]) -> str:
        """Build the image and prepare its state where that is needed; the image's reference.

        Raises:
            ImageError: the image cannot be built.
            LabError: its guest does not boot.
        """
        from harness.lab.vm import state  # noqa: PLC0415 (see _built)

        self._say = say
        built = _built(image, say)
        state.ensure(built, self._clock, say)
        return built.reference

    def perform(self, order: Order) -> Iterator[Event]:
        """See ``Lab.perform``. The machine dies with this process, and at once when the iterator is closed."""
        built = _built(_image(order), self._say)
        machine, used = self._restored(built, order)
        run = _Run(machine, order)
        try:
            yield from run.perform(self._facts(order, built, used))
        finally:
            machine.end()
            machine.close()

    def _restored(self, built: Built, order: Order) -> tuple[Machine, State]:
        """A guest with its order, going on from its state; one that cannot be used is made anew, once."""
        from harness.lab.vm import state  # noqa: PLC0415 (see _built)

        used = state.ensure(built, self._clock, self._say)
        try:
            return self._start(used, order), used
        except LabError as error:
            self._say(f"the prepared state of {built.reference} cannot be used: {error}")
            state.forget(used)
        used = state.ensure(built, self._clock, self._say)
        return self._start(used, order), used

    def _start(self, used: State, order: Order) -> Machine:
        from harness.lab.vm.machine import Machine  # noqa: PLC0415 (see _built)

        machine = Machine(lambda given: words.restore(used.memory, self._clock, given), used.console())
        try:
            machine.order({"plan": order.plan.to_json(), "keep": False, "virtual": self._clock == words.VIRTUAL})
            machine.resume(used.devices)
        except BaseException:
            machine.end()
            machine.close()
            raise
        return machine

    def _facts(self, order: Order, built: Built, used: State) -> dict[str, Any]:
        return {
            "lab": self.name,
            "via": "process",
            "clock": self._clock,
            "engine": f"QEMU {used.qemu}",
            "package": built.package,
            "digests": {host.name: built.digest for host in order.plan.hosts},
        }

    def entry(self, order: Order) -> list[str]:  # noqa: ARG002 (the protocol's)
        """Nothing stays up."""
        return []

    def clean(self) -> list[str]:
        """Nothing of a vm lab can be left: the machine dies with the run, its memory is a private copy."""
        return []


class _Run:
    """One run, from the guest's first line to its last."""

    def __init__(self, machine: Machine, order: Order) -> None:
        self._machine = machine
        self._order = order
        self._mono = 0
        self._refused: list[Cannot] = []

    def perform(self, facts: dict[str, Any]) -> Iterator[Event]:
        """Hand out the guest's events, with the lab's first and the console last, both at the guest's time."""
        end = None
        try:
            for data in self._said():
                if "guest" in data:
                    end = data
                    break
                event = from_json(data)
                if not self._mono:
                    yield Started("", event.mono, "lab", facts)
                self._mono = event.mono
                if isinstance(event, Cannot) and event.need.startswith("sysctl "):
                    self._refused.append(event)
                yield event
        except LabError:
            yield self._console()
            raise
        yield self._console()
        refuse(self._refused)
        self._explain(end)

    def _said(self) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + self._order.plan.limit + _GRACE_SECONDS
        for line in self._machine.lines(deadline, self._order.stop):
            try:
                data = json.loads(line)
            except ValueError:
                raise LabError(f"the guest said what is no event: {line[:200]!r}") from None
            yield data

    def _console(self) -> Ended:
        return Ended("", self._mono, "console", 0, self._machine.console())

    def _explain(self, end: dict[str, Any] | None) -> None:
        """Raise what an end other than the box's own good one means."""
        if end is None or end.get("guest") != ENDED:
            raise LabError(f"the guest died{self._machine.last_words()}")
        status, log = end["status"], end["log"].strip()
        if status == box.LAPSED:
            raise LabError(f"a process of the lab did not start:\n{log}")
        if status == box.FORBIDDEN:
            raise LabError(f"the guest's kernel gives no such hosts: {log}")
        if status != 0:
            raise LabError(f"the box in the guest ended with status {status}" + (f":\n{log}" if log else ""))


def _built(image: str, say: Callable[[str], None]) -> Built:
    from harness.image import catalogue, kernels  # noqa: PLC0415 (30 ms that the other labs' runs save)

    return kernels.ensure(catalogue.find(image), say)


def _image(order: Order) -> str:
    images = {host.image for host in order.plan.hosts}
    if len(images) != 1:
        raise UsageError(f"all hosts of a vm lab share one kernel; asked for: {', '.join(sorted(images))}")
    if order.keep:
        raise UsageError("a vm lab does not stay: its time goes on only while its run does")
    return images.pop()
