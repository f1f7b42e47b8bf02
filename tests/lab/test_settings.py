"""Sysctls that the kernel has, lacks or refuses: the same in every lab."""

import pytest

from harness.errors import LabError, SettingAbsent, SettingRefused
from harness.lab.settings import refuse
from harness.runtime.events import Call, Cannot, Ended, Setting


def test_a_setting_is_made_on_its_host_alone(lab, make_plan, run_id):
    plan = make_plan(sysctls={"server": {"net.core.somaxconn": "77"}})
    seen = list(lab(plan, run_id))
    values = {
        event.host: event.value
        for event in seen
        if isinstance(event, Setting) and event.name == "net.core.somaxconn"
    }
    assert values["server"] == "77"
    assert values["client"] != "77"
    assert [event.result for event in seen if isinstance(event, Call)] == ["ok", "ok"]
    assert {event.status for event in seen if isinstance(event, Ended)} == {0}


def test_a_value_that_the_kernel_refuses(lab, make_plan, run_id):
    # net/ipv4/sysctl_net_ipv4.c: tcp_syn_retries is from 1 to MAX_TCP_SYNCNT.
    plan = make_plan(sysctls={"client": {"net.ipv4.tcp_syn_retries": "0"}})
    with pytest.raises(
        SettingRefused, match=r"client: the kernel refused net.ipv4.tcp_syn_retries=0 \("
    ) as caught:
        list(lab(plan, run_id))
    assert "man 7 tcp" in caught.value.hint


def test_a_setting_that_the_kernel_lacks(lab, make_plan, run_id):
    plan = make_plan(sysctls={"client": {"net.ipv4.tcp_no_such_thing": "1"}})
    seen = []
    with pytest.raises(SettingAbsent, match=r"client: this kernel has no sysctl net\.ipv4\.tcp_no_such_thing"):
        seen.extend(lab(plan, run_id))
    assert [(event.host, event.need, event.reason) for event in seen if isinstance(event, Cannot)] == [
        ("client", "sysctl net.ipv4.tcp_no_such_thing=1", "absent")
    ]
    assert not [event for event in seen if isinstance(event, Call)]


def test_nothing_is_left_of_a_lab_that_could_not_be_made(lab, make_plan, run_id, request):
    plan = make_plan(sysctls={"client": {"net.ipv4.tcp_syn_retries": "0"}})
    with pytest.raises(LabError):
        list(lab(plan, run_id))
    if lab.name == "docker":
        assert request.getfixturevalue("left")(run_id) == []


def test_a_refusal_weighs_more_than_an_absence():
    refused = Cannot("server", 1, "sysctl a.b=0", "refused: Invalid argument")
    absent = Cannot("client", 1, "sysctl c.d=1", "absent")
    with pytest.raises(SettingRefused, match=r"server: the kernel refused a.b=0 \(Invalid argument\)"):
        refuse([absent, refused])
    with pytest.raises(SettingAbsent, match=r"client: this kernel has no sysctl c\.d"):
        refuse([absent])
    refuse([])
