"""The vm lab itself: restore a guest, give it the plan, hand out what it says."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from harness.errors import HarnessError, LabError, LabMissing, UsageError
from harness.lab.interface import Need, Probe
from harness.lab.settings import refuse
from harness.lab.vm import via as ways
from harness.lab.vm import words
from harness.lab.vm.machine import hung
from harness.runtime import box
from harness.runtime.events import Cannot, Ended, Event, Started, from_json
from harness.runtime.guest import ENDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.lab.interface import Order
    from harness.lab.vm.via import Guest, Via

__all__ = ["Vm"]

_GRACE_SECONDS = 60.0
_SLOWEST = 10
"""So many times slower than its own clock a guest of virtual time may be that always has something to do."""


class Vm:
    """Hosts in a guest with a kernel of its own, in QEMU.

    Args:
        clock: ``virtual`` (waits cost nothing) or ``real``.
        via: how it has QEMU, ``process`` or ``docker``; None for the first that works here.
    """

    name = "vm"
    default_image = "linux-6.1"
    shortens = True
    paced = False  # the guest goes on by itself

    def __init__(self, clock: str = words.VIRTUAL, via: str | None = None) -> None:
        self._clock = clock
        self._ways = (via,) if via else ways.WAYS
        self.default_mode: Literal["quick", "full"] = "full" if clock == words.VIRTUAL else "quick"
        self._say: Callable[[str], None] = lambda _text: None
        self._chosen: dict[str, Via] = {}

    def probe(self) -> Probe:
        """Whether there is a way to have QEMU."""
        missing = []
        for name in self._ways:
            need = next((need for need in ways.needs(name) if not need.there), None)
            if need is None:
                return Probe(usable=True, reason=f"via {name}")
            missing.append(need)
        reason = "; ".join(need.detail for need in missing)
        return Probe(usable=False, reason=reason, mend=" or ".join(need.mend for need in missing if need.mend))

    def needs(self) -> list[Need]:
        """What each way needs and what is there; a kernel's image is built by the first run that wants it."""
        return [each for name in self._ways for each in self._needs_of(name)]

    def _needs_of(self, name: str) -> list[Need]:
        """A way's needs, and its form of the default image where that can be looked for."""
        needs = [replace(need, name=f"via {name}, {need.name}", way=name) for need in ways.needs(name)]
        if all(need.there for need in needs):
            mend: str | None = f"harness images build {self.default_image} --via {name}"
            try:
                release = ways.make(name, self._clock).built(self.default_image)
                detail = f"{self.default_image}: {release or 'not built'}"
            except HarnessError as error:
                release, detail, mend = None, str(error.args[0]), error.hint
            needs.append(Need(f"via {name}, kernel image", release is not None, detail, mend, name))
        return needs

    def warm_up(self) -> None:
        """Nothing: a guest goes on from its state in a moment."""

    def close(self) -> None:
        """Nothing."""

    def ready(self, image: str, say: Callable[[str], None]) -> str:
        """Build the image and prepare its state where that is needed; the image's reference.

        Raises:
            LabMissing: there is no way to have QEMU here.
            ImageError: the image cannot be built.
            LabError: its guest does not boot.
        """
        self._say = say
        return self._way(image).ready(image, say)

    def _way(self, image: str) -> Via:
        """The first way that works here and has the image, else the first that can build it."""
        if image not in self._chosen:
            self._chosen[image] = self._choose(image)
        return self._chosen[image]

    def _choose(self, image: str) -> Via:
        """Asks no way more than is needed: an engine takes its time to answer."""
        usable: list[Via] = []
        for name in self._ways:
            if not all(need.there for need in ways.needs(name)):
                continue
            way = ways.make(name, self._clock)
            alone = not usable and name == self._ways[-1]
            if alone or way.built(image):
                return way
            usable.append(way)
        if not usable:
            probe = self.probe()
            raise LabMissing(probe.reason, probe.mend)
        return next((way for way in usable if way.can(image)), usable[0])

    def perform(self, order: Order) -> Iterator[Event]:
        """See ``Lab.perform``. The guest ends with this process, and at once when the iterator is closed."""
        image = _image(order)
        way = self._way(image)
        guest = way.start(image, order, self._say)
        try:
            yield from _Run(guest, order, self._clock).perform(self._facts(order, way, guest))
        finally:
            guest.end()

    def _facts(self, order: Order, way: Via, guest: Guest) -> dict[str, Any]:
        facts = dict(guest.facts)
        digest = facts.pop("digest")
        return {
            "lab": self.name,
            "via": way.name,
            "clock": self._clock,
            **facts,
            "digests": {host.name: digest for host in order.plan.hosts},
        }

    def entry(self, order: Order) -> list[str]:  # noqa: ARG002 (the protocol's)
        """Nothing stays up."""
        return []

    def clean(self) -> list[str]:
        """Nothing that the docker lab does not find by the same labels; a process dies with its run."""
        return []


class _Run:
    """One run, from the guest's first line to its last."""

    def __init__(self, guest: Guest, order: Order, clock: str) -> None:
        self._guest = guest
        self._order = order
        self._longest = order.plan.limit + _GRACE_SECONDS
        self._virtual = clock == words.VIRTUAL
        self._first = 0
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
                if not self._first:
                    self._first = event.mono
                    yield Started("", event.mono, "lab", facts)
                self._mono = event.mono
                if self._mono - self._first > self._longest * 1e9:
                    raise hung(self._guest.last_words())
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
        deadline = time.monotonic() + self._longest * (_SLOWEST if self._virtual else 1)
        for line in self._guest.lines(deadline, self._order.stop):
            try:
                data = json.loads(line)
            except ValueError:
                raise LabError(f"the guest said what is no event: {line[:200]!r}") from None
            yield data

    def _console(self) -> Ended:
        return Ended("", self._mono, "console", 0, self._guest.console())

    def _explain(self, end: dict[str, Any] | None) -> None:
        """Raise what an end other than the box's own good one means."""
        if end is None or end.get("guest") != ENDED:
            raise LabError(f"the guest died{self._guest.last_words()}")
        status, log = end["status"], end["log"].strip()
        if status == box.LAPSED:
            raise LabError(f"a process of the lab did not start:\n{log}")
        if status == box.FORBIDDEN:
            raise LabError(f"the guest's kernel gives no such hosts: {log}")
        if status != 0:
            raise LabError(f"the box in the guest ended with status {status}" + (f":\n{log}" if log else ""))


def _image(order: Order) -> str:
    images = {host.image for host in order.plan.hosts}
    if len(images) != 1:
        raise UsageError(f"all hosts of a vm lab share one kernel; asked for: {', '.join(sorted(images))}")
    if order.keep:
        raise UsageError("a vm lab does not stay: its time goes on only while its run does")
    return images.pop()
