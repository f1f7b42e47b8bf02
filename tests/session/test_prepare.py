import subprocess
import sys

import pytest

from harness.errors import SpecError, UnknownName, UsageError
from harness.session.predict import predict
from harness.session.prepare import Request, plan_for, prepare

pytestmark = pytest.mark.netns


def netns(**more):
    return Request("backlog-overflow", lab="netns", **more)


def test_the_plan_holds_what_was_asked_for():
    prepared = prepare(
        netns(
            settings={"backlog": "3"},
            sysctls={None: {"net.ipv4.tcp_syncookies": "0"}, "server": {"net.core.somaxconn": "100"}},
            family=6,
            limit=12.5,
        )
    )
    plan = prepared.plan
    assert (plan.parameters["backlog"], plan.family, plan.limit, plan.mode) == (3, 6, 12.5, "quick")
    assert plan.host("server").sysctls == {"net.core.somaxconn": "100", "net.ipv4.tcp_syncookies": "0"}
    assert plan.host("client").sysctls == {"net.ipv4.tcp_syn_retries": "2", "net.ipv4.tcp_syncookies": "0"}
    assert {host.image for host in plan.hosts} == {"host"}


def test_full_sets_nothing_that_quick_only_shortens():
    plan, _ = plan_for(Request("backlog-overflow", mode="full"), "host")
    assert plan.parameters["syn_retries"] is None
    assert plan.host("client").sysctls == {}


def test_another_image_changes_every_host():
    prepared = prepare(netns())
    assert {host.image for host in prepared.plan_with("debian").hosts} == {"debian"}
    assert {host.image for host in prepared.plan.hosts} == {"host"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"settings": {"clients": "30000"}}, "ports"),
        ({"limit": 2.0}, "the longest connect() takes 7"),
        ({"settings": {"backlog": "many"}}, "backlog"),
        ({"settings": {"backlogg": "5"}}, "did you mean 'backlog'"),
        ({"sysctls": {None: {"net.ipv4.tcp_syn_retry": "5"}}}, "tcp_syn_retries"),
        ({"sysctls": {"sever": {"net.core.somaxconn": "5"}}}, "did you mean 'server'"),
    ],
)
def test_what_cannot_be_is_told_before_anything_starts(more, said, tmp_path):
    with pytest.raises((UsageError, SpecError)) as caught:
        prepare(netns(out=tmp_path / "runs", **more))
    assert said in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_more_sockets_than_descriptors_are_told_with_both_numbers():
    code = (
        "from harness.session.prepare import *\n"
        "prepare(Request('backlog-overflow', lab='netns', settings={'clients': '1000'}))"
    )
    words = ["prlimit", "--nofile=500:500", sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "UsageError: host 'client' needs 1000 sockets; a process here may have 500 open files" in done.stderr


def test_an_unknown_experiment_names_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'backlog-overflow'"):
        prepare(Request("backlog-overfow", lab="netns"))


def test_what_warmed_up_in_vain_is_ended():
    prepared = prepare(netns(), warm=True)
    box = prepared.labs[0][0]._warm
    assert box.status is None
    prepared.close()
    assert box.status is not None


@pytest.mark.docker
def test_a_stack_that_takes_no_sysctls_gets_full_settings_unless_others_are_asked_for():
    assert prepare(Request("backlog-overflow", image="gvisor")).plan.mode == "full"
    assert prepare(Request("backlog-overflow", image="gvisor", mode="quick")).plan.mode == "quick"
    assert prepare(Request("backlog-overflow", image="debian")).plan.mode == "quick"


@pytest.mark.parametrize(("image", "what"), [("gvisor", "stack"), ("linux-6.1", "kernel")])
def test_nothing_is_predicted_of_what_is_not_this_machines_kernel(image, what):
    with pytest.raises(UsageError, match=f"brings a {what} of its own") as caught:
        predict(Request("backlog-overflow", image=image))
    assert caught.value.hint == f"run it: harness run backlog-overflow --image {image}"
