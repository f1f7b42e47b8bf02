"""What dead runs left on an engine, told from what live runs own by the labels of both."""

from __future__ import annotations

import contextlib
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors

from harness.lab.kept import start_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker.api.client import APIClient

__all__ = ["KEPT", "RUN", "labels", "remove_run", "sweep"]

RUN = "harness.run"
KEPT = "harness.kept"
_OWNER = "harness.owner"
_YOUTH = timedelta(minutes=1)


def labels(run: str, *, keep: bool) -> dict[str, str]:
    """What every container and network of a run carries: the run, and the process that owns it."""
    return {RUN: run, _OWNER: _owner(os.getpid()), KEPT: "yes" if keep else "no"}


def _owner(pid: int) -> str:
    """Machine, boot and process: a name that no other process ever has."""
    return f"{socket.gethostname()} {_boot()} {_pid_namespace()} {pid} {start_time(pid) or '-'}"


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "-"


def _pid_namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return "-"


def _alive(owner: str) -> bool | None:
    """Whether a run's owner lives; None where it is of another machine or pid namespace."""
    words = owner.split()
    if len(words) != 5 or words[:3] != _owner(0).split()[:3]:
        return None
    return start_time(int(words[3])) == words[4]


def sweep(api: APIClient, *, kept: bool) -> list[str]:
    """Remove what dead runs left, and with ``kept`` also kept labs; what was removed, a sentence each.

    A run of another machine counts as live while one of its containers runs (they end by themselves when their
    owner's connection ends), and while its network is so young that they may still be on their way.
    """
    only = {"label": RUN}
    containers = api.containers(all=True, filters=only)
    networks = api.networks(filters=only)
    live = {item["Labels"][RUN] for item in containers if item["State"] in {"created", "running", "restarting"}}
    live |= {item["Labels"][RUN] for item in networks if _young(item["Created"])}
    said: dict[str, str] = {}
    for item in [*containers, *networks]:
        if _dead(item["Labels"], live, kept=kept):
            said[item["Labels"][RUN]] = f"removed what run {item['Labels'][RUN]} left on the engine"
    for run in said:
        remove_run(api, run)
    return list(said.values())


def _young(created: str) -> bool:
    """Whether this moment (the engine's RFC 3339) was less than a minute ago, by this machine's clock."""
    return datetime.now(UTC) - datetime.fromisoformat(created) < _YOUTH


def _dead(marks: Mapping[str, Any], live: set[str], *, kept: bool) -> bool:
    alive = _alive(marks.get(_OWNER, ""))
    if marks.get(KEPT) == "yes":
        # Its owner has gone as it should: only `harness clean` ends it.
        return kept and not alive
    return not alive if alive is not None else marks[RUN] not in live


def remove_run(api: APIClient, run: str) -> None:
    """Remove a run's containers by force, then its networks; what is gone already does not matter.

    Found by the run's label, so that what was made while an interrupt came is found as well.
    """
    only = {"label": f"{RUN}={run}"}
    containers = [item["Id"] for item in api.containers(all=True, filters=only)]
    if containers:
        with ThreadPoolExecutor(len(containers)) as pool:
            for container in containers:
                pool.submit(_remove_container, api, container)
    for network in api.networks(filters=only):
        with contextlib.suppress(docker.errors.APIError):
            api.remove_network(network["Id"])


def _remove_container(api: APIClient, container: str) -> None:
    with contextlib.suppress(docker.errors.APIError):
        api.remove_container(container, force=True, v=True)
