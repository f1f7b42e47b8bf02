"""Programs killed and disks full in mid-run: never a pass, and never a guess."""

import os
import signal
import subprocess

import pytest

from harness.evidence.folder import RunFolder
from harness.runtime.events import Ended, Lost

BOTH = [pytest.param(lab, marks=getattr(pytest.mark, lab)) for lab in ("docker", "netns")]
labs = pytest.mark.parametrize("lab", BOTH)
WAITING = "step 3 of 3"

KILL_TCPDUMP = """
import os, signal
for pid in filter(str.isdigit, os.listdir("/proc")):
    if open(f"/proc/{pid}/comm").read().strip() == "tcpdump":
        os.kill(int(pid), signal.SIGKILL)
        print("killed")
"""


def of_process(engine, command, host, process):
    """The container of a host's process."""
    wanted = [f"harness.run={command.run}", f"harness.host={host}", f"harness.process={process}"]
    (found,) = engine.containers.list(filters={"label": wanted})
    return found


def kill(engine, command, host, process):
    """Kill an agent or observer of a run, wherever it is; ``engine`` None: in a netns lab."""
    if engine is not None:
        of_process(engine, command, host, process).kill()
        return
    # Linux keeps 15 bytes of a process's name.
    (pid,) = (pid for pid, name in command.processes().items() if name == f"{process[:5]}:{host}")
    os.kill(pid, signal.SIGKILL)


def unknown(done):
    """A result of which nothing is sure: exit 4. By verdict, the names of its findings."""
    assert done.code == 4, done
    assert done.result["verdict"] == "unknown"
    verdicts = {}
    for name, finding in done.result["findings"].items():
        verdicts.setdefault(finding["verdict"], set()).add(name)
    assert "fail" not in verdicts
    return verdicts


@pytest.fixture
def engine_of(request):
    return lambda lab: request.getfixturevalue("engine") if lab == "docker" else None


@pytest.mark.docker
def test_a_tcpdump_that_was_killed_makes_what_rests_on_packets_unknown(start, overflow, engine):
    command = start(*overflow("docker")).until(WAITING)
    status, said = of_process(engine, command, "client", "observer").exec_run(["python3", "-c", KILL_TCPDUMP])
    assert (status, said) == (0, b"killed\n")
    done = command.end()
    verdicts = unknown(done)
    assert "syn_times" in verdicts["unknown"]  # packets on the client
    assert {"overflow_error", "accept_queue_limit"} <= verdicts["pass"]  # they rest on none
    assert "tcpdump ended by itself (status -9)" in " ".join(done.result["doubts"])
    lost = [event for event in RunFolder.open(done.folder).events if isinstance(event, Lost)]
    assert sorted((event.host, event.count) for event in lost if event.count is not None) == [("server", 0)]
    assert done.result["packets"]["client"]["lost"] is None


@labs
def test_a_killed_observer_makes_what_it_saw_unknown(start, overflow, engine_of, lab):
    engine = engine_of(lab)
    command = start(*overflow(lab)).until(WAITING)
    kill(engine, command, "server", "observer")
    done = command.end()
    verdicts = unknown(done)
    assert {"answers_to_overflow", "listen_overflows", "listen_drops"} <= verdicts["unknown"]
    assert {"overflow_error", "syn_times"} <= verdicts["pass"]  # seen on the client
    assert "server: the observer ended early (signal 9)" in done.result["doubts"]


@labs
@pytest.mark.parametrize("host", ["server", "client"])
def test_a_killed_agent_is_no_pass(start, overflow, engine_of, lab, host):
    engine = engine_of(lab)
    command = start(*overflow(lab)).until(WAITING)
    kill(engine, command, host, "agent")
    done = command.end()
    assert set(unknown(done)) == {"unknown"}
    assert f"{host}: the agent ended early (signal 9)" in done.result["doubts"]
    (end,) = (
        event
        for event in RunFolder.open(done.folder).events
        if isinstance(event, Ended) and (event.host, event.process) == (host, "agent")
    )
    assert end.status == -signal.SIGKILL
    again = start("judge", done.result["folder"], "--json", folder=done.place).end()
    assert (again.code, again.result) == (4, done.result)


@pytest.fixture
def small_disk(tmp_path):
    """Makes a file system of so many kilobytes; it is gone at the end."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a file system")
    mounted = []

    def make(kilobytes):
        place = tmp_path / f"disk{kilobytes}"
        place.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        mounted.append(place)
        return place

    yield make
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


@labs
@pytest.mark.parametrize("kilobytes", [4, 16, 48])
def test_a_full_disk(start, overflow, lab, kilobytes, request):
    """Full at once, after the plan was written, and in mid-run."""
    disk = request.getfixturevalue("small_disk")(kilobytes)
    command = start(*overflow(lab, "--out", str(disk)))
    done = command.end()
    assert done.code == 3, done
    assert "No space left on device" in done.err
    assert "choose another place with --out" in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    assert command.processes() == {}
    for folder in disk.iterdir():
        assert not (folder / "result.json").exists()
        assert RunFolder.open(folder).incomplete
        if lab == "docker":
            assert request.getfixturevalue("left")(folder.name.rpartition("-")[2]) == []
