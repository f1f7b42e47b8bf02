"""SYN retransmission: when a client that gets no answer sends again, and when its connect() gives up."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from harness.model.expectation import Between, Duration, Either, Equal, Moment, Nothing, Times
from harness.model.interface import Expectation, Model
from harness.model.queue import admission
from harness.model.situation import (
    NoRule,
    clients_of,
    guarded,
    label_argument,
    listener_of,
    number,
    setting,
    stack,
    step_with,
)
from harness.model.timers import SLACK, granule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.model.interface import Matcher, Situation
    from harness.model.queue import Admission

__all__ = [
    "CONNECT_TIMEOUT",
    "DROPPED_SYNS",
    "RETRANSMISSION_MOMENT",
    "SYN_SCHEDULE",
    "Schedule",
    "SynRules",
    "schedule",
    "simulate",
]

_RTO = 1.0
_RTO_MAX = 120.0
_GVISOR_RETRIES = 6
_GVISOR_UNRESOLVED = 256
"""Packets that gVisor keeps for a neighbour it does not know yet (pkg/tcpip/stack/pending_packets.go)."""


@dataclass(frozen=True, slots=True)
class SynRules:
    """What decides a SYN's retransmission: retries, linear timeouts, and the longest RTO in seconds."""

    retries: int
    linear: int = 0
    rto_max: float = _RTO_MAX

    @property
    def patience(self) -> float:
        """The time after which a client gives up at its next timer, in seconds.

        Source: net/ipv4/tcp_timer.c, tcp_model_timeout.
        """
        doublings = int(self.rto_max / _RTO).bit_length() - 1
        if self.retries <= doublings:
            return ((2 << self.retries) - 1) * _RTO
        return ((2 << doublings) - 1) * _RTO + (self.retries - doublings) * self.rto_max


@dataclass(frozen=True, slots=True)
class Schedule:
    """A client's SYNs, in seconds after the first, and what ends them.

    Attributes:
        sends: when each SYN leaves.
        end: when connect() fails.
        intervals: the timers, one after another; the last one ends it.
        late: how late each timer may be, in seconds.
        because: the rule with the host's numbers.
        inputs: the numbers.
    """

    sends: tuple[float, ...]
    end: float
    intervals: tuple[float, ...]
    late: tuple[float, ...] = ()
    because: str = ""
    inputs: Mapping[str, Any] | None = None

    @property
    def seconds(self) -> Duration:
        """What the failing connect() takes."""
        return Duration(self.end, sum(self.late), SLACK)

    @property
    def times(self) -> Times:
        """When its SYNs leave."""
        late = (0.0, *accumulate(self.late[:-1]))
        return Times(self.sends, late, SLACK)


def simulate(rules: SynRules, late: Callable[[float], float] = lambda _: 0.0) -> Schedule:
    """What Linux does, timer by timer.

    At each expiry the client gives up if it has retransmitted retries + linear times, or once retransmitted
    at all, if its patience is over; else it sends again, and doubles the RTO unless that is still one of the
    linear timeouts.

    Source: net/ipv4/tcp_timer.c, tcp_write_timeout, retransmits_timed_out and tcp_retransmit_timer.

    Args:
        rules: the host's rules.
        late: how late a timer of so many seconds fires.
    """
    moment, rto, retransmits = 0.0, _RTO, 0
    sends, intervals = [moment], []
    while True:
        intervals.append(rto)
        moment += rto + late(rto)
        if retransmits >= rules.retries + rules.linear or (retransmits and moment >= rules.patience):
            return Schedule(tuple(sends), moment, tuple(intervals))
        retransmits += 1
        sends.append(moment)
        if retransmits > rules.linear:
            rto = min(rto * 2, rules.rto_max)


