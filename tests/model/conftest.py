from __future__ import annotations

import pytest

from harness.model import Situation
from harness.result import HostFacts
from harness.runtime.plan import Host, Plan, Step

LISTEN = Step(1, "server", "listen", "door", {"port": 8000, "backlog": 5})
CONNECT = Step(2, "client", "connect", "visitor", {"to": "door", "count": 10})
WAIT = Step(3, None, "wait", None, {"until": "settled", "of": "visitor"})

# What kernel 6.12 shows, as far as models look.
SETTINGS = {
    "net.core.somaxconn": "4096",
    "net.ipv4.tcp_syncookies": "1",
    "net.ipv4.tcp_syn_retries": "6",
    "net.ipv4.tcp_syn_linear_timeouts": "4",
    "net.ipv4.tcp_rto_max_ms": None,
}


@pytest.fixture
def situation():
    """Makes a situation: steps, and what differs from kernel 6.12 with its own settings."""

    def make(*steps, settings=None, facts=None, client_sysctls=None):
        steps = steps or (LISTEN, CONNECT, WAIT)
        plan = Plan(
            experiment="backlog-overflow",
            parameters={},
            mode="quick",
            family=4,
            hosts=(Host("server", "debian"), Host("client", "debian", client_sysctls or {})),
            steps=steps,
            needs=(),
            limit=30,
        )
        host = {"image": "debian", "kernel": "6.12.57", "hz": 250, **(facts or {})}
        values = {**SETTINGS, **(settings or {})}
        return Situation(
            plan,
            {name: HostFacts(**host) for name in ("server", "client")},
            {"server": values, "client": {**values, **(client_sysctls or {})}},
        )

    return make
