"""The plan: an experiment once its parameters are fixed. Plain JSON; all that a lab is given.

A step's ``arguments`` hold literals only. Steps by verb (``label`` names the group of sockets or calls):

=========== ================================================================================================
verb        arguments (defaults)
=========== ================================================================================================
socket      none: a TCP socket of the plan's family
bind        ``port`` (0: the system picks). Makes the socket if the label is new
listen      ``backlog``; ``port`` binds first. Makes the socket if the label is new
connect     ``to``: label of a socket on another host, or a host's name with ``port``; ``count`` (1),
            ``at_once`` (false), ``blocking`` (absent)
accept      ``from``: label of a listener; ``count`` (1), ``blocking`` (absent). The accepted sockets carry
            the step's label
send        ``data`` (text) or ``size`` (bytes); ``on``: label of the sockets; ``blocking`` (absent)
recv        ``size`` (65536); ``on``: label of the sockets; ``blocking`` (absent)
shutdown    ``how``: ``read``, ``write`` or ``both``; ``on``: label of the sockets
close       ``on``: label of the sockets; ``abort`` (false): close with RST through SO_LINGER 0
kill        ``on``: label of the sockets: a process that owns them alone is killed with SIGKILL
option      ``name`` (``SO_REUSEADDR`` ...), ``value``; ``on``: label of the sockets
filter      ``drop``: ``all``, ``without-syn`` or ``none`` (detach); ``on``: label of the sockets
wait        no host: ``until: settled`` with ``of``: label, or ``for``: seconds
=========== ================================================================================================

``blocking`` absent: the call waits inside the agent's event loop. ``true``: a real blocking call in a thread
of its own. ``false``: one non-blocking call that returns what the kernel says at once (EAGAIN ...).
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Mapping, Optional, Tuple

__all__ = ["SCHEMA", "Host", "Plan", "Step"]

SCHEMA = 1


@dataclass(frozen=True)
class Host:
    """One network endpoint: its image's name and the sysctls to set (absent ones are left alone)."""

    name: str
    image: str
    sysctls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step: ``number`` counts from 1, ``host`` is None for the conductor's own verbs.

    ``within`` bounds a wait in seconds (None: the plan's limit); ``line`` is the step's line in its file.
    """

    number: int
    host: Optional[str]
    verb: str
    label: Optional[str]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    within: Optional[float] = None
    line: int = 0


@dataclass(frozen=True)
class Plan:
    """What a lab performs: hosts, steps, address family (4 or 6), limit in seconds, needs of the lab."""

    experiment: str
    parameters: Mapping[str, Any]
    mode: str
    family: int
    hosts: Tuple[Host, ...]
    steps: Tuple[Step, ...]
    needs: Tuple[str, ...]
    limit: float
    schema: int = SCHEMA

    def to_json(self) -> Dict[str, Any]:
        """The plan as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Plan":
        """The plan from what ``to_json`` gave; ValueError for another schema."""
        if data.get("schema") != SCHEMA:
            raise ValueError("plan schema {!r}, this program reads {}".format(data.get("schema"), SCHEMA))
        return cls(
            experiment=data["experiment"],
            parameters=dict(data["parameters"]),
            mode=data["mode"],
            family=data["family"],
            hosts=tuple(Host(**host) for host in data["hosts"]),
            steps=tuple(Step(**step) for step in data["steps"]),
            needs=tuple(data["needs"]),
            limit=data["limit"],
        )

    @classmethod
    def loads(cls, text: str) -> "Plan":
        """The plan from JSON text."""
        return cls.from_json(json.loads(text))

    def host(self, name: str) -> Host:
        """The host of that name; KeyError if there is none."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise KeyError(name)

    def step_of(self, label: str) -> Step:
        """The step that made a label's group (the first that names it); KeyError if none does."""
        for step in self.steps:
            if step.label == label:
                return step
        raise KeyError(label)

    def port_of(self, label: str) -> Optional[int]:
        """The port a label's socket was told to bind, or None."""
        for step in self.steps:
            if step.label == label and step.arguments.get("port"):
                return int(step.arguments["port"])
        return None