def schedule(situation: Situation, host: str) -> Schedule:
    """The SYN schedule of a host that gets no answer.

    Raises:
        NoRule: a setting is missing, the stack is unknown, or the timers' lateness alone decides.
    """
    if stack(situation, host, ("linux", "gvisor")) == "gvisor":
        found = simulate(SynRules(_GVISOR_RETRIES))
        rule = "gVisor retransmits a SYN 6 times, whatever the sysctls say"
        return _explained(found, rule, {"retries": _GVISOR_RETRIES}, (0.0,) * len(found.intervals))
    rules = _rules(situation, host)
    hz = situation.facts[host].hz
    found = simulate(rules)
    latest = simulate(rules, lambda interval: granule(interval, hz))
    if len(found.sends) != len(latest.sends):
        raise NoRule("the lateness of the kernel's timers decides how many SYNs are sent")
    inputs = {"net.ipv4.tcp_syn_retries": rules.retries, "tcp_syn_linear_timeouts": rules.linear, "hz": hz}
    rule = f"tcp_syn_retries {rules.retries} with tcp_syn_linear_timeouts {rules.linear}"
    if setting(situation, host, "net.ipv4.tcp_syn_linear_timeouts") is None:
        rule = f"tcp_syn_retries {rules.retries} on a kernel without tcp_syn_linear_timeouts"
    if rules.rto_max != _RTO_MAX:
        rule += f" and tcp_rto_max_ms {rules.rto_max * 1000:g}"
        inputs["tcp_rto_max_ms"] = int(rules.rto_max * 1000)
    return _explained(found, rule, inputs, tuple(granule(interval, hz) for interval in found.intervals))


def _rules(situation: Situation, host: str) -> SynRules:
    def optional(name: str, absent: int) -> int:
        return absent if setting(situation, host, name) is None else number(situation, host, name)

    return SynRules(
        retries=number(situation, host, "net.ipv4.tcp_syn_retries"),
        linear=optional("net.ipv4.tcp_syn_linear_timeouts", 0),
        rto_max=optional("net.ipv4.tcp_rto_max_ms", int(_RTO_MAX * 1000)) / 1000,
    )


def _explained(found: Schedule, rule: str, inputs: Mapping[str, Any], late: tuple[float, ...]) -> Schedule:
    times = ", ".join(f"{moment:g}" for moment in found.sends)
    because = f"{rule}: SYNs at {times} s, then ETIMEDOUT at {found.end:g} s"
    return Schedule(found.sends, found.end, found.intervals, late, because, inputs)


def _if_refused(found: Admission, matcher: Matcher) -> Matcher:
    """The matcher for refused clients; Nothing where nobody is refused, either where a race decides it."""
    least, most = found.refused
    if most == 0:
        return Nothing()
    return matcher if least > 0 else Either((Nothing(), matcher))


def _of_refused(situation: Situation, arguments: Mapping[str, Any], origin: str) -> Expectation:
    label = label_argument(arguments)
    found = admission(situation, label)
    if found.refused[1] == 0:
        return Expectation(Nothing(), found.because, found.inputs, origin)
    connect = step_with(situation.plan, "connect", label)
    syns = schedule(situation, str(connect.host))
    if situation.facts[str(connect.host)].stack == "gvisor" and clients_of(connect) > _GVISOR_UNRESOLVED:
        raise NoRule(
            f"of more than {_GVISOR_UNRESOLVED} SYNs at once gVisor drops some until it has the server's address"
        )
    matcher = syns.seconds if origin == "connect_timeout" else syns.times
    return Expectation(_if_refused(found, matcher), syns.because, syns.inputs or {}, origin)


def _connect_timeout(situation: Situation, arguments: Mapping[str, Any]) -> Expectation:
    return _of_refused(situation, arguments, "connect_timeout")


def _syn_schedule(situation: Situation, arguments: Mapping[str, Any]) -> Expectation:
    return _of_refused(situation, arguments, "syn_schedule")


