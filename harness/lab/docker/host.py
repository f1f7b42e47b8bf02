"""A host of a docker lab: its observer's container, which owns the namespace, and its agent's, which joins it."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import docker.errors
from docker.types import Ulimit

from harness.errors import HarnessError, LabError
from harness.lab.bundle import bundle, stub
from harness.lab.docker.runtimes import ORDINARY, broken
from harness.lab.docker.stream import AttachStream
from harness.runtime.channel import Channel
from harness.runtime.conductor import HostChannels
from harness.runtime.events import Cannot, now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker.api.client import APIClient

    from harness.lab.docker.network import Network
    from harness.runtime.plan import Host, Plan

__all__ = ["Refused", "Started", "start"]

_START_SECONDS = 30.0
_NOBODY = "65534:65534"
_SYSCTL = re.compile(r'/proc/sys/(?P<path>[\w/.-]+)["\']?: (?P<reason>[^":]+)')
_SPARE_DESCRIPTORS = 256


class Refused(LabError):
    """The engine could not set a sysctl of this host; ``cannot`` is the event that says so."""

    def __init__(self, cannot: Cannot) -> None:
        super().__init__(f"{cannot.host}: {cannot.need}: {cannot.reason}")
        self.cannot = cannot


@dataclass(frozen=True, slots=True)
class Started:
    """A host that runs: its channels and its containers' ids."""

    channels: HostChannels
    containers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What all containers of a run share."""

    run: str
    plan: Plan
    network: Network
    images: Mapping[str, str]
    labels: Mapping[str, str]
    keep: bool
    runtime: str | None = None
    """What starts the agents' containers; None: whatever the engine starts all others with."""


def start(api: APIClient, recipe: Recipe, host: Host) -> Started:
    """Start both containers of a host; what was made when this fails is found by the run's label.

    Raises:
        Refused: the kernel lacks a sysctl or refuses its value.
        RuntimeMissing: the engine could not start an agent's container with the image's runtime.
        LabError: the engine could not start a container.
    """
    streams: dict[str, AttachStream] = {}
    try:
        with contextlib.ExitStack() as undo:
            # The observer's first: it owns the network namespace that the agent's joins.
            observer = _create(api, recipe, host, "observer", **_observer(api, recipe, host))
            streams[observer] = _run(api, observer, undo)
            agent = _create(api, recipe, host, "agent", **_agent(api, recipe, observer))
            streams[agent] = _run(api, agent, undo)
            undo.pop_all()
    except docker.errors.APIError as error:
        raise _explain(recipe, host, error, began=bool(streams)) from error
    except (TimeoutError, OSError) as error:
        raise LabError(f"{host.name}: {error}") from error
    channels = HostChannels(
        recipe.network.addresses[host.name],
        Channel(host.name, "agent", streams[agent]),
        Channel(host.name, "observer", streams[observer]),
    )
    return Started(channels, (agent, observer))


def _run(api: APIClient, container: str, undo: contextlib.ExitStack) -> AttachStream:
    """Start a container and feed it its program; its stream."""
    stream = AttachStream(api, container)
    undo.callback(stream.close)
    api.start(container)
    stream.feed(b"%d\n%s" % (len(bundle()), bundle()), time.monotonic() + _START_SECONDS)
    return stream


def _create(api: APIClient, recipe: Recipe, host: Host, process: str, **more: Any) -> str:
    order = {
        "family": recipe.plan.family,
        "interface": "eth0",
        "capture": "auto",
        "address": recipe.network.addresses[host.name],
        "sysctls": dict(host.sysctls),
        "filters": _filters(recipe.plan),
    }
    made = api.create_container(
        recipe.images.get(host.image, host.image),
        stub(process, host.name, order),
        name=f"harness-{recipe.run}-{host.name}-{process}",
        labels={**recipe.labels, "harness.host": host.name, "harness.process": process},
        stdin_open=True,
        # Not detached: the engine then closes the program's stdin when this process dies, and it ends.
        detach=recipe.keep,
        entrypoint=[],
        **more,
    )
    return str(made["Id"])


def _filters(plan: Plan) -> bool:
    return "socket-filter" in plan.needs


def _observer(api: APIClient, recipe: Recipe, host: Host) -> dict[str, Any]:
    address = recipe.network.addresses[host.name]
    six = recipe.plan.family == 6
    endpoint = api.create_endpoint_config(
        ipv4_address=None if six else address, ipv6_address=address if six else None
    )
    return {
        "hostname": host.name,
        "networking_config": {"EndpointsConfig": {recipe.network.name: endpoint}},
        "host_config": api.create_host_config(
            network_mode=recipe.network.name,
            cap_drop=["ALL"],
            # tcpdump captures with NET_RAW; as root it insists on setting its groups (-Z root).
            # A plan that filters wants NET_ADMIN on some kernels: the agent hands its socket to the observer.
            cap_add=["NET_RAW", "SETGID", *(["NET_ADMIN"] if _filters(recipe.plan) else [])],
            sysctls=dict(host.sysctls),
            # An agent in a sandbox of gVisor's takes the namespace's address over and has a stack of its own; what
            # owns the namespace and captures must be no sandbox.
            runtime=ORDINARY if recipe.runtime else None,
            **_shared(),
        ),
    }


def _agent(api: APIClient, recipe: Recipe, observer: str) -> dict[str, Any]:
    wanted = _SPARE_DESCRIPTORS + sum(int(step.arguments.get("count", 1)) for step in recipe.plan.steps)
    limit = max(4096, wanted)
    return {
        "user": _NOBODY,
        "host_config": api.create_host_config(
            network_mode=f"container:{observer}",
            cap_drop=["ALL"],
            ulimits=[Ulimit(name="nofile", soft=limit, hard=limit)],
            runtime=recipe.runtime,
            **_shared(),
        ),
    }


def _shared() -> dict[str, Any]:
    return {
        "read_only": True,
        "security_opt": ["no-new-privileges"],
        "log_config": {"Type": "none"},
        "pids_limit": 4096,
    }


def _explain(recipe: Recipe, host: Host, error: docker.errors.APIError, *, began: bool) -> HarnessError:
    """What the engine's refusal means: the reason stands at the end of a long text.

    ``began``: the observer's container runs, so it was the agent's that did not start.
    """
    said = str(error.explanation or error)
    if began and recipe.runtime:
        return broken(recipe.runtime, said)
    found = _SYSCTL.search(said)
    if found is None:
        return LabError(f"{host.name}: the engine could not start a container: {said}")
    name = found["path"].replace("/", ".")
    reason = found["reason"].strip()
    absent = "no such file" in reason.lower()
    need = f"sysctl {name}={host.sysctls.get(name, '')}"
    return Refused(Cannot(host.name, now(), need, "absent" if absent else f"refused: {reason}"))
