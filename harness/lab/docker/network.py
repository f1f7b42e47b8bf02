"""A private network for one run: internal, with a subnet that nobody else has."""

from __future__ import annotations

import ipaddress
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker.errors
from docker.types import IPAMConfig, IPAMPool

from harness.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker.api.client import APIClient

    from harness.runtime.plan import Plan

__all__ = ["Network", "make"]

# 198.18.0.0/15 is set aside for tests of network devices (RFC 2544): no real network has it.
_POOL = ipaddress.ip_network("198.18.0.0/15")
_PREFIX = 24
_TRIES = 20
_TAKEN = ("overlap", "already in use", "conflict")


@dataclass(frozen=True, slots=True)
class Network:
    """The network's id and name, its subnet of the plan's family, and the hosts' addresses."""

    id: str
    name: str
    subnet: str
    addresses: Mapping[str, str]


def make(api: APIClient, plan: Plan, name: str, labels: Mapping[str, str]) -> Network:
    """Make the network; LabError when no subnet of the pool is free.

    ``internal`` and ``inhibit_ipv4`` together: an internal network alone still reaches the engine's machine
    through the gateway's address.
    """
    said = ""
    for _ in range(_TRIES):
        pools, subnet = _pools(plan.family)
        try:
            made = api.create_network(
                name,
                driver="bridge",
                internal=True,
                enable_ipv6=plan.family == 6,
                ipam=IPAMConfig(pool_configs=pools),
                options={"com.docker.network.bridge.inhibit_ipv4": "true"},
                labels=dict(labels),
                check_duplicate=None,
            )
        except docker.errors.APIError as error:
            said = str(error.explanation or error)
            if any(word in said.lower() for word in _TAKEN):
                continue
            raise LabError(f"the engine made no network: {said}") from error
        hosts = ipaddress.ip_network(subnet)
        addresses = {host.name: str(hosts[number]) for number, host in enumerate(plan.hosts, 2)}
        return Network(made["Id"], name, subnet, addresses)
    raise LabError(f"no free subnet in {_TRIES} tries: {said}", "remove unused networks: docker network prune")


def _pools(family: int) -> tuple[list[IPAMPool], str]:
    """Random pools (an IPv6 network of the engine has an IPv4 subnet as well), and the plan's own subnet."""
    choice = random.randrange(1 << (_PREFIX - _POOL.prefixlen))  # noqa: S311 (no secret: a free number)
    base = int(_POOL.network_address) + (choice << (32 - _PREFIX))
    four = f"{ipaddress.ip_address(base)}/{_PREFIX}"
    if family == 4:
        return [IPAMPool(subnet=four)], four
    six = f"fd18:7463:{random.randrange(1 << 16):x}:{random.randrange(1 << 16):x}::/64"  # noqa: S311 (see above)
    return [IPAMPool(subnet=four), IPAMPool(subnet=six)], six