def _dropped_syns(situation: Situation, arguments: Mapping[str, Any]) -> Expectation:
    label = label_argument(arguments)
    connect = step_with(situation.plan, "connect", label)
    listener = listener_of(situation.plan, connect)
    found = admission(situation, label)
    least, most = found.refused
    if any(situation.facts[str(host)].stack != "linux" for host in (connect.host, listener.host)):
        raise NoRule("gVisor does not count dropped SYNs")
    if most == 0:
        return Expectation(Equal(0), found.because, found.inputs, "dropped_syns")
    syns = len(schedule(situation, str(connect.host)).sends)
    inputs = {**found.inputs, "SYNs a client": syns}
    if least == most:
        because = (
            f"{most} refused client{'s' * (most > 1)}, {syns} SYNs each: {most * syns} SYNs meet a full queue"
        )
        return Expectation(Equal(most * syns), because, inputs, "dropped_syns")
    because = f"{least} to {most} refused clients, {syns} SYNs each, meet a full queue"
    return Expectation(Between(least * syns, most * syns), because, inputs, "dropped_syns")


def _retransmission_moment(situation: Situation, arguments: Mapping[str, Any]) -> Expectation:
    connect = step_with(situation.plan, "connect", label_argument(arguments))
    syns = schedule(situation, str(connect.host))
    times = syns.times
    moments = ", ".join(f"{moment:g}" for moment in syns.sends)
    because = f"a SYN is answered when it is sent, or sent again: at {moments} s; in between nobody asks"
    matcher = Moment(times.nominal, times.late, SLACK)
    return Expectation(matcher, because, syns.inputs or {}, "retransmission_moment")


_SOURCE = "net/ipv4/tcp_timer.c, tcp_write_timeout, retransmits_timed_out, tcp_model_timeout, tcp_retransmit_timer"
CONNECT_TIMEOUT = Model(
    name="connect_timeout",
    formula="the first timer at which (retransmits >= tcp_syn_retries + tcp_syn_linear_timeouts) or"
    " (elapsed >= 2^(tcp_syn_retries + 1) - 1 s); null where nobody is refused",
    source=_SOURCE,
    arguments=("of",),
    function=guarded(_connect_timeout),
    about="How long the connect() of a refused client of a group (`of`: its label) takes, in seconds."
    " gVisor always retransmits 6 times: 127 s.",
)
SYN_SCHEDULE = Model(
    name="syn_schedule",
    formula="RTO 1 s for tcp_syn_linear_timeouts + 1 timers, then doubling up to tcp_rto_max_ms, until"
    " connect_timeout; null where nobody is refused",
    source=_SOURCE,
    arguments=("of",),
    function=guarded(_syn_schedule),
    about="When the SYNs of a refused client of a group (`of`: its label) leave, in seconds after the"
    " first. The linear timeouts add retransmissions: 6 retries are SYNs at 0, 1, 3, 7, 15, 31, 63 s"
    " without them, and at 0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67 s with the usual 4 (from Linux 6.5).",
)
DROPPED_SYNS = Model(
    name="dropped_syns",
    formula="(clients - admitted) * SYNs in the schedule",
    source="net/ipv4/tcp_input.c, tcp_conn_request (LINUX_MIB_LISTENOVERFLOWS, tcp_listendrop)",
    arguments=("of",),
    function=guarded(_dropped_syns),
    about="How many SYNs of a group (`of`: its label) meet a full accept queue. Each adds 1 to"
    " TcpExt.ListenOverflows and to TcpExt.ListenDrops (from Linux 4.10). gVisor does not count them.",
)
RETRANSMISSION_MOMENT = Model(
    name="retransmission_moment",
    formula="one of the moments of syn_schedule, 0 included",
    source=_SOURCE,
    arguments=("of",),
    function=guarded(_retransmission_moment),
    about="How long the successful connect() of a client takes that may have had to wait for a slot (`of`: its"
    " group's label). The server does not remember a dropped SYN, so a client gets in when its own kernel asks"
    " again after a slot became free, at one of its retransmissions, and not when the slot became free.",
)
