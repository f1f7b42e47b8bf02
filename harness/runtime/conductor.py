"""The conductor: walks the plan's steps over agents and observers, and hands out every event.

One single-threaded loop over file descriptors, the same for every lab. A step starts its calls and the
conductor goes on; only ``wait`` waits. After each call and step it asks the observers for a look.
"""

from __future__ import annotations

import dataclasses
import select
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, Iterable, Iterator, Mapping, Optional, Tuple

from harness.runtime.events import Address, Call, Cannot, Ended, Event, Sampled, Started, Stepped, now

if TYPE_CHECKING:
    from harness.runtime.channel import Channel
    from harness.runtime.plan import Plan, Step

__all__ = ["HostChannels", "Lapsed", "conduct"]

START_SECONDS = 30.0
FINISH_SECONDS = 10.0
LOOK_SECONDS = 1.0
_SECOND = 1_000_000_000


class Lapsed(Exception):
    """A process did not get ready in time, or ended before it was; the text says which and what it wrote."""


@dataclasses.dataclass(frozen=True)
class HostChannels:
    """A host as the conductor reaches it: its two processes, and its address on the network under test."""

    address: str
    agent: Channel
    observer: Channel


def conduct(plan: Plan, hosts: Mapping[str, HostChannels]) -> Iterator[Event]:
    """Perform the plan; hand out each event as it comes.

    Raises:
        Lapsed: a process was not ready in time; nothing of the experiment was begun.
    """
    conductor = _Conductor(plan, hosts)
    yield from conductor.start()
    yield from conductor.perform()
    yield from conductor.finish()


