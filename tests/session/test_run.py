import json
import os
import signal

import pytest

from harness.errors import StorageError
from harness.evidence.folder import RunFolder
from harness.result import Verdict
from harness.runtime.events import Ended
from harness.session.prepare import Request, prepare
from harness.session.progress import Silent
from harness.session.run import run

pytestmark = pytest.mark.netns


class Heard(Silent):
    """Keeps what it is told, in order; may do something when a step begins."""

    def __init__(self, on_event=None):
        self.told = []
        self._on_event = on_event

    def begin(self, plan, lab):
        self.told.append(("begin", plan.experiment, lab))

    def event(self, event):
        self.told.append(("event", type(event).__name__))
        if self._on_event:
            self._on_event(event)

    def end(self):
        self.told.append(("end",))


def asked(name, here, **more):
    return prepare(Request(name, lab="netns", out=here / "runs", **more))


def folders(here):
    return [path for path in (here / "runs").iterdir() if not path.is_symlink()]


def test_a_run_is_performed_judged_and_kept(write, here):
    heard = Heard()
    result = run(asked(write("quiet"), here), heard).result
    assert result.verdict is Verdict.PASS
    assert result.findings["connected"].value == 1
    (folder,) = folders(here)
    assert RunFolder.open(folder).result == result
    assert (here / "runs" / "latest").resolve() == folder
    assert heard.told[0] == ("begin", "quiet", "netns")
    assert heard.told[-1] == ("end",)
    assert ("event", "Call") in heard.told


def test_a_wrong_expectation_fails(write, here):
    assert run(asked(write("wrong", expected=2), here), Silent()).result.verdict is Verdict.FAIL


def test_what_the_kernel_refuses_is_an_error_with_its_folder(write, here):
    sysctls = {
        "client": {"net.ipv4.tcp_syn_retries": "0"}
    }  # tcp_syn_retries_min is 1 (net/ipv4/sysctl_net_ipv4.c)
    result = run(asked(write("refused"), here, sysctls=sysctls), Silent()).result
    assert result.verdict is Verdict.ERROR
    assert "net.ipv4.tcp_syn_retries=0" in result.reason
    (folder,) = folders(here)
    assert not RunFolder.open(folder).incomplete


def test_an_interrupt_leaves_what_was_seen_marked_incomplete(write, here):
    def interrupt(event):
        if type(event).__name__ == "Call":
            raise KeyboardInterrupt

    heard = Heard(interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(asked(write("cut", seconds=20), here), heard)
    assert heard.told[-1] == ("end",)
    (folder,) = folders(here)
    stored = RunFolder.open(folder)
    assert stored.incomplete
    assert any(type(event).__name__ == "Call" for event in stored.events)
    assert not (here / "runs" / "latest").exists()


def test_no_place_for_the_folder_is_told(write, here):
    (here / "runs").write_text("a file")
    with pytest.raises(StorageError):
        run(asked(write("homeless"), here), Silent())


def test_a_lab_that_dies_is_an_event_like_any_other(write, here):
    """So that judging the folder later comes to the same verdict."""

    prepared = asked(write("dying", seconds=20), here)
    lab = prepared.labs[0][0]
    lab.warm_up()
    box = lab._warm.pid

    def kill(event):
        if type(event).__name__ == "Call" and event.verb == "connect":
            os.kill(box, signal.SIGKILL)

    assert run(prepared, Heard(kill)).result.verdict is Verdict.ERROR
    (folder,) = folders(here)
    ends = [
        event for event in RunFolder.open(folder).events if isinstance(event, Ended) and event.process == "lab"
    ]
    assert len(ends) == 1
    assert json.loads((folder / "result.json").read_text())["verdict"] == "error"
