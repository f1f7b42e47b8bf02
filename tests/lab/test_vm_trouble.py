"""What goes wrong with a guest: each ends in a clear error, and no process is left."""

import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import LabError, LabMissing
from harness.image import catalogue, kernel
from harness.image.kernel_archive import Archive
from harness.lab.interface import Order, Stop
from harness.lab.vm import Vm, silence, state, words
from harness.lab.vm.machine import Machine
from harness.runtime.events import Call

IMAGE = "linux-6.1"


def silent(_text):
    """Tells nobody."""


@pytest.fixture(scope="session")
def built():
    return kernel.ensure(catalogue.find(IMAGE), silent)


@pytest.fixture
def order(make_plan, run_id):
    """An order for that kernel, of a plan with these further steps."""

    def make(*more, **changes):
        plan = make_plan(*more)
        hosts = tuple(replace(host, image=IMAGE) for host in plan.hosts)
        return Order(run_id, replace(plan, hosts=hosts, **changes), {})

    return make


def whole(folder):
    """A state that is whole, as far as can be seen."""
    folder.mkdir()
    (folder / "memory").write_bytes(bytes(4096))
    (folder / "devices").write_bytes(b"devices")
    digest = hashlib.sha256(b"devices").hexdigest()
    (folder / "about.json").write_text(json.dumps({"sizes": [4096, 7, digest]}))
    return state.State(folder, "7.2")


def test_a_whole_state_has_no_fault(tmp_path):
    assert whole(tmp_path / "state").fault() is None


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda folder: os.truncate(folder / "memory", 100), "cut short"),
        (lambda folder: os.truncate(folder / "devices", 3), "cut short"),
        (lambda folder: (folder / "devices").write_bytes(b"device!"), "changed"),
        (lambda folder: (folder / "devices").unlink(), "a part of it is missing"),
        (lambda folder: (folder / "about.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "about.json").write_text("{}"), "cannot be read"),
    ],
)
def test_a_damaged_state_is_seen_before_it_is_used(tmp_path, damage, fault):
    made = whole(tmp_path / "state")
    damage(made.folder)
    assert fault in made.fault()


def test_a_state_that_was_never_made_says_so(tmp_path):
    assert state.State(tmp_path / "none", "7.2").fault() == "there is none yet"


def test_of_old_states_the_newest_three_stay(tmp_path):
    for age, name in enumerate(("new", "newer", "old", "older")):
        folder = tmp_path / f"linux-6.1-virtual-{name}"
        folder.mkdir()
        os.utime(folder, (1e9 - age, 1e9 - age))
    (tmp_path / "linux-6.1-real-old").mkdir()
    state._thin(state.State(tmp_path / "linux-6.1-virtual-new", "7.2"))
    kept = sorted(path.name.removeprefix("linux-6.1-") for path in tmp_path.iterdir())
    assert kept == ["real-old", "virtual-new", "virtual-newer", "virtual-old"]


