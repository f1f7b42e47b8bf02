import os
from pathlib import Path

import pytest

from harness.spec.sysctls import READ_ONLY, SYSCTLS, WORDS, fault

HERE = Path("/proc/sys/net/ipv4")


@pytest.mark.skipif(not HERE.is_dir(), reason="not Linux")
def test_every_tcp_sysctl_of_this_kernel_is_known_or_left_out_on_purpose():
    # Not per network namespace: net/ipv4/sysctl_net_ipv4.c, ipv4_table.
    machine = {"tcp_available_ulp", "tcp_low_latency", "tcp_max_orphans", "tcp_mem"}
    here = {name for name in os.listdir(HERE) if name.startswith("tcp_")}  # noqa: PTH208 (names, not paths)
    known = {name.removeprefix("net.ipv4.") for name in SYSCTLS | READ_ONLY}
    assert here - known - machine == set()


def test_nothing_of_the_whole_machine_is_on_the_list():
    assert not SYSCTLS & {"net.core.netdev_max_backlog", "net.ipv4.tcp_mem", "net.ipv4.tcp_max_orphans"}
    assert not SYSCTLS & READ_ONLY
    assert WORDS < SYSCTLS


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("net.core.somaxconn", 128, False),
        ("net.core.somaxconn", "128", False),
        ("net.core.somaxconn", "-1", False),
        ("net.core.somaxconn", "", True),
        ("net.core.somaxconn", "1 2", True),
        ("net.core.somaxconn", "1\n2", True),
        ("net.core.somaxconn", True, True),
        ("net.core.somaxconn", 1.0, True),
        ("net.ipv4.tcp_rmem", "4096 131072 6291456", False),
        ("net.ipv4.tcp_rmem", "4096\n", True),
        ("net.ipv4.tcp_rmem", " ", True),
        ("net.ipv4.tcp_congestion_control", "reno", False),
        ("net.ipv4.ip_local_port_range", "40000 40100", False),
    ],
)
def test_values(name, value, wrong):
    assert (fault(name, value) is not None) is wrong
