"""Faults of a guest's kernel: real ones, of a stock kernel, while it boots and in the middle of a run."""

import pytest

from harness.cli.bisect import BisectCode, of_runs
from harness.evidence.folder import RunFolder
from harness.lab.vm import state, words
from harness.result import Verdict
from harness.session.prepare import Request, prepare
from harness.session.progress import Silent
from harness.session.run import run

pytestmark = [pytest.mark.vm, pytest.mark.timeout(600)]

IMAGE = "linux-6.1"

# The guest's first process, with another that waits half a minute of the run and then does what follows.
INIT = """\
#!/usr/bin/python3 -SEB
import sys
sys.path.insert(0, "/harness.zip")
import os, socket, time
from harness.runtime import box, guest
run = box.main
def main():
    if os.fork() == 0:
        time.sleep(30)
        {deed}
        os._exit(0)
    return run()
box.main = main
guest.main()
"""

# A control message of more than MAX_ORDER pages: sock_kmalloc() asks for them, and __alloc_pages() warns
# (WARN_ON_ONCE_GFP), once.
WARN = """\
open("/proc/sys/net/core/optmem_max", "w").write("100000000")
        try: socket.socketpair()[0].sendmsg([b"x"], [(1, 1, bytes(5 << 20))])
        except OSError: pass"""

PANIC = 'open("/proc/sysrq-trigger", "w").write("c")'


def perform(out):
    result = run(prepare(Request("connect-timeout", image=IMAGE, out=out)), Silent()).result
    log = (RunFolder.open(next(out.glob("*-connect-timeout-*"))).path / "logs" / "console.log").read_text()
    return result, log.split("\n")


def told(result, log):
    """The lines that the finding points at."""
    (item,) = result.findings["kernel_warnings"].evidence
    (lines,) = item.items
    return "\n".join(log[lines[0] - 1 : lines[1]])


def test_a_warning_in_the_run_fails_it(tmp_path, monkeypatch):
    monkeypatch.setattr(state, "_INIT", INIT.format(deed=WARN).encode())
    result, log = perform(tmp_path)
    finding = result.findings["kernel_warnings"]
    assert (result.verdict, finding.verdict, finding.value) == (Verdict.FAIL, Verdict.FAIL, 1)
    assert "WARNING: CPU: 0 PID: " in finding.reason
    assert "mm/page_alloc.c:" in finding.reason
    assert "logs/console.log, line " in finding.reason
    splat = told(result, log)
    assert "cut here" in splat.split("\n")[0]
    assert "__sys_sendmsg" in splat
    assert "end trace" in splat.split("\n")[-1]
    others = [each.verdict for name, each in result.findings.items() if name != "kernel_warnings"]
    assert set(others) == {Verdict.PASS, None}


def test_a_warning_while_it_boots_fails_every_run(tmp_path, monkeypatch):
    # Fewer leaves than two: rcu_init_geometry() warns, and takes its own number.
    monkeypatch.setattr(words, "_KERNEL", words._KERNEL + " rcutree.rcu_fanout_leaf=1")
    for name in ("one", "two"):
        result, log = perform(tmp_path / name)
        assert (result.verdict, result.findings["kernel_warnings"].value) == (Verdict.FAIL, 1)
        assert "rcu_init_geometry" in told(result, log)


def test_a_panic_in_the_run_is_an_error_and_a_finding(tmp_path, monkeypatch):
    monkeypatch.setattr(state, "_INIT", INIT.format(deed=PANIC).encode())
    result, log = perform(tmp_path)
    assert result.verdict is Verdict.ERROR
    assert "the guest died" in result.reason
    assert result.findings["kernel_warnings"].verdict is Verdict.FAIL
    assert "Kernel panic - not syncing: sysrq triggered crash" in told(result, log)
    assert of_runs([result]) == BisectCode.BAD
