"""The accept queue: its limit, and how many clients it admits while nobody accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.model.expectation import Between, Equal
from harness.model.interface import Expectation, Model
from harness.model.kernel import satisfies
from harness.model.situation import (
    NoRule,
    clients_of,
    connects_to,
    guarded,
    label_argument,
    listener_of,
    number,
    setting,
    silenced,
    stack,
    step_with,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model.interface import Situation
    from harness.runtime.plan import Plan, Step

__all__ = ["ACCEPT_QUEUE_LIMIT", "ADMITTED", "QUEUE_CAPACITY", "Admission", "admission"]

_STACKS = ("linux", "gvisor")
_GVISOR_CAP = 1024
_SOMAXCONN = "net.core.somaxconn"


@dataclass(frozen=True, slots=True)
class _Limit:
    """A queue's limit, the rule as text ("min(backlog 5, ...)"), and what it was computed from."""

    value: int
    rule: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Admission:
    """How many of a group's clients are admitted: exactly ``least`` where it equals ``most``."""

    clients: int
    least: int
    most: int
    because: str
    inputs: Mapping[str, Any]

    @property
    def refused(self) -> tuple[int, int]:
        """The least and the most clients that find no place."""
        return self.clients - self.most, self.clients - self.least


def _limit(situation: Situation, listen: Step) -> _Limit:
    """The limit that listen() gives an accept queue.

    Linux compares backlog with somaxconn as unsigned numbers (net/socket.c, __sys_listen), but the agent is
    Python, whose listen() makes a negative one 0 before (Modules/socketmodule.c, sock_listen). gVisor caps it
    at 1024 (pkg/sentry/syscalls/linux/sys_socket.go, Listen).
    """
    host = str(listen.host)
    backlog = int(listen.arguments["backlog"])
    if stack(situation, host, _STACKS) == "gvisor":
        rule = f"min(backlog {backlog}, gVisor's {_GVISOR_CAP})"
        return _Limit(min(max(backlog, 0), _GVISOR_CAP), rule, {"backlog": backlog})
    somaxconn = number(situation, host, _SOMAXCONN)
    rule = f"min(backlog {backlog}, {_SOMAXCONN} {somaxconn})"
    return _Limit(min(max(backlog, 0), somaxconn), rule, {"backlog": backlog, _SOMAXCONN: somaxconn})


def _accept_queue_limit(situation: Situation, arguments: Mapping[str, Any]) -> Expectation:
    limit = _limit(situation, step_with(situation.plan, "listen", label_argument(arguments)))
    because = f"listen() limits the accept queue to {limit.rule} = {limit.value}"
    return Expectation(Equal(limit.value), because, limit.inputs, "accept_queue_limit")


def admission(situation: Situation, label: str) -> Admission:
    """How many clients of a connect group find a place in the accept queue while nobody accepts.

    The queue is full when it holds *more* than its limit (include/net/sock.h, sk_acceptq_is_full), so it
    takes one more than the limit. Clients on several CPUs at once can pass that test together and fill one
    slot more.

    Raises:
        NoRule: the plan does something for which no rule is known, or a setting is missing.
    """
    connect = step_with(situation.plan, "connect", label)
    listen = listener_of(situation.plan, connect)
    if silenced(situation.plan, listen, connect):
        clients = clients_of(connect)
        because = f"a filter drops every segment that reaches {listen.label!r}: nobody is answered"
        return Admission(clients, 0, 0, because, {"clients": clients})
    limit = _limit(situation, listen)
    here = situation.facts[str(listen.host)]
    if here.stack == "linux" and satisfies(here.kernel, "<4.10"):
        raise NoRule("a kernel before 4.10 may still answer when its accept queue is full")
    steps = connects_to(situation.plan, listen, connect)
    clients = clients_of(connect)
    earlier = sum(clients_of(step) for step in steps if step.number < connect.number)
    free = max(0, limit.value + 1 - earlier)
    race = any(step.arguments.get("at_once") for step in steps)
    least, most = min(clients, free), min(clients, free + race)
    room = limit.value + 1
    because = f"{limit.rule} + 1 = {room} connection{'s fit' if room > 1 else ' fits'} in the accept queue"
    inputs = {**limit.inputs, "clients": clients}
    if earlier:
        because += f", and {earlier} earlier clients come first"
        inputs["earlier clients"] = earlier
    if here.stack == "gvisor" and least < clients:
        most, why = _gvisor_most(situation, clients, free, steps)
        return Admission(clients, least, most, f"{because}; {why}", inputs)
    if _old_syn_queue_test(situation, str(listen.host), limit.value):
        least = 0
        because += (
            "; with tcp_syncookies 0, a kernel before 6.13 without the fix 3479c7549fb1 finds a SYN queue of"
            " limit 0 always full and admits nobody"
        )
    because += "; later SYNs are dropped in silence" if clients > least else f", so all {clients} are admitted"
    if most > least and race:
        because += "; clients on several CPUs at once may fill one slot more"
    return Admission(clients, least, most, because, inputs)


