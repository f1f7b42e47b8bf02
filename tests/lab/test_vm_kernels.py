"""Kernels that really differ, each as its own rules say, in virtual time."""

import pytest

from harness.errors import UsageError
from harness.image import catalogue, kernel
from harness.model.timers import granule
from harness.result import Verdict
from harness.session.prepare import Request, prepare
from harness.session.progress import Silent
from harness.session.run import run

# tcp_syn_linear_timeouts came with 6.5 (ip-sysctl.rst) and adds four SYNs, one second apart, before the doubling.
SYNS = {"linux-5.10": 7, "linux-6.1": 7, "linux-6.12": 11, "linux-7.x": 11}
ALWAYS = ("linux-6.1", "linux-6.12")

pytestmark = [pytest.mark.vm, pytest.mark.timeout(600)]


def perform(experiment, image, out):
    return run(prepare(Request(experiment, image=image, out=out)), Silent()).result


@pytest.fixture(params=SYNS)
def image(request):
    """Each kernel; those that are not always tested, where they have been built."""
    if request.param not in ALWAYS and kernel.built(catalogue.find(request.param)) is None:
        pytest.skip(f"{request.param} is not built: harness images build {request.param}")
    return request.param


def test_the_overflow_with_the_kernels_own_values(image, tmp_path):
    result = perform("backlog-overflow", image, tmp_path)
    assert (result.verdict, result.mode, result.clock, result.lab) == (Verdict.PASS, "full", "virtual", "vm")
    assert result.kernel.startswith(image.removeprefix("linux-").partition("x")[0])
    assert result.findings["connected"].value == 6
    assert result.findings["overflow_error"].value == "ETIMEDOUT"
    assert len(result.findings["syn_times"].value) == SYNS[image]


SHIFT = 0.02
"""Seconds by which a first SYN may leave earlier or later; docs/virtual-time.md: 5 ms at most in ten runs."""


@pytest.mark.parametrize("experiment", ["backlog-overflow", "connect-timeout"])
def test_two_runs_find_the_same(experiment, tmp_path):
    one, two = (perform(experiment, "linux-6.1", tmp_path / name).findings for name in ("one", "two"))
    assert list(one) == list(two)
    for name, finding in one.items():
        other = two[name]
        if name not in {"connect_seconds", "overflow_seconds", "syn_times"}:
            assert (finding.value, finding.spread, finding.members) == (
                other.value,
                other.spread,
                other.members,
            ), name
            continue
        pairs = [(finding.value, other.value)] if name != "syn_times" else list(
            zip(finding.value, other.value, strict=True)
        )  # fmt: skip
        for ours, theirs in pairs:
            # The sum of the granules of a doubling timer's intervals is below twice that of the last one.
            assert abs(ours - theirs) <= SHIFT + 2 * granule(ours / 2, 250), name


def test_ipv6(image, tmp_path):
    request = Request("backlog-overflow", image=image, out=tmp_path, family=6)
    result = run(prepare(request), Silent()).result
    assert (result.verdict, result.family, result.lab) == (Verdict.PASS, 6, "vm")
    assert result.findings["connected"].value == 6
    assert len(result.findings["syn_times"].value) == SYNS[image]


def test_more_than_a_guest_holds_is_told_before_anything_starts(tmp_path):
    asked = Request("backlog-overflow", image="linux-6.1", out=tmp_path, settings={"clients": "25000"})
    with pytest.raises(UsageError, match="25000 connections have 50000 ends; a guest's memory holds 40000"):
        prepare(asked)
    assert list(tmp_path.iterdir()) == []
