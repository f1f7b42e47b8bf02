import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.errors import ExitCode

pytestmark = pytest.mark.netns

QUIET = ("run", "quiet.yaml", "--lab", "netns")


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def new_runs(here):
    return [path for path in (here / "runs").glob("*-quiet-host-*") if not path.is_symlink()]


def test_the_result_is_on_stdout_and_everything_else_on_stderr(command, here):
    code, out, err = command(*QUIET)
    assert code == ExitCode.OK
    assert out.startswith("Linux ")
    assert out.splitlines()[-1].startswith("PASS ")
    assert err.splitlines()[0].startswith("quiet: making the netns lab")
    assert len(new_runs(here)) == 1


def test_a_fail_is_exit_code_1(command, here):
    edit(here / "quiet.yaml", "expect: {connected: 1}", "expect: {connected: 2}")
    code, out, _ = command(*QUIET)
    assert code == ExitCode.FAILED
    assert "expected 2, measured 1" in out


@pytest.mark.usefixtures("here")
def test_what_the_kernel_refuses_is_exit_code_3(command):
    code, out, _ = command(*QUIET, "--sysctl", "client:net.ipv4.tcp_syn_retries=0")
    assert code == ExitCode.COULD_NOT_RUN
    assert out.splitlines()[-1] == "ERROR"


def test_json_to_stdout_is_nothing_but_json(command, here, published):
    code, out, _ = command(*QUIET, "--json", "-")
    assert code == ExitCode.OK
    value = published(json.loads(out))
    assert (value["schema"], value["verdict"]) == (1, "pass")
    (run,) = value["runs"]
    assert run["findings"]["connected"]["value"] == 1
    assert json.loads((here / run["folder"] / "result.json").read_text()) == run


def test_json_to_a_file_beside_the_text(command, here):
    code, out, _ = command(*QUIET, "--json", "out.json")
    assert code == ExitCode.OK
    assert out.startswith("Linux ")
    assert json.loads((here / "out.json").read_text())["verdict"] == "pass"


def test_the_plan_alone_starts_nothing(command, here):
    code, out, err = command(*QUIET, "--plan")
    assert (code, err) == (ExitCode.OK, "")
    assert [step["verb"] for step in json.loads(out)["steps"]] == ["listen", "connect", "wait"]
    assert new_runs(here) == []


def test_several_experiments_in_one_command(command, here):
    (here / "second.yaml").write_text((here / "quiet.yaml").read_text().replace("quiet", "second"))
    edit(here / "second.yaml", "expect: {connected: 1}", "expect: {connected: 2}")
    code, out, _ = command("run", "quiet.yaml", "second.yaml", "--lab", "netns", "--json", "-")
    assert code == ExitCode.FAILED
    assert [run["verdict"] for run in json.loads(out)["runs"]] == ["pass", "fail"]


@pytest.mark.docker
def test_one_that_cannot_be_started_does_not_stop_the_others(command, here):
    broken = here / "images" / "broken"
    broken.mkdir(parents=True)
    (broken / "image.yaml").write_text("image: broken\nkind: container\ndescription: x\nbase: scratch\n")
    (broken / "Dockerfile").write_text("ARG BASE=scratch\nFROM ${BASE}\nRUN false\n")
    images = [word for name in ("host", "broken", "host") for word in ("--image", name)]
    code, out, _ = command("run", "quiet.yaml", *images, "--json", "out.json", "--junit", "out.xml")
    assert code == ExitCode.COULD_NOT_RUN, out
    assert "base image scratch is not here" in " ".join(out.split())
    told = json.loads((here / "out.json").read_text())["runs"]
    assert [run["verdict"] for run in told] == ["pass", "error", "pass"]
    assert (here / "out.xml").read_text().count("<error ") == 1


def test_a_kept_lab_is_entered_and_ended(command, here, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(here / "state"))
    code, _, err = command(*QUIET, "--keep")
    assert code == ExitCode.OK
    entry = next(line for line in err.splitlines() if line.startswith("enter server: "))
    words = entry.removeprefix("enter server: ").removesuffix(" bash").split()
    shown = subprocess.run([*words, "cat", "/proc/net/tcp"], capture_output=True, text=True, check=True).stdout
    assert ":1F40 " in shown  # port 8000, still listening
    code, out, _ = command("clean")
    assert code == ExitCode.OK
    assert "ended the kept netns lab" in out
    assert subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run_and_leaves_nothing(start, here, number):
    edit(here / "quiet.yaml", "  - wait: {until: settled, of: visitor}\n", "  - wait: {for: 15}\n")
    process = start(*QUIET, cwd=here, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "step 3 of 3" in line:
            break
    boxes = children(process.pid)
    assert boxes
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait() == ExitCode.INTERRUPTED
    assert time.monotonic() - began < 5
    assert process.stderr.read() == "harness: interrupted\n"
    assert process.stdout.read() == ""
    assert not [pid for pid in boxes if Path(f"/proc/{pid}").exists()]
    (folder,) = new_runs(here)
    assert (folder / "INCOMPLETE").exists()


def children(pid):
    """The processes below a process."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in path.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def test_a_killed_harness_leaves_no_process(start, here):
    edit(here / "quiet.yaml", "  - wait: {until: settled, of: visitor}\n", "  - wait: {for: 15}\n")
    process = start(*QUIET, cwd=here, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "step 3 of 3" in line:
            break
    descriptors = [os.pidfd_open(pid) for pid in children(process.pid)]
    assert descriptors
    process.kill()
    process.wait()
    deadline = time.monotonic() + 5
    for descriptor in descriptors:
        ready, _, _ = select.select([descriptor], [], [], max(0, deadline - time.monotonic()))
        os.close(descriptor)
        assert ready
