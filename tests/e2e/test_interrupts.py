"""Ctrl-C, SIGTERM and kill -9 at every stage of a run: what is left afterwards is nothing."""

import os
import select
import signal
import time
from contextlib import closing

import pytest

from harness.evidence.folder import RunFolder

BOTH = [pytest.param(lab, marks=getattr(pytest.mark, lab)) for lab in ("docker", "netns")]
labs = pytest.mark.parametrize("lab", BOTH)
MAKING, WAITING = "making the", "step 3 of 3"


def ended_in_good_order(command):
    """Interrupted, and no process, no temporary file and no complete-looking run folder is left."""
    done = command.end()
    assert done.code == 130, done
    assert "interrupted" in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    assert command.processes() == {}
    assert list(command.temporary.iterdir()) == []
    folder = RunFolder.open(command.run_folder)
    assert (folder.path / "INCOMPLETE").exists()
    assert not (folder.path / "result.json").exists()
    return folder


@labs
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_while_it_waits_ends_it_at_once(start, overflow, lab, number, request):
    command = start(*overflow(lab)).until(WAITING).signal(number)
    folder = ended_in_good_order(command)
    assert len(folder.events) > 50  # what was seen until then is kept
    if lab == "docker":
        assert request.getfixturevalue("left")(command.run) == []


@pytest.mark.netns
@pytest.mark.parametrize("moment", [MAKING, "step 1 of 3", "step 2 of 3"])
def test_an_interrupt_at_any_stage_of_a_netns_run(start, overflow, moment):
    ended_in_good_order(start(*overflow("netns")).until(moment).signal())


MOMENTS = [(None, 0), ("create", 1), ("create", 3), ("start", 1), ("start", 4), ("die", 1), ("destroy", 2)]
"""So many of the engine's events about the run's containers; the last two come while it is taken down."""


@pytest.mark.docker
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_an_interrupt_at_any_stage_of_a_docker_run(start, overflow, engine, left, moment):
    since = int(time.time()) - 1
    command = start(*overflow("docker", clients=3)).until(MAKING)  # nobody overflows: it does not wait
    action, count = moment
    if action is not None:
        wanted = {"label": f"harness.run={command.run}", "event": action}
        with closing(engine.api.events(since=since, filters=wanted, decode=True)) as events:
            for _ in range(count):
                next(events)
    command.signal()
    ended_in_good_order(command)
    assert left(command.run) == []


@labs
def test_a_second_interrupt_does_not_stop_the_taking_down(start, overflow, lab, request):
    command = start(*overflow(lab)).until(WAITING).signal(signal.SIGINT).signal(signal.SIGTERM)
    ended_in_good_order(command)
    if lab == "docker":
        assert request.getfixturevalue("left")(command.run) == []


@pytest.mark.netns
def test_kill_9_leaves_nothing_of_a_netns_run(start, overflow):
    command = start(*overflow("netns")).until(WAITING)
    running = command.processes()
    assert sorted(name for pid, name in running.items() if pid != command.process.pid)[:2] == [
        "agent:client",
        "agent:server",
    ]
    descriptors = [os.pidfd_open(pid) for pid in running]
    command.signal(signal.SIGKILL)
    assert command.end().code == -signal.SIGKILL
    waiting = set(descriptors)
    while waiting:  # until the kernel has ended the last one; the test's own limit ends it
        waiting -= set(select.select(waiting, [], [])[0])
    for descriptor in descriptors:
        os.close(descriptor)
    assert command.processes() == {}
    assert list(command.temporary.iterdir()) == []
    assert RunFolder.open(command.run_folder).incomplete


@pytest.mark.docker
def test_what_kill_9_leaves_of_a_docker_run_goes_with_the_next(start, overflow, left):
    command = start(*overflow("docker")).until(WAITING).signal(signal.SIGKILL)
    assert command.end().code == -signal.SIGKILL
    assert command.processes() == {}
    assert len(left(command.run)) == 5  # two containers a host, and the network
    folder = RunFolder.open(command.run_folder)
    assert folder.incomplete
    assert len(folder.events) > 50
    after = start(*overflow("docker", clients=3))
    assert after.end().code == 0
    assert (left(command.run), left(after.run)) == ([], [])
