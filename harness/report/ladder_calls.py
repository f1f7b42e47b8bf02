"""The calls made on a connection's two sockets, and on the listener behind them, in words."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from harness.evidence.connections import connect_step, host_of, label_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from harness.evidence.connections import Connection
    from harness.evidence.evidence import Evidence
    from harness.runtime.events import Address, Call
    from harness.runtime.plan import Step

__all__ = [
    "FILTER_OFF",
    "Key",
    "calls_by_connection",
    "listener_calls",
    "listener_of",
    "outcome",
    "seconds",
    "told",
]

Key = tuple[str, int]
"""A socket, and the connection it is an end of: its group's label and its index there."""

_LONG = 10_000_000
"""Nanoseconds: a call that took longer is shown twice, where it began and where it ended."""
_MOST_DATA = 24
FILTER_OFF = "filter off"
_FILTERS = {"all": "filter drops all", "without-syn": "filter lets SYN in", "none": FILTER_OFF}


def calls_by_connection(evidence: Evidence) -> dict[Key, list[Call]]:
    """Each connection's calls at both ends, by its connect(): its label and index."""
    steps = {step.number: step for step in evidence.plan.steps}
    found: dict[Key, list[Call]] = {}
    clients: dict[tuple[Address, Address], list[Call]] = defaultdict(list)
    for _, call in evidence.calls:
        if call.verb == "connect":
            found[call.label, call.index] = [call]
            if call.local is not None and call.remote is not None:
                clients[call.local, call.remote].append(call)
    owners = {key: key for key in found}
    taken: Counter[str] = Counter()
    for _, call in evidence.calls:
        owner = None
        if call.verb == "accept" and call.result == "ok":
            owner = _accepted(clients, call)
            if owner is not None:
                owners[call.label, taken[call.label]] = owner
            # The group holds what was accepted in that order, whichever of several calls it was.
            taken[call.label] += 1
        elif call.verb not in ("connect", "accept"):
            owner = owners.get((_group(steps.get(call.step)), call.index))
        if owner is not None:
            found[owner].append(call)
    return found


def _group(step: Step | None) -> str:
    return "" if step is None else str(step.arguments.get("on") or step.label or "")


def _accepted(clients: Mapping[tuple[Address, Address], list[Call]], call: Call) -> Key | None:
    """The connect() whose connection an accept() took out: where a port was used again, the last before it."""
    if call.local is None or call.remote is None:
        return None
    found = clients.get((call.remote, call.local), [])
    before = [each for each in found if each.began <= call.mono] or found
    return (before[-1].label, before[-1].index) if before else None


def listener_of(evidence: Evidence, connection: Connection, server: str) -> str | None:
    """The label of the socket that a connection was meant for; None where no step makes one."""
    step = connect_step(evidence.plan, connection.call.label)
    to = step.arguments.get("to") if step is not None else None
    if to is not None and host_of(evidence.plan, to) is not None:
        return str(to)
    return label_at(evidence, server, connection.server[1])


def listener_calls(evidence: Evidence, label: str | None) -> list[Call]:
    """The calls made on a listener itself; accept() belongs to the connection it takes out."""
    if label is None:
        return []
    steps = {step.number: step for step in evidence.plan.steps}
    return [call for _, call in evidence.calls if call.verb != "accept" and _group(steps.get(call.step)) == label]


def told(call: Call, step: Step | None) -> Iterator[tuple[int, str]]:
    """The moments of a call that are worth a note, and the note."""
    name = _name(call, step)
    if call.result == "pending":
        yield call.began, f"{name} blocks"
    elif call.verb == "connect":
        yield call.began, name
        took = call.mono - call.began
        yield call.mono, outcome(call) + (f" after {seconds(took)}" if took > _LONG else "")
    elif call.mono - call.began > _LONG:
        yield call.began, f"{name} waits"
        yield call.mono, f"{_result(call, name)} after {seconds(call.mono - call.began)}"
    else:
        yield (call.mono if call.verb in ("accept", "recv") else call.began), _result(call, name)


def outcome(call: Call) -> str:
    """How a connect() ended."""
    return "connect() never returned" if call.result == "pending" else f"connect() {call.errno or call.result}"


def _name(call: Call, step: Step | None) -> str:
    said = _NAMES.get(call.verb)
    return said(step.arguments) if said is not None and step is not None else f"{call.verb}()"


_NAMES: dict[str, Callable[[Mapping[str, object]], str]] = {
    "listen": lambda words: f"listen({words.get('backlog', '')})",
    "bind": lambda words: f"bind({words.get('port', 0)})",
    "shutdown": lambda words: f"shutdown({words.get('how', '')})",
    "close": lambda words: "close() with RST" if words.get("abort") else "close()",
    "kill": lambda _: "process killed",
    "filter": lambda words: _FILTERS.get(str(words.get("drop")), "filter"),
    "option": lambda words: str(words.get("name", "setsockopt()")),
}


def _result(call: Call, name: str) -> str:
    if call.errno is not None:
        return f"{name} {call.errno}"
    if call.verb == "send":
        return f"{name} {_bytes(call.value)}"
    if call.verb == "recv":
        if not call.value:
            return f"{name} end of data"
        whole = call.data is not None and len(call.data) <= _MOST_DATA
        return f"{name} {json.dumps(call.data) if whole else _bytes(call.value)}"
    return f"{name} ok" if call.verb == "accept" else name


def _bytes(count: int | None) -> str:
    return f"{count or 0} byte{'' if count == 1 else 's'}"


def seconds(nanoseconds: int) -> str:
    """A duration: two decimals, three below a tenth of a second."""
    value = nanoseconds / 1e9
    return f"{value:.2f} s" if value >= 0.1 else f"{value:.3f} s"