class _Conductor:
    """What the conductor knows of the run so far."""

    def __init__(self, plan: Plan, hosts: Mapping[str, HostChannels]) -> None:
        self._plan = plan
        self._hosts = hosts
        self._channels = [channel for host in hosts.values() for channel in (host.observer, host.agent)]
        self._events: Deque[Event] = deque()
        self._ready: set[Tuple[str, str]] = set()
        self._ended: set[Tuple[str, str]] = set()
        self._phases: Dict[int, str] = {}
        self._asked: Dict[str, bool] = {}
        self._broken = False
        self._refused = False
        self._deadline = 0

    # The three acts

    def start(self) -> Iterator[Event]:
        """Wait until every process stands ready."""
        wanted = {(channel.host, channel.process) for channel in self._channels}
        yield from self._until(lambda: wanted <= self._ready or self._broken, now() + int(START_SECONDS * _SECOND))
        missing = wanted - self._ready
        if missing and not self._refused:
            raise Lapsed(self._why_missing(missing))

    def _why_missing(self, missing: set[Tuple[str, str]]) -> str:
        lines = []
        for channel in self._channels:
            if (channel.host, channel.process) in missing:
                state = "ended before it was ready" if channel.ended else f"not ready after {START_SECONDS:.0f} s"
                log = channel.log().strip()
                lines.append(f"{channel.host}: {channel.process} {state}" + (f"\n{log}" if log else ""))
        return "\n".join(lines)

    def perform(self) -> Iterator[Event]:
        """Walk the steps, within the plan's limit."""
        self._deadline = now() + int(self._plan.limit * _SECOND)
        for step in self._plan.steps:
            if self._broken:
                return
            if step.verb == "wait":
                yield from self._wait(step)
            else:
                yield from self._begin(step)
            if self._phases.get(step.number) == "late":
                return
            # The next step begins when the socket tables have been seen as this one left them.
            yield from self._until(lambda: not self._asked or self._broken, now() + int(LOOK_SECONDS * _SECOND))

    def finish(self) -> Iterator[Event]:
        """Have agents report what is pending, then observers their last look, counters and statistics."""
        for process in ("agent", "observer"):
            asked = [channel for channel in self._channels if channel.process == process and not channel.ended]
            for channel in asked:
                channel.send({"do": "finish"})
            names = {(channel.host, process) for channel in asked}
            deadline = now() + int(FINISH_SECONDS * _SECOND)
            yield from self._until(partial(names.issubset, self._ended), deadline)
            for channel in asked:
                if (channel.host, process) not in self._ended:
                    yield Ended(channel.host, now(), process, None, "did not finish in time\n" + channel.log())

    # Steps

    def _begin(self, step: Step) -> Iterator[Event]:
        channel = self._hosts[step.host or ""].agent
        command: Dict[str, Any] = {"do": "step", "step": dataclasses.asdict(step)}
        target = self._target(step)
        if target is not None:
            command["target"] = target
        channel.send(command)
        yield from self._until(lambda: step.number in self._phases or self._broken, self._bound(step))
        if step.number not in self._phases and not self._broken:
            yield self._late(step)

    def _target(self, step: Step) -> Optional[Address]:
        """Where a connect goes: a label's host and port, or a host's name with a port."""
        to = step.arguments.get("to")
        if to is None:
            return None
        if to in self._hosts:
            return self._hosts[to].address, int(step.arguments["port"])
        host = self._plan.step_of(to).host or ""
        port = step.arguments.get("port") or self._plan.port_of(to) or 0
        return self._hosts[host].address, int(port)

    def _wait(self, step: Step) -> Iterator[Event]:
        yield Stepped("", now(), step.number, "begun")
        if "for" in step.arguments:
            end = now() + int(float(step.arguments["for"]) * _SECOND)
            yield from self._until(lambda: self._broken, min(end, self._deadline))
            satisfied = now() >= end
        else:
            label = step.arguments["of"]
            before = self._plan.steps[: step.number - 1]
            numbers = [each.number for each in before if each.label == label and each.host]
            yield from self._until(lambda: self._settled(numbers) or self._broken, self._bound(step))
            satisfied = self._settled(numbers)
        if satisfied:
            self._phases[step.number] = "done"
            yield Stepped("", now(), step.number, "done")
        elif not self._broken:
            yield self._late(step)

    def _settled(self, steps: Iterable[int]) -> bool:
        return all(self._phases.get(step) == "done" for step in steps)

    def _late(self, step: Step) -> Event:
        self._phases[step.number] = "late"
        return Stepped("", now(), step.number, "late")

    def _bound(self, step: Step) -> int:
        if step.within is None:
            return self._deadline
        return min(self._deadline, now() + int(step.within * _SECOND))

    # The loop

    def _until(self, satisfied: Callable[[], bool], deadline: int) -> Iterator[Event]:
        """Hand out events until the condition holds or the moment has come."""
        while not satisfied():
            left = deadline - now()
            if left <= 0:
                return
            self._pump(left / _SECOND)
            while self._events:
                yield self._events.popleft()

    def _pump(self, timeout: float) -> None:
        live = [channel for channel in self._channels if not channel.ended]
        if not live:
            self._broken = True
            return
        unsent = [channel for channel in live if channel.unsent]
        readable, writable, _ = select.select(live, unsent, [], timeout)
        for channel in writable:
            channel.flush()
        look = False
        for channel in readable:
            for event in channel.receive():
                look |= self._note(channel, event)
            if channel.ended:
                self._note_end(channel)
        if look:
            self._look()

    def _note(self, channel: Channel, event: Event) -> bool:
        """Keep what an event changes; whether it calls for a look at the socket tables."""
        self._events.append(event)
        who = (channel.host, channel.process)
        if isinstance(event, Started):
            self._ready.add(who)
        elif isinstance(event, Stepped):
            if self._phases.get(event.step) != "late":
                self._phases[event.step] = event.phase
        elif isinstance(event, Ended):
            self._ended.add(who)
        elif isinstance(event, Cannot) and self._needed(event.need):
            self._broken = self._refused = True
        elif isinstance(event, Sampled) and event.asked:
            again = self._asked.pop(channel.host, False)
            if again:
                self._ask(channel.host)
        return isinstance(event, (Call, Stepped))

    def _needed(self, need: str) -> bool:
        """Whether the plan cannot be performed without it; a sysctl's value stands in no plan's needs."""
        return need.partition("=")[0] in self._plan.needs

    def _note_end(self, channel: Channel) -> None:
        """A process closed its end: before it said that it was done, something killed it."""
        who = (channel.host, channel.process)
        if who in self._ended:
            return
        self._ended.add(who)
        if channel.process == "observer":
            self._asked.pop(channel.host, None)
        self._events.append(Ended(channel.host, now(), channel.process, channel.stream.status(), channel.log()))
        if channel.process == "agent" or who not in self._ready:
            self._broken = True

    def _look(self) -> None:
        for host in self._hosts:
            self._ask(host)

    def _ask(self, host: str) -> None:
        """Ask a host for a look; while one is under way, remember that another is wanted."""
        if host in self._asked:
            self._asked[host] = True
            return
        channels = self._hosts[host]
        if (host, "observer") not in self._ended:
            self._asked[host] = False
            channels.observer.send({"do": "look"})
        if (host, "agent") not in self._ended:
            channels.agent.send({"do": "look"})
