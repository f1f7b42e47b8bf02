"""Doubts: evidence that is missing or cannot be trusted, found before anything is compared.

Each names what it touches, so that exactly the findings that rest on that become unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.clocks import STEP
from harness.evidence.pauses import pauses
from harness.evidence.under_way import lost_syns
from harness.runtime.events import Ended, Lost, Sampled, Started, Stepped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.evidence.clocks import ClockMap
    from harness.evidence.packets import Capture
    from harness.runtime.events import Event
    from harness.runtime.plan import Plan, Step

__all__ = [
    "BUSY",
    "CALLS",
    "COUNTERS",
    "LATE",
    "OBSTACLES",
    "ORDER",
    "PACKETS",
    "SOCKET_TABLE",
    "TIME",
    "WALL_CLOCK",
    "Doubt",
    "find_doubts",
]

CALLS, PACKETS, SOCKET_TABLE, COUNTERS = "calls", "packets", "socket table", "counters"
TIME, WALL_CLOCK, ORDER = "time", "wall clock", "order"
"""What a doubt can touch. ``time``: every duration and every sampled peak; ``wall clock``: the packets' times;
``order``: what came before or after a step.
"""

LATE = 50_000_000
"""Nanoseconds: a sampler that woke later than this shows a machine too busy to keep time."""

BUSY = "the machine was too busy to keep time"
"""How such a doubt's text ends."""

OBSTACLES = frozenset({"block", "unblock", "link", "delay"})
"""Verbs that keep packets from where they go."""

_SEEN = (PACKETS, SOCKET_TABLE, COUNTERS)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is touched: on one host (None: on all), the kinds of evidence; and why, in a sentence."""

    host: str | None
    kinds: tuple[str, ...]
    text: str

    def touches(self, host: str, kind: str) -> bool:
        """Whether evidence of this kind on this host is in doubt."""
        return kind in self.kinds and self.host in (None, host)


def find_doubts(
    plan: Plan, events: Sequence[Event], captures: Mapping[str, Capture], clocks: Mapping[str, ClockMap]
) -> tuple[Doubt, ...]:
    """Every doubt about a run's evidence; none where the run never reached its first step."""
    if not any(isinstance(event, Stepped) for event in events):
        return ()
    found = [
        *_processes(plan, events),
        *_lost(events),
        *_torn(captures),
        *_lost_on_the_way(plan, events, captures, clocks),
        *_late_samples(events),
        *_late_steps(plan, events),
        *_pauses(plan, events, clocks),
        *_jumps(clocks),
    ]
    return tuple(dict.fromkeys(found))


def _processes(plan: Plan, events: Iterable[Event]) -> Iterator[Doubt]:
    """Agents and observers that never started, ended early, or of which nothing was heard to the end.

    An observer takes along what it saw; an agent the experiment itself, which the conductor then breaks off:
    what any host saw of it is of another experiment than the one that was to be judged.
    """
    started: set[tuple[str, str]] = set()
    ended: dict[tuple[str, str], Ended] = {}
    for event in events:
        if isinstance(event, Started):
            started.add((event.host, event.process))
        elif isinstance(event, Ended):
            ended[event.host, event.process] = event
    for host in plan.hosts:
        for process, where, kinds in (("agent", None, (CALLS, *_SEEN, TIME)), ("observer", host.name, _SEEN)):
            end = ended.get((host.name, process))
            if (host.name, process) not in started:
                yield Doubt(where, kinds, f"{host.name}: there was no {process}")
            elif end is None:
                yield Doubt(where, kinds, f"{host.name}: the run was cut off before its {process} had ended")
            elif end.status != 0:
                yield Doubt(where, kinds, f"{host.name}: the {process} ended early ({_manner(end)})")


def _manner(end: Ended) -> str:
    if end.status is None:
        return end.log.strip().splitlines()[0] if end.log.strip() else "nobody can tell how"
    return f"signal {-end.status}" if end.status < 0 else f"status {end.status}"


def _lost(events: Iterable[Event]) -> Iterator[Doubt]:
    """Packets or samples that are missing, and captures whose statistic was never read."""
    observers, told = [], set()
    for event in events:
        if isinstance(event, Started) and event.process == "observer":
            observers.append(event.host)
        elif isinstance(event, Lost):
            kind = PACKETS if event.source == "packets" else SOCKET_TABLE
            if event.source == "packets":
                told.add(event.host)
            why = f" ({event.reason})" if event.reason else ""
            if event.count is None:
                text = f"{event.host}: nobody can tell how many {event.source} were lost{why}"
                yield Doubt(event.host, (kind,), text)
            elif event.count > 0:
                text = f"{event.host}: {event.count} {event.source} were lost{why}"
                yield Doubt(event.host, (kind,), text)
    for host in observers:
        if host not in told:
            text = f"{host}: the capture's loss statistic was never read, so packets may be missing"
            yield Doubt(host, (PACKETS,), text)


