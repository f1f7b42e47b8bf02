"""Another runtime: as the engine here knows it, or does not."""

from contextlib import closing

import pytest

from harness.errors import ExitCode, RuntimeMissing
from harness.lab.docker import Docker, runtimes
from harness.lab.interface import Order
from harness.runtime.conductor import Lapsed
from harness.runtime.events import Call, Cannot, Started

# As Docker 20.10 with containerd 1.6 told them, of runsc 20240729 on Linux 6.18 and of /bin/false.
TOO_OLD = (
    "OCI runtime start failed: starting container: setting up network: creating interfaces from net namespace"
    ' "/proc/2215/ns/net": cannot run with network enabled in root network namespace: unknown'
)
FALSE = (
    "failed to create shim task: OCI runtime create failed: unable to retrieve OCI runtime error (open"
    " /var/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/4403e4/log.json: no such file or"
    " directory): /bin/false did not terminate successfully: exit status 1: unknown"
)


def perform(runtime, order):
    """The events of a run, and the error that ended it."""
    events = []
    with closing(Docker(runtime).perform(order)) as performing, pytest.raises(RuntimeMissing) as caught:
        events.extend(performing)
    return events, caught.value


@pytest.mark.docker
def test_a_runtime_that_the_engine_does_not_know(make_plan, run_id, left):
    # Before anything is made: not even the image need be there.
    events, error = perform("no-such-runtime", Order(run_id, make_plan(), {"debian": "harness/no-such-image:1"}))
    assert [type(event) for event in events] == [Started, Cannot]
    assert events[1].need == "runtime no-such-runtime"
    assert "the engine has no runtime no-such-runtime (it has " in events[1].reason
    assert "apt-get install runsc" in events[1].reason
    assert '{"runtimes": {"no-such-runtime": {"path": "/usr/bin/runsc"}}}' in error.hint
    assert error.code is ExitCode.OK
    assert left(run_id) == []


@pytest.mark.docker
def test_a_lab_says_beforehand_that_its_runtime_is_lacking():
    assert str(Docker("no-such-runtime").lacking()).startswith("the engine has no runtime no-such-runtime")
    assert Docker("runc").lacking() is None
    assert Docker().lacking() is None


@pytest.mark.docker
def test_a_runtime_is_a_need_beside_the_engine():
    engine, runtime = Docker("no-such-runtime").needs()
    assert (engine.there, runtime.there, runtime.name) == (True, False, "runtime no-such-runtime")
    assert "daemon.json" in runtime.mend
    assert [need.there for need in Docker("runc").needs()] == [True, True]
    assert [need.name for need in Docker().needs()] == ["Docker engine"]


@pytest.mark.docker
def test_a_runtime_that_cannot_start_a_container(make_plan, run_id, debian, left, api):
    if "harness-broken" not in api.info()["Runtimes"]:
        pytest.skip("the engine has no runtime harness-broken (.ci/run gives it to its own)")
    events, error = perform("harness-broken", Order(run_id, make_plan(), {"debian": debian}))
    assert [event.need for event in events if isinstance(event, Cannot)] == ["runtime harness-broken"]
    assert str(error).startswith("the runtime harness-broken does not start a container here: ")
    assert "/bin/false did not terminate successfully" in str(error)
    assert left(run_id) == []


@pytest.mark.docker
def test_the_engines_own_runtime_by_its_name(make_plan, run_id, debian, left):
    with closing(Docker("runc").perform(Order(run_id, make_plan(), {"debian": debian}))) as events:
        seen = list(events)
    # The stack is what its agent found, not what a runtime was to bring.
    assert {event.facts["stack"] for event in seen if isinstance(event, Started) and event.host} == {"linux"}
    assert [event.result for event in seen if isinstance(event, Call)] == ["ok", "ok"]
    assert left(run_id) == []


def test_a_runsc_too_old_for_this_kernel_is_told_so():
    error = runtimes.broken("runsc", TOO_OLD)
    assert "older than August 2024" in error.hint
    assert str(error).count("unknown") == 0


def test_the_engines_noise_is_left_out():
    said = str(runtimes.broken("runsc", FALSE)).splitlines()[0]
    assert said == (
        "the runtime runsc does not start a container here: failed to create shim task: OCI runtime create failed:"
        " /bin/false did not terminate successfully: exit status 1"
    )


GONE = "server: agent ended before it was ready\nclient: agent ended before it was ready"


def test_agents_that_die_without_a_word_are_their_runtimes_fault():
    error = runtimes.died("runsc", Lapsed(GONE))
    assert "server: agent ended before it was ready; client: agent" in str(error)


@pytest.mark.parametrize("more", ["Traceback (most recent call last):", "server: observer not ready after 30 s"])
def test_what_a_program_wrote_or_an_observer_that_died_is_no_fault_of_a_runtime(more):
    assert runtimes.died("runsc", Lapsed(f"{GONE}\n{more}")) is None
