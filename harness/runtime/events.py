"""Events: one line of raw evidence each. All that comes out of a lab.

``mono`` is CLOCK_MONOTONIC in nanoseconds, read on the event's host at the moment it speaks of. ``host`` is
the host's name, "" for the conductor and the lab itself. On the wire an event is one JSON object whose
``event`` is the class's name in lower case.
"""

import base64
import dataclasses
import json
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Tuple, Type

__all__ = [
    "EVENTS",
    "Address",
    "Call",
    "Cannot",
    "Clock",
    "Counters",
    "Ended",
    "Event",
    "Lost",
    "Packets",
    "Queue",
    "Sampled",
    "Setting",
    "Socket",
    "Started",
    "Stepped",
    "clock",
    "dumps",
    "from_json",
    "loads",
    "now",
]

Address = Tuple[str, int]
"""IP address as text, and port."""


@dataclass(frozen=True)
class Event:
    """What every event has."""

    host: str
    mono: int


@dataclass(frozen=True)
class Started(Event):
    """A process stands ready.

    ``process``: ``lab``, ``agent`` or ``observer``. ``facts`` of an observer: ``kernel`` (release),
    ``version`` (uname -v), ``machine``, ``hz``, ``cpus``, ``clock_source``, ``python``, ``capture``
    (``tcpdump`` or ``recorder``), ``interface``, ``address``, ``stack`` (``linux`` or ``gvisor``).
    Of an agent: what it found of its own stack, and ``descriptors``. Of a lab: ``lab``, ``via``, ``clock``,
    ``engine``, ``digests`` (host to digest), ``subnet``.
    """

    process: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Clock(Event):
    """A pair of readings: ``mono`` and CLOCK_REALTIME (``wall``), nanoseconds, read together.

    ``process``: who read them; "" where all of a host's processes have one clock.
    """

    wall: int
    process: str = ""


@dataclass(frozen=True)
class Setting(Event):
    """A sysctl as read on the host before the first step; None where this kernel does not have it."""

    name: str
    value: Optional[str]


@dataclass(frozen=True)
class Cannot(Event):
    """The host cannot do or show something.

    ``need``: ``sysctl NAME=VALUE``, ``socket-filter``, ``socket table``, ``counters``, ``settings``, ``TCP_INFO``;
    of the lab (no host) ``runtime NAME``. ``process``: who says so, where its clock may be one of its own.
    """

    need: str
    reason: str
    process: str = ""


@dataclass(frozen=True)
class Stepped(Event):
    """A step changed phase.

    ``begun``: all its calls were started. ``done``: all have ended (of a wait: it was satisfied).
    ``late``: the wait's deadline or the plan's limit passed first.
    """

    step: int
    phase: str


@dataclass(frozen=True)
class Call(Event):
    """One socket call; ``mono`` is its end, ``began`` its start.

    ``result``: ``ok``, ``failed`` (``errno`` has the name) or ``pending`` (not ended when the run was).
    ``value``: bytes for send and recv; ``data``: what recv got (text, at most 4096 characters);
    ``index``: which member of the label's group, from 0. Addresses as the kernel names them, None before bind.
    """

    step: int
    label: str
    index: int
    verb: str
    began: int
    result: str
    errno: Optional[str] = None
    local: Optional[Address] = None
    remote: Optional[Address] = None
    value: Optional[int] = None
    data: Optional[str] = None


@dataclass(frozen=True)
class Socket(Event):
    """A row of the socket table that is new or changed; state ``GONE`` when it went.

    States as `ss` and the RFC name them: LISTEN, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT_1 ... CLOSE.
    Of a listener ``recv_q`` is the accept queue's length and ``send_q`` its limit (None where the source
    cannot tell); otherwise bytes.
    """

    local: Address
    remote: Address
    state: str
    recv_q: int
    send_q: Optional[int]
    retransmits: int


@dataclass(frozen=True)
class Queue(Event):
    """An accept queue as the listener itself sees it: TCP_INFO's tcpi_unacked (length), tcpi_sacked (limit).

    Read by the agent on its own socket: a witness independent of the observer's socket table.
    """

    label: str
    length: int
    limit: int


