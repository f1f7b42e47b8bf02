"""Closing: how long the side that closed first waits for the other one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.model.expectation import Duration
from harness.model.interface import Expectation, Model
from harness.model.situation import guarded, label_argument, number, stack, step_with
from harness.model.timers import SLACK, granule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model.interface import Situation

__all__ = ["FIN_WAIT_2"]

_FIN_TIMEOUT = "net.ipv4.tcp_fin_timeout"


def _fin_wait_2(situation: Situation, arguments: Mapping[str, Any]) -> Expectation:
    connect = step_with(situation.plan, "connect", label_argument(arguments))
    host = str(connect.host)
    stack(situation, host, ("linux",))
    seconds = number(situation, host, _FIN_TIMEOUT)
    because = (
        f"a socket that was closed waits in FIN_WAIT_2 for tcp_fin_timeout = {seconds} s and is then gone,"
        " without a packet"
    )
    matcher = Duration(float(seconds), granule(float(seconds), situation.facts[host].hz), SLACK)
    return Expectation(matcher, because, {_FIN_TIMEOUT: seconds}, "fin_wait_2")


FIN_WAIT_2 = Model(
    name="fin_wait_2",
    formula="tcp_fin_timeout seconds",
    source="net/ipv4/tcp.c, __tcp_close (tcp_fin_time); net/ipv4/tcp_minisocks.c, tcp_time_wait",
    arguments=("of",),
    function=guarded(_fin_wait_2),
    about="How long the closed socket of a client (`of`: its group's label) stays in FIN_WAIT_2 when the other"
    " side never closes. Holds for tcp_fin_timeout of at most 60 s and at least 3.5 RTOs (0.7 s after a quick"
    " handshake). A socket that was only shut down waits without end.",
)
