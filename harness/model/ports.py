"""Ports: what the system picks for a client that binds none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.model.expectation import Between
from harness.model.interface import Expectation, Model
from harness.model.situation import NoRule, guarded, label_argument, setting, stack, step_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model.interface import Situation

__all__ = ["EPHEMERAL_PORT"]

_GVISOR = (16000, 65535)
_RANGE = "net.ipv4.ip_local_port_range"


def _ephemeral_port(situation: Situation, arguments: Mapping[str, Any]) -> Expectation:
    connect = step_with(situation.plan, "connect", label_argument(arguments))
    host = str(connect.host)
    if stack(situation, host, ("linux", "gvisor")) == "gvisor":
        least, most = _GVISOR
        because = f"gVisor gives an unbound client a port of {least} to {most}"
        return Expectation(Between(least, most), because, {}, "ephemeral_port")
    words = (setting(situation, host, _RANGE) or "").split()
    if len(words) != 2:
        raise NoRule(f"{_RANGE} could not be read on {host}")
    least, most = (int(word) for word in words)
    because = f"an unbound client gets a port of {_RANGE}: {least} to {most}"
    return Expectation(Between(least, most), because, {_RANGE: f"{least} {most}"}, "ephemeral_port")


EPHEMERAL_PORT = Model(
    name="ephemeral_port",
    formula="a port of net.ipv4.ip_local_port_range; gVisor: 16000 to 65535",
    source="net/ipv4/inet_hashtables.c, __inet_hash_connect; gVisor pkg/tcpip/ports/ports.go, firstEphemeral",
    arguments=("of",),
    function=guarded(_ephemeral_port),
    about="The port that the system picks for the clients of a group (`of`: its label) that bind none. Linux"
    " prefers the range's odd or even half for connect(), which changes nothing about its bounds.",
)
