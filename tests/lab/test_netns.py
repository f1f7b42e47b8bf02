"""The netns lab: kept boxes, how they are entered and ended, and what a box leaves."""

import os
import shlex
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import LabError
from harness.lab import kept
from harness.lab.interface import Order
from harness.lab.netns import Netns
from harness.runtime.events import Started

pytestmark = pytest.mark.netns


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    """Kept boxes of this test's alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def kept_lab(make_plan, run_id):
    """A lab that stayed, and the commands that enter its hosts."""
    lab = Netns()
    order = Order(run_id, make_plan(), {}, keep=True)
    with closing(lab.perform(order)) as events:
        list(events)
    yield {host: shlex.split(command) for host, _, command in (line.partition(": ") for line in lab.entry(order))}
    kept.clean()


def enter(command, *words):
    assert command[-1] == "bash"
    return subprocess.run([*command[:-1], *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="what is entered as an ordinary user is tested in tests/e2e")
def test_a_kept_lab_can_be_entered(kept_lab):
    assert set(kept_lab) == {"server", "client"}
    assert ":8000" in enter(kept_lab["server"], "ss", "-ltn")
    assert ":8000" not in enter(kept_lab["client"], "ss", "-ltn")
    assert "198.18.0.2/16" in enter(kept_lab["client"], "ip", "-o", "address")
    # Its own processes and no others.
    assert "harness-box" in enter(kept_lab["server"], "cat", "/proc/1/comm")


def test_clean_ends_a_kept_lab_once(kept_lab, run_id, own_state):  # noqa: ARG001 (the lab is up)
    (file,) = own_state.glob("harness/kept/*.json")
    pid = int(file.read_text().split('"pid": ')[1].split(",")[0])
    assert Path(f"/proc/{pid}").exists()
    assert Netns().clean() == [f"ended the kept netns lab of run {run_id}"]
    assert not Path(f"/proc/{pid}/exe").exists()
    assert Netns().clean() == []


def test_a_process_that_has_the_number_now_is_left_alone(own_state, run_id):
    folder = own_state / "harness" / "kept"
    folder.mkdir(parents=True)
    (folder / f"{run_id}.json").write_text(f'{{"pid": {os.getpid()}, "started": "1", "hosts": {{}}}}')
    assert kept.clean() == []
    assert list(folder.iterdir()) == []


def descendants(pid):
    found = [pid]
    for each in found:
        found.extend(int(path.name) for path in kept._processes() if kept._parent(path) == each)
    return set(found[1:])


def test_a_box_leaves_nothing(make_plan, run_id):
    before = descendants(os.getpid())
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, check=True).stdout
    during = set()
    with closing(Netns().perform(Order(run_id, make_plan(), {}))) as events:
        for event in events:
            if isinstance(event, Started):
                during |= descendants(os.getpid()) - before
                assert subprocess.run(["ip", "-o", "link"], capture_output=True, check=True).stdout == links
    assert len(during) >= 6  # the box, its first process, two hosts with two processes
    assert descendants(os.getpid()) == before


def test_a_box_goes_when_its_events_are_no_longer_wanted(make_plan, run_id):
    before = descendants(os.getpid())
    forever = make_plan((None, "wait", None, {"for": 19}))
    with closing(Netns().perform(Order(run_id, forever, {}))) as events:
        assert next(event for event in events if isinstance(event, Started) and event.process == "agent")
    assert descendants(os.getpid()) == before


def test_a_warm_box_that_gets_no_order_goes():
    before = descendants(os.getpid())
    lab = Netns()
    lab.warm_up()
    assert descendants(os.getpid()) != before
    lab.close()
    lab.close()
    assert descendants(os.getpid()) == before


def test_a_warm_box_that_died_is_an_error(make_plan, run_id):
    lab = Netns()
    lab.warm_up()
    lab._warm._process.kill()
    lab._warm._process.wait()
    with pytest.raises(LabError, match="the box"):
        list(lab.perform(Order(run_id, make_plan(), {})))