def test_without_qemu_and_engine_the_lab_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    state.qemu_version.cache_clear()
    probe = Vm().probe()
    assert not probe.usable
    assert probe.mend.startswith("sudo apt-get install qemu-system-x86 or install and start one: ")
    assert Vm(via="process").probe().mend == "sudo apt-get install qemu-system-x86"
    with pytest.raises(LabMissing, match="qemu-system-x86_64 is not installed"):
        state.qemu_version()


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_state_that_qemu_refuses_is_made_anew_by_itself(built, order, tmp_path, monkeypatch):
    """What another QEMU wrote under this one's name: whole by its sizes, and of no use."""
    cache = tmp_path / "harness"
    cache.mkdir()
    (cache / "images").symlink_to(built.folder.parent)
    made = state.ensure(built, words.VIRTUAL, silent)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    damaged = state.State(cache / "states" / made.folder.name, made.qemu)
    damaged.folder.mkdir(parents=True)
    with damaged.memory.open("wb") as file:
        file.truncate(words.MEMORY)
    damaged.devices.write_bytes(b"QEVM, but of another kind")
    digest = hashlib.sha256(damaged.devices.read_bytes()).hexdigest()
    about = {"sizes": [words.MEMORY, damaged.devices.stat().st_size, digest]}
    (damaged.folder / "about.json").write_text(json.dumps(about))
    said = []
    lab = Vm()
    lab.ready(IMAGE, said.append)
    assert said == []  # nothing is seen to be wrong yet
    with closing(lab.perform(order())) as events:
        assert [event.result for event in events if isinstance(event, Call) and event.verb == "connect"] == ["ok"]
    assert "cannot be used" in said[0]
    assert "booting kernel 6.1." in said[1]


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_kernel_that_panics_ends_with_its_consoles_last_lines(built, tmp_path):
    nothing = Archive()
    nothing.folder("empty")
    initrd = tmp_path / "initrd"
    initrd.write_bytes(nothing.finish())
    with pytest.raises(LabError, match=r"(?s)ended before it was ready.*Kernel panic - not syncing"):
        state._boot(built, words.VIRTUAL, initrd, tmp_path)


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_guest_that_hangs_is_ended_at_the_deadline(built):
    made = state.ensure(built, words.VIRTUAL, silent)
    machine = Machine(lambda given: words.restore(made.memory, words.VIRTUAL, given))
    try:
        machine.resume(made.devices)
        with pytest.raises(LabError, match="the guest hung"):  # it was given no order, and waits for it
            list(machine.lines(time.monotonic() + 0.2))
    finally:
        machine.end()
        machine.close()
    assert not Path(f"/proc/{machine.pid}").exists()


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_guest_that_dies_in_a_run_leaves_its_console(order):
    lab = Vm()
    lab.ready(IMAGE, silent)
    events = lab.perform(order((None, "wait", None, {"for": 10})))
    next(events)
    (pid,) = _children()
    os.kill(pid, signal.SIGKILL)  # a machine that this very process started
    seen = []
    with pytest.raises(LabError, match=r"(?s)the guest died.*QEMU was killed by signal 9"):
        list(_kept(events, seen))
    assert (seen[-1].host, seen[-1].process) == ("", "console")
    assert _children() == []


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_wish_to_stop_is_heard_at_once(order):
    stop = Stop()
    lab = Vm()
    lab.ready(IMAGE, silent)
    stop.ask()
    with pytest.raises(KeyboardInterrupt):
        list(lab.perform(replace(order(), stop=stop)))
    stop.close()
    assert _children() == []


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_killed_harness_takes_its_machine_along(built):
    script = (
        "import sys\n"
        "from harness.image import catalogue, kernel\n"
        "from harness.lab.vm import state, words\n"
        "from harness.lab.vm.machine import Machine\n"
        f"built = kernel.built(catalogue.find({IMAGE!r}))\n"
        "made = state.ensure(built, words.VIRTUAL, print)\n"
        "machine = Machine(lambda given: words.restore(made.memory, words.VIRTUAL, given))\n"
        "machine.resume(made.devices)\n"
        "print(machine.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    state.ensure(built, words.VIRTUAL, silent)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as harness:
        pid = int(harness.stdout.readline())
        watched = os.pidfd_open(pid)
        harness.kill()
    assert select.select([watched], [], [], 10)[0], "the machine outlived harness"
    os.close(watched)


def _kept(events, seen):
    """Keep each event as it comes: what came before an error counts."""
    for event in events:
        seen.append(event)
        yield from ()


def _children():
    """The QEMUs that this process started."""
    found = []
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        for pid in (task / "children").read_text("ascii").split():
            with suppress(FileNotFoundError):
                if "qemu" in Path(f"/proc/{pid}/comm").read_text("ascii"):
                    found.append(int(pid))
    return found


def test_a_machine_whose_maker_is_gone_does_not_start(tmp_path):
    """Its maker may die before the kernel was asked to tell of that."""
    started = tmp_path / "started"
    command = ["touch", str(started)]
    with subprocess.Popen(["true"]) as gone:
        assert os.waitid(os.P_PID, gone.pid, os.WEXITED | os.WNOWAIT)
        # It has ended, and nobody has asked how.
        assert subprocess.run(words.bound(gone.pid, command), capture_output=True, check=False).returncode != 0
    assert subprocess.run(words.bound(gone.pid, command), capture_output=True, check=False).returncode != 0
    assert not started.exists()
    subprocess.run(words.bound(os.getpid(), command), check=True)
    assert started.exists()


SPINS = b"""\
#!/usr/bin/python3 -SEB
import sys
sys.path.insert(0, "/harness.zip")
from harness.runtime import box, guest
def main():
    while True: pass
box.main = main
guest.main()
"""


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_guest_that_works_and_says_nothing_has_hung(order, monkeypatch):
    monkeypatch.setattr(state, "_INIT", SPINS)
    monkeypatch.setattr(silence, "BUSY_SECONDS", 1.5)
    lab = Vm(via="process")
    lab.ready(IMAGE, silent)
    with pytest.raises(LabError, match="the guest hung: it worked for 2 s and said nothing, and was ended"):
        list(lab.perform(order()))
    assert _children() == []


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_guest_that_stands_still_has_hung(built, monkeypatch):
    monkeypatch.setattr(silence, "IDLE_SECONDS", 0.5)
    made = state.ensure(built, words.VIRTUAL, silent)
    machine = Machine(lambda given: words.restore(made.memory, words.VIRTUAL, given))
    try:  # it waits for its devices' state, and nobody gives it
        with pytest.raises(LabError, match="the guest hung: it stood still"):
            list(machine.lines(time.monotonic() + 60, silence=silence.Silence(machine.pid)))
    finally:
        machine.end()
        machine.close()


@pytest.mark.vm
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("without", "said"),
    [
        (("veth", "tcp_diag"), "cannot go on: this kernel lacks CONFIG_INET_TCP_DIAG, CONFIG_VETH$"),
        (("virtio_console",), "(?s)ended before it was ready.*there is no port 'harness'.*CONFIG_VIRTIO_CONSOLE"),
    ],
)
def test_what_a_kernel_lacks_is_said_by_its_guest(built, members, tmp_path, without, said):
    """Where nobody could read its configuration."""
    modules = members(built.modules.read_bytes())
    kept = [(name[11:-3], data) for name, data in modules if data and name[11:-3] not in without]
    folder = tmp_path / built.folder.name
    folder.mkdir()
    (folder / "vmlinuz").symlink_to(built.kernel)
    (folder / "modules.cpio").write_bytes(kernel.packed(kept))
    with pytest.raises(LabError, match=said):
        state._make(replace(built, folder=folder), words.VIRTUAL, state.State(tmp_path / "state", "7.2"))
