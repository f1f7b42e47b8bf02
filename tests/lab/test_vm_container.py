"""The container form of a kernel's image: the same findings, no privilege, nothing left whatever goes wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace

import docker
import pytest

from harness.errors import ImageError, LabError, LabMissing
from harness.image import build
from harness.lab.docker import leftovers
from harness.lab.interface import Order, Stop
from harness.lab.vm import Vm, container
from harness.lab.vm.container import Contained
from harness.result import Verdict
from harness.runtime.events import Call, Ended, Started
from harness.session.prepare import Request, prepare
from harness.session.progress import Silent
from harness.session.run import run

IMAGE = "linux-6.1"

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]


def silent(_text):
    """Tells nobody."""


@pytest.fixture(scope="session")
def reference():
    return build.ensure(IMAGE, silent)


@pytest.fixture
def order(make_plan, run_id, reference):
    """An order for that image, of a plan with these further steps."""

    def make(*more, **changes):
        plan = make_plan(*more)
        hosts = tuple(replace(host, image=IMAGE) for host in plan.hosts)
        return Order(run_id, replace(plan, hosts=hosts, **changes), {IMAGE: reference})

    return make


def test_a_plan_is_performed_without_any_privilege(order, api, left):
    asked = order()
    shapes = []
    with closing(Vm(via="docker").perform(asked)) as performed:
        events = [next(performed)]
        shapes += [api.inspect_container(each) for each in left(asked.run)]
        events += performed
    (shape,) = shapes
    given = shape["HostConfig"]
    assert (given["CapDrop"], given["CapAdd"], given["Privileged"]) == (["ALL"], None, False)
    assert shape["Config"]["NetworkDisabled"]
    assert (given["NetworkMode"], given["ReadonlyRootfs"], given["Binds"]) == ("none", True, None)
    assert given["SecurityOpt"] == ["no-new-privileges"]
    assert shape["Config"]["User"] == "nobody"
    assert (shape["Mounts"], given["Devices"]) == ([], None)
    facts = events[0].facts
    assert (facts["lab"], facts["via"], facts["clock"]) == ("vm", "docker", "virtual")
    kernels = {
        event.facts["kernel"] for event in events if isinstance(event, Started) and event.process == "observer"
    }
    assert [release.startswith("6.1.") for release in kernels] == [True]
    assert [event.result for event in events if isinstance(event, Call) and event.verb == "connect"] == ["ok"]
    assert (events[-1].host, events[-1].process) == ("", "console")
    assert left(asked.run) == []


@pytest.mark.vm
def test_both_forms_find_the_same(tmp_path, reference):
    assert reference
    process, contained = (_overflow(via, tmp_path / via) for via in ("process", "docker"))
    assert (process.via, contained.via) == ("process", "docker")
    assert process.kernel == contained.kernel
    assert process.hosts["server"].digest == contained.hosts["server"].digest
    assert (process.verdict, contained.verdict) == (Verdict.PASS, Verdict.PASS)
    assert list(process.findings) == list(contained.findings)
    for name, finding in process.findings.items():
        other = contained.findings[name].value
        if name in {"overflow_seconds", "syn_times"}:
            # At most a granule of the longest wait apart (64 s at 250 Hz: 512 jiffies); mostly microseconds.
            assert finding.value == pytest.approx(other, abs=512 / 250), name
        else:
            assert finding.value == other, name


def _overflow(via, out):
    return run(prepare(Request("backlog-overflow", image=IMAGE, out=out, via=via)), Silent()).result


def test_real_time_is_there_too(order):
    with closing(Vm("real", "docker").perform(order((None, "wait", None, {"for": 0.2})))) as events:
        first, *rest = events
    assert first.facts["clock"] == "real"
    assert [event.result for event in rest if isinstance(event, Call) and event.verb == "connect"] == ["ok"]


def test_a_guest_that_hangs_is_ended_at_the_deadline(reference, order, left):
    asked = order()
    guest = Contained(asked.run, reference, {"clock": "virtual", "plan": None})
    try:
        with pytest.raises(LabError, match="the guest hung"):  # no such plan: its console tells, nobody else
            list(guest.lines(time.monotonic() + 0.01))
    finally:
        guest.end()
    assert left(asked.run) == []


def test_a_container_that_is_killed_says_so_and_nothing_is_left(order, api, left):
    asked = order((None, "wait", None, {"for": 10**6}), limit=2 * 10**6)
    seen = []
    events = Vm(via="docker").perform(asked)
    seen.append(next(events))
    api.kill(left(asked.run)[0])
    with pytest.raises(LabError, match="the container of the guest ended with status 137"):
        seen.extend(events)
    assert isinstance(seen[-1], Ended)
    assert left(asked.run) == []


def test_a_wish_to_stop_is_heard_at_once(order, left):
    stop = Stop()
    stop.ask()
    asked = replace(order(), stop=stop)
    with pytest.raises(KeyboardInterrupt):
        list(Vm(via="docker").perform(asked))
    stop.close()
    assert left(asked.run) == []


def test_an_image_that_has_gone_says_how_to_build_it(order, left):
    asked = replace(order(), references={IMAGE: "harness/linux-6.1:none"})
    with pytest.raises(LabMissing, match=r"the engine has no image harness/linux-6\.1:none") as caught:
        next(Vm(via="docker").perform(asked))
    assert "harness images build" in caught.value.hint
    assert left(asked.run) == []


def test_a_program_that_dies_is_quoted(reference, order, left):
    asked = order()
    guest = Contained(asked.run, reference, {"clock": "none", "plan": None})
    with pytest.raises(LabError, match=r"(?s)ended with status 1:.*No such file or directory: .*none\.extents"):
        list(guest.lines(time.monotonic() + 20))
    guest.end()
    assert left(asked.run) == []


def test_a_killed_harness_takes_its_container_along(reference, run_id, api):
    script = (
        "import sys\n"
        "from harness.lab.vm.container import Contained\n"
        f"guest = Contained({run_id!r}, {reference!r}, {{'clock': 'virtual', 'plan': None}})\n"
        "print('up', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as harness:
        assert harness.stdout.readline() == "up\n"
        (container,) = [each["Id"] for each in api.containers(filters={"label": f"harness.run={run_id}"})]
        os.kill(harness.pid, signal.SIGKILL)
    assert api.wait(container, timeout=20)["StatusCode"] in {0, 1}
    assert leftovers.sweep(api, kept=False)
    with pytest.raises(docker.errors.NotFound):
        api.inspect_container(container)


def test_without_qemu_the_engine_is_taken(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Vm().probe().reason == "via docker"
    assert not Vm(via="process").probe().usable


def test_what_the_program_says_is_json_from_its_first_line(reference, order):
    """By hand, as docs/virtual-time.md tells."""
    asked = order()
    request = json.dumps({"clock": "virtual", "plan": asked.plan.to_json()}) + "\n"
    privileges = ["--network", "none", "--read-only", "--cap-drop", "ALL"]
    command = ["docker", "run", "--interactive", "--rm", *privileges, reference]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as docker_run:
        docker_run.stdin.write(request)
        docker_run.stdin.flush()
        lines = [json.loads(line) for line in docker_run.stdout]
    assert (lines[0]["machine"], lines[-2]["guest"], lines[-1]["machine"]) == ("begun", "ended", "ended")
    assert docker_run.returncode == 0


def test_where_memory_runs_out_that_is_said(order, left, monkeypatch):
    shape = container._shape

    def small(api, run):
        made = shape(api, run)
        made["host_config"].update(Memory=64 << 20, MemorySwap=64 << 20)
        return made

    monkeypatch.setattr(container, "_shape", small)
    asked = order()
    with pytest.raises(LabError, match="too little memory"):
        list(Vm(via="docker").perform(asked))
    assert left(asked.run) == []


def test_of_two_ways_the_one_that_has_the_image_is_taken(reference, monkeypatch, tmp_path):
    assert reference
    (tmp_path / "bin").mkdir()
    for name in ("qemu-system-x86_64", "setpriv"):
        program = tmp_path / "bin" / name
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))  # a QEMU, and nothing that would build an image for it
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert Vm()._way(IMAGE).name == "docker"
    assert Vm(via="process")._way(IMAGE).name == "process"


def test_an_image_without_a_dockerfile_has_no_container_form(monkeypatch, tmp_path):
    folder = tmp_path / "images" / "plain"
    folder.mkdir(parents=True)
    recipe = (
        "image: plain\nkind: kernel\ndescription: a test's\nkernel: {suite: trixie, package: linux-image-6.12.*}\n"
    )
    (folder / "image.yaml").write_text(recipe)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImageError, match="'plain' has no container form"):
        Vm(via="docker").ready("plain", silent)
