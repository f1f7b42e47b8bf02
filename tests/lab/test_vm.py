import os
import socket
import threading
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import SettingAbsent, UsageError
from harness.lab.interface import Order
from harness.lab.vm import Vm
from harness.model.timers import SLACK
from harness.result import Verdict
from harness.runtime.events import Call, Clock, Ended, Started
from harness.session.prepare import Request, prepare
from harness.session.progress import Silent
from harness.session.run import run

IMAGE = "linux-6.1"


@pytest.fixture(scope="session")
def said():
    return []


@pytest.fixture(scope="session")
def lab(said):
    made = Vm()
    made.ready(IMAGE, said.append)
    return made


def of_kernel(plan):
    return replace(plan, hosts=tuple(replace(host, image=IMAGE) for host in plan.hosts))


def perform(lab, plan, run_id):
    with closing(lab.perform(Order(run_id, of_kernel(plan), {}))) as events:
        return list(events)


def machines():
    """The process ids of the QEMUs that are this process's children."""
    own = os.getpid()
    children = Path(f"/proc/{own}/task/{own}/children").read_text("ascii").split()
    return [pid for pid in children if "qemu" in Path(f"/proc/{pid}/comm").read_text("ascii")]


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_plan_is_performed_on_the_images_own_kernel(lab, make_plan, run_id):
    events = perform(lab, make_plan(), run_id)
    first = events[0]
    assert isinstance(first, Started)
    assert (first.process, first.facts["lab"], first.facts["clock"]) == ("lab", "vm", "virtual")
    kernels = {
        event.facts["kernel"] for event in events if isinstance(event, Started) and event.process == "observer"
    }
    assert [release.startswith("6.1.") for release in kernels] == [True]
    assert [event.result for event in events if isinstance(event, Call) and event.verb == "connect"] == ["ok"]
    last = events[-1]
    assert isinstance(last, Ended)
    assert (last.host, last.process) == ("", "console")
    assert machines() == []


@pytest.fixture
def no_engine(monkeypatch):
    """Where an engine should be, somebody listens who is none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=_hang_up, args=[listener], daemon=True).start()
        yield


def _hang_up(listener):
    with suppress(OSError):  # closed
        while True:
            listener.accept()[0].close()


@pytest.mark.vm
@pytest.mark.usefixtures("lab", "no_engine")
def test_no_engine_is_asked_where_a_process_has_the_image(said):
    assert Vm().ready(IMAGE, said.append).startswith(IMAGE)


@pytest.mark.vm
@pytest.mark.usefixtures("no_engine")
def test_what_answers_and_is_no_engine_is_told_among_the_needs():
    (need,) = (need for need in Vm().needs() if need.name == "via docker, kernel image")
    assert not need.there
    assert "does not answer" in need.detail


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_wait_passes_in_the_guests_time_alone(lab, make_plan, run_id):
    # The test's own timeout proves that nobody waited for it.
    plan = replace(make_plan((None, "wait", None, {"for": 900})), limit=1000)
    events = perform(lab, plan, run_id)
    seen = [event.mono for event in events]
    assert max(seen) - min(seen) > 900e9
    walls = [event.wall for event in events if isinstance(event, Clock) and event.host == "client"]
    assert max(walls) - min(walls) > 900e9


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_sysctl_that_this_kernel_lacks_is_said(lab, make_plan, run_id):
    plan = make_plan(sysctls={"client": {"net.ipv4.tcp_syn_linear_timeouts": "0"}})
    with pytest.raises(SettingAbsent, match="tcp_syn_linear_timeouts"):
        perform(lab, plan, run_id)


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_the_machine_ends_with_its_iterator(lab, make_plan, run_id):
    events = lab.perform(Order(run_id, of_kernel(make_plan((None, "wait", None, {"for": 5}))), {}))
    next(events)
    assert len(machines()) == 1
    events.close()
    assert machines() == []


def test_hosts_of_several_kernels_are_wrong_use(make_plan, run_id):
    plan = make_plan()
    mixed = replace(plan, hosts=(plan.hosts[0], replace(plan.hosts[1], image=IMAGE)))
    with pytest.raises(UsageError, match="share one kernel"):
        next(Vm().perform(Order(run_id, mixed, {})))


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_virtual_and_real_time_agree_but_for_the_waiting(tmp_path):
    """All findings of a client that gives up after 7 s, both ways, within the timers' granules."""
    virtual, real = (_given_up(clock, tmp_path) for clock in ("virtual", "real"))
    assert (virtual.clock, real.clock) == ("virtual", "real")
    assert virtual.kernel == real.kernel
    assert (virtual.verdict, real.verdict) == (Verdict.PASS, Verdict.PASS)
    for name, finding in virtual.findings.items():
        other = real.findings[name].value
        if name in {"connect_seconds", "syn_times"}:
            # At 250 Hz the waits of 1, 2 and 4 s have granules of 8, 8 and 64 jiffies.
            assert finding.value == pytest.approx(other, abs=(8 + 8 + 64) / 250 + 2 * SLACK), name
        else:
            assert finding.value == other, name


def _given_up(clock, out):
    request = Request(
        "connect-timeout", image=IMAGE, mode="quick", settings={"syn_retries": "2"}, out=out, clock=clock
    )
    for _ in range(5):  # in real time a machine too busy to keep time says so, and is asked again
        result = run(prepare(request), Silent()).result
        if result.verdict is not Verdict.UNKNOWN:
            break
    return result
