import pytest

from harness.report.asked import asked
from harness.report.terminal import render
from harness.report.text import Style


@pytest.mark.parametrize(
    ("sysctls", "said"),
    [
        ({}, "backlog=5 (quick)"),
        ({"client": {"net.ipv4.tcp_sack": "0"}}, "backlog=5, client: net.ipv4.tcp_sack=0 (quick)"),
        (
            {"server": {"net.core.somaxconn": "9"}, "client": {"net.core.somaxconn": "9"}},
            "backlog=5, net.core.somaxconn=9 (quick)",
        ),
        (
            {"server": {"net.core.somaxconn": "9"}, "client": {"net.core.somaxconn": "8"}},
            "backlog=5, server: net.core.somaxconn=9, client: net.core.somaxconn=8 (quick)",
        ),
    ],
)
def test_sysctls_stand_behind_the_parameters(make_run, sysctls, said):
    run = make_run(sysctls=sysctls)
    assert asked(run) == said
    assert f"With     {said}; 3.0 s" in render(run, 100, Style(colours=False)).splitlines()


def test_one_that_a_parameter_set_is_told_once(make_run):
    parameters = {"syn_retries": 2}
    sysctls = {"client": {"net.ipv4.tcp_syn_retries": "2", "net.ipv4.tcp_synack_retries": "2"}}
    said = asked(make_run(parameters=parameters, sysctls=sysctls))
    assert said == "syn_retries=2, client: net.ipv4.tcp_synack_retries=2 (quick)"
    # --sysctl beats the file's own value: then the parameter does not tell it.
    sysctls = {"client": {"net.ipv4.tcp_syn_retries": "3"}}
    assert asked(make_run(parameters=parameters, sysctls=sysctls)).startswith(
        "syn_retries=2, client: net.ipv4.tcp_syn_retries=3"
    )


def test_nothing_was_asked(make_run):
    assert asked(make_run(parameters={})) == "no parameters (quick)"