def _torn(captures: Mapping[str, Capture]) -> Iterator[Doubt]:
    for host, capture in captures.items():
        if capture.fault is not None:
            yield Doubt(host, (PACKETS,), f"{host}: the capture is not whole: {capture.fault}")


def _lost_on_the_way(
    plan: Plan, events: Iterable[Event], captures: Mapping[str, Capture], clocks: Mapping[str, ClockMap]
) -> Iterator[Doubt]:
    """Less came than was sent, and no step is why: what rests on what came is in doubt, and the sender's times.

    A kernel whose own device refuses a retransmission tries again after TCP_RESOURCE_PROBE_INTERVAL, half a
    second, and does not count it (net/ipv4/tcp_timer.c, tcp_retransmit_timer; include/net/tcp.h).
    """
    if any(step.verb in OBSTACLES for step in plan.steps):
        return
    for sender, receiver, count in lost_syns(events, captures, clocks):
        text = f"{receiver}: {count} SYNs of {sender} never came, they were lost on the way"
        yield Doubt(receiver, (PACKETS, COUNTERS), text)
        text = (
            f"{sender}: {count} SYNs to {receiver} were lost on the way, so it may have sent more, at other times"
        )
        yield Doubt(sender, (PACKETS, COUNTERS, TIME), text)


def _late_samples(events: Sequence[Event]) -> Iterator[Doubt]:
    """The worst sample of each host that came too late while the steps went on."""
    steps = [number for number, event in enumerate(events) if isinstance(event, Stepped)]
    worst: dict[str, int] = {}
    for event in events[steps[0] : steps[-1] + 1]:
        if isinstance(event, Sampled) and event.late > LATE:
            worst[event.host] = max(event.late, worst.get(event.host, 0))
    for host, late in worst.items():
        text = f"{host}: a sampler woke {late / 1e6:.0f} ms late: {BUSY}"
        yield Doubt(None, (TIME,), text)


def _pauses(plan: Plan, events: Sequence[Event], clocks: Mapping[str, ClockMap]) -> Iterator[Doubt]:
    """The longest pause between two steps that the plan does not have: the later step came too late."""
    longest = max(pauses(plan, events, clocks), key=lambda each: each[2], default=None)
    if longest is not None and longest[2] > LATE:
        step, following, late = longest
        text = f"step {following.number} ({following.verb}) was {late / 1e6:.0f} ms late after step {step.number}"
        yield Doubt(None, (ORDER,), f"{text}: {BUSY}")


def _late_steps(plan: Plan, events: Sequence[Event]) -> Iterator[Doubt]:
    """Steps that the plan's limit cut off: their calls had no time to end; and those that were never begun then.

    A bound of the step's own (``within``) is part of the experiment, and no doubt.
    """
    steps = {step.number: step for step in plan.steps}
    for event in events:
        if not isinstance(event, Stepped) or event.phase != "late":
            continue
        step = steps.get(event.step)
        if step is not None and step.within is None:
            text = f"step {step.number} ({step.verb}) was cut off by the limit of {plan.limit:g} s"
            yield Doubt(_host_of(plan, step), (CALLS, TIME), text)
            begun = {each.step for each in events if isinstance(each, Stepped)}
            for later in plan.steps:
                if later.number > step.number and later.number not in begun and later.host:
                    text = f"step {later.number} ({later.verb}) was never begun: the limit had passed"
                    yield Doubt(later.host, (CALLS,), text)


def _host_of(plan: Plan, step: Step) -> str | None:
    if step.host:
        return step.host
    label = step.arguments.get("of")
    hosts = {each.host for each in plan.steps if each.label == label and each.host}
    return hosts.pop() if len(hosts) == 1 else None


def _jumps(clocks: Mapping[str, ClockMap]) -> Iterator[Doubt]:
    for host, clock in clocks.items():
        if host and clock.jump > STEP:
            text = f"{host}: the wall clock jumped by {clock.jump / 1e9:.3f} s during the run"
            yield Doubt(host, (WALL_CLOCK,), text)
