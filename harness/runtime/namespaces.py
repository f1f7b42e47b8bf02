"""Hosts out of namespaces: a bridge and, for each host, a network namespace held by a descriptor.

Everything lives inside the box's own network namespace, where no firewall of the machine's reaches and
nothing of the lab is seen from outside. iproute2's ``ip -batch`` lays the links.
"""

from __future__ import annotations

import errno
import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Dict, Iterator, List, Mapping, Sequence

from harness.runtime import host as here
from harness.runtime import libc
from harness.runtime.events import Cannot, now

if TYPE_CHECKING:
    from harness.runtime.plan import Plan

__all__ = ["INTERFACE", "Network", "build"]

INTERFACE = "eth0"
_NETNS = "/proc/thread-self/ns/net"
_QUIET = (
    # No duplicate address detection, no router or multicast chatter: only the experiment's packets.
    ("net.ipv6.conf.all.accept_dad", "0"),
    ("net.ipv6.conf.default.accept_dad", "0"),
    ("net.ipv6.conf.default.accept_ra", "0"),
    ("net.ipv6.conf.default.addr_gen_mode", "1"),
    ("net.ipv6.conf.default.router_solicitations", "0"),
)


@dataclass(frozen=True)
class Network:
    """The hosts' namespaces (descriptors) and addresses, by host name."""

    descriptors: Mapping[str, int]
    addresses: Mapping[str, str]


@contextmanager
def inside(descriptor: int) -> Iterator[None]:
    """Be in another network namespace for a while."""
    home = os.open(_NETNS, os.O_RDONLY | os.O_CLOEXEC)
    try:
        libc.setns(descriptor, libc.CLONE_NEWNET)
        yield
    finally:
        libc.setns(home, libc.CLONE_NEWNET)
        os.close(home)


def build(plan: Plan) -> Network:
    """Make the hosts of a plan and join them; OSError with the failing command's words otherwise."""
    if plan.family == 6 and not os.path.exists("/proc/net/if_inet6"):
        raise OSError(errno.EAFNOSUPPORT, "this kernel has no IPv6 (CONFIG_IPV6), or it is disabled")
    home = os.open(_NETNS, os.O_RDONLY | os.O_CLOEXEC)
    descriptors: Dict[str, int] = {}
    _quietly("net.ipv6.conf.default.disable_ipv6", "1")  # the bridge's own ports have nothing to say
    for host in plan.hosts:
        libc.unshare(libc.CLONE_NEWNET)
        descriptors[host.name] = os.open(_NETNS, os.O_RDONLY | os.O_CLOEXEC)
        for name, value in _QUIET:
            _quietly(name, value)
        if plan.family == 4:
            _quietly("net.ipv6.conf.default.disable_ipv6", "1")
        libc.setns(home, libc.CLONE_NEWNET)
    os.close(home)
    addresses = {host.name: _address(plan.family, number) for number, host in enumerate(plan.hosts, 1)}
    lines = ["link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0"]
    for number, descriptor in enumerate(descriptors.values(), 1):
        port = f"port{number}"
        lines.append(f"link add {port} type veth peer name {INTERFACE} netns /proc/self/fd/{descriptor}")
        lines.append(f"link set {port} master br0 up")
    lines.append("link set br0 up")
    _ip(lines, list(descriptors.values()))
    for name, descriptor in descriptors.items():
        with inside(descriptor):
            _ip(
                [
                    f"address add {addresses[name]}/{_prefix(plan.family)} dev {INTERFACE}" + _flags(plan.family),
                    "link set lo up",
                    f"link set {INTERFACE} up",
                ]
            )
    return Network(descriptors, addresses)


def _quietly(name: str, value: str) -> None:
    try:
        here.write_setting(name, value)
    except OSError:
        return  # a kernel without IPv6 is quiet already


def _address(family: int, number: int) -> str:
    # 198.18.0.0/15 is set aside for tests of network devices (RFC 2544), fd00::/8 for private use (RFC 4193).
    return f"fd18:7463:70::{number:x}" if family == 6 else f"198.18.{number // 256}.{number % 256}"


def _prefix(family: int) -> int:
    return 64 if family == 6 else 16


def _flags(family: int) -> str:
    return " nodad" if family == 6 else ""


def _ip(lines: Sequence[str], descriptors: List[int] | None = None) -> None:
    done = subprocess.run(
        ["ip", "-batch", "-"],  # noqa: S607 (found on PATH, as the user's own)
        input="\n".join(lines).encode(),
        pass_fds=descriptors or [],
        capture_output=True,
        timeout=20,
        check=False,
    )
    if done.returncode != 0:
        raise OSError(done.returncode, "ip: " + done.stderr.decode("utf-8", "replace").strip())


def apply_sysctls(plan: Plan, network: Network) -> List[Cannot]:
    """Set the plan's sysctls on each host; what a kernel lacks or refuses comes back."""
    refused = []
    for host in plan.hosts:
        with inside(network.descriptors[host.name]):
            for name, value in host.sysctls.items():
                try:
                    here.write_setting(name, value)
                except FileNotFoundError:
                    refused.append(Cannot(host.name, now(), f"sysctl {name}={value}", "absent"))
                except OSError as error:
                    refused.append(
                        Cannot(host.name, now(), f"sysctl {name}={value}", f"refused: {error.strerror}")
                    )
    return refused