def _gvisor_most(situation: Situation, clients: int, free: int, steps: list[Step]) -> tuple[int, str]:
    """How many clients gVisor connects at most where not all of them find a place, and why.

    A SYN that comes while the queue is not full is answered, with a SYN cookie where as many handshakes are
    under way as listen() was told; only the final ACK is dropped when the queue has become full meanwhile, and
    the client does not learn of that.

    Source: pkg/tcpip/transport/tcp, accept.go (handleListenSegment) and connect.go (synRcvdState).
    """
    if free == 0 and _settled(situation.plan, steps):
        return 0, "later SYNs are dropped in silence"
    return clients, "gVisor also answers SYNs that come before it is full, and drops only their final ACKs"


def _settled(plan: Plan, steps: list[Step]) -> bool:
    """Whether all but the last of these connect steps are waited for before the last one begins."""
    *earlier, last = steps
    awaited = {
        step.arguments.get("of") for step in plan.steps if step.verb == "wait" and step.number < last.number
    }
    return all(step.label in awaited for step in earlier)


def _old_syn_queue_test(situation: Situation, host: str, limit: int) -> bool:
    """Whether the SYN queue's own limit may refuse everybody.

    Before commit 3479c7549fb1 inet_csk_reqsk_queue_is_full() tested with >= and so called a queue of limit 0
    full while it was empty; without syncookies tcp_conn_request() then drops the SYN. The fix is in 6.13, and
    in several stable branches, so that an older release number does not decide it.
    """
    facts = situation.facts[host]
    if limit > 0 or facts.stack != "linux" or satisfies(facts.kernel, ">=6.13"):
        return False
    return setting(situation, host, "net.ipv4.tcp_syncookies") in (None, "0")


def _admitted(situation: Situation, arguments: Mapping[str, Any]) -> Expectation:
    found = admission(situation, label_argument(arguments))
    matcher = Equal(found.least) if found.least == found.most else Between(found.least, found.most)
    return Expectation(matcher, found.because, found.inputs, "admitted")


def _queue_capacity(situation: Situation, arguments: Mapping[str, Any]) -> Expectation:
    limit = _limit(situation, step_with(situation.plan, "listen", label_argument(arguments)))
    because = f"an accept queue of limit {limit.rule} holds one more: {limit.value + 1}"
    return Expectation(Equal(limit.value + 1), because, limit.inputs, "queue_capacity")


QUEUE_CAPACITY = Model(
    name="queue_capacity",
    formula="min(backlog, net.core.somaxconn) + 1",
    source="include/net/sock.h, sk_acceptq_is_full",
    arguments=("of",),
    function=guarded(_queue_capacity),
    about="How many connections a listener's accept queue holds at most (`of`: the listener's label), whatever"
    " clients come and whatever they believe.",
)
ACCEPT_QUEUE_LIMIT = Model(
    name="accept_queue_limit",
    formula="min(backlog, net.core.somaxconn), a negative backlog being 0; gVisor: min(backlog, 1024)",
    source="net/socket.c, __sys_listen; Python Modules/socketmodule.c, sock_listen;"
    " gVisor pkg/sentry/syscalls/linux/sys_socket.go, Listen",
    arguments=("of",),
    function=guarded(_accept_queue_limit),
    about="The limit of a listener's accept queue (`of`: the listener's label), as `ss -lt` shows it in"
    " Send-Q. A later change of the sysctl counts only at the next listen().",
)
ADMITTED = Model(
    name="admitted",
    formula="min(clients, min(backlog, net.core.somaxconn) + 1) while nobody accepts;"
    " with at_once one slot more is possible",
    source="include/net/sock.h, sk_acceptq_is_full; net/ipv4/tcp_input.c, tcp_conn_request",
    arguments=("of",),
    function=guarded(_admitted),
    about="How many clients of a connect group (`of`: its label) are connected while nobody accepts. On gVisor"
    " those that fit, and of the others as many as come before it is full: it answers them, and then drops their"
    " final ACKs (pkg/tcpip/transport/tcp/accept.go, handleListenSegment)."
    " Earlier groups to the same listener come first. With tcp_syncookies 0 and a limit of 0, a kernel"
    " before 6.13 without the fix 3479c7549fb1 admits nobody: there both 0 and 1 are expected, because"
    " stable branches have the fix too. No rule is known yet where the plan accepts, filters or"
    " closes, nor for other stacks than Linux and gVisor.",
)