@dataclass(frozen=True)
class Sampled(Event):
    """One look at the socket table: how long it took, and how late the sampler woke, in nanoseconds.

    ``asked``: it was asked for, after a call or a step; else a burst of packets or a timer caused it.
    """

    took: int
    late: int
    asked: bool = False


@dataclass(frozen=True)
class Counters(Event):
    """TcpExt, Tcp and IpExt counters (``TcpExt.ListenOverflows`` ...) before (``before``) or after the steps."""

    when: str
    values: Mapping[str, int]


@dataclass(frozen=True)
class Packets(Event):
    """A piece of the host's capture: the bytes of a pcap file, in order (the first piece has the header)."""

    data: bytes


@dataclass(frozen=True)
class Lost(Event):
    """Evidence that is known to be missing.

    ``source``: ``packets`` or ``samples``; ``count``: how many, None where nobody can tell (the capture
    died); 0 says that the kernel's statistic was read and nothing was lost.
    """

    source: str
    count: Optional[int]
    reason: str = ""


@dataclass(frozen=True)
class Ended(Event):
    """A process ended: its exit status (negative: the signal), and what it wrote to stderr."""

    process: str
    status: Optional[int]
    log: str = ""


EVENTS: Dict[str, Type[Event]] = {
    kind.__name__.lower(): kind
    for kind in (
        Started, Clock, Setting, Cannot, Stepped, Call, Socket, Queue, Sampled, Counters, Packets, Lost, Ended,
    )
}  # fmt: skip
_FIELDS: Dict[Type[Event], List[str]] = {
    kind: [item.name for item in dataclasses.fields(kind)] for kind in EVENTS.values()
}
_ADDRESSES = {kind: [name for name in names if name in ("local", "remote")] for kind, names in _FIELDS.items()}
_NULLABLE = {
    kind: [name for name in names if name in ("value", "count", "status", "send_q")]
    for kind, names in _FIELDS.items()
}
"""Fields that ``dumps`` leaves out where they are None, and that have no default."""


def dumps(event: Event) -> str:
    """The event as one line of JSON, without the newline."""
    kind = type(event)
    data: Dict[str, Any] = {"event": kind.__name__.lower()}
    for name in _FIELDS[kind]:
        value = getattr(event, name)
        if value is not None:
            data[name] = base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
    return json.dumps(data, separators=(",", ":"))


def from_json(data: Mapping[str, Any]) -> Event:
    """The event from a decoded line; ValueError for what is not an event of this schema."""
    try:
        return _made(dict(data))
    except (TypeError, KeyError, IndexError, ValueError) as error:
        raise ValueError(f"not an event: {data!r} ({error!r})") from None


def _made(values: Dict[str, Any]) -> Event:
    kind = EVENTS[values.pop("event")]
    for name in _ADDRESSES[kind]:
        if values.get(name) is not None:
            values[name] = (values[name][0], values[name][1])
    if kind is Packets:
        values["data"] = base64.b64decode(values["data"])
    for name in _NULLABLE[kind]:
        values.setdefault(name, None)
    return kind(**values)


def loads(line: str) -> Event:
    """The event from one line of JSON; ValueError for anything else."""
    try:
        data = json.loads(line)
    except ValueError:
        raise ValueError(f"not an event: {line[:200]!r}") from None
    if not isinstance(data, dict):
        raise ValueError(f"not an event: {line[:200]!r}")  # noqa: TRY004 (bad data, not a bad type)
    return from_json(data)


def now() -> int:
    """CLOCK_MONOTONIC in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def clock(host: str, process: str = "") -> Clock:
    """Both clocks, read together by this process: the pair of three whose readings lie closest."""
    best = None
    for _ in range(3):
        before, wall, after = now(), time.time_ns(), now()
        if best is None or after - before < best[0]:
            best = (after - before, (before + after) // 2, wall)
    assert best is not None  # noqa: S101 (three readings were taken)
    return Clock(host, best[1], best[2], process)
