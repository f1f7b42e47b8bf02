"""The command as an ordinary user: through a user namespace, with no right that root has."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness.lab.bundle import root

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(os.geteuid() != 0, reason="whoever is no root runs every test as an ordinary user"),
]

NOBODY = 65534
PROGRAM = "from harness.cli import command; command()"
TRY = "import sys, harness.cli.main, pydantic, yaml; assert sys.version_info >= (3, 11)"


@pytest.fixture(scope="module")
def nobody():
    """How to start a process as nobody: arguments of Popen."""
    who = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    tried = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False, **who)
    if tried.returncode:
        pytest.skip(f"an ordinary user gets no namespaces here: {tried.stderr.decode().strip()}")
    return who


@pytest.fixture(scope="module")
def python(nobody):
    """A Python that nobody may run, with what harness needs, and the path it is found on."""
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    path = {"PYTHONPATH": f"{root()}:{packages}"}
    # PATH's may lie in root's own home; the system's do not.
    systems = (
        shutil.which(name, path=os.defpath) for name in ("python3.13", "python3.12", "python3.11", "python3")
    )
    for candidate in (sys.executable, *systems):
        try:
            words = [candidate or "", "-c", TRY]
            done = subprocess.run(
                words, capture_output=True, check=False, env={**os.environ, **path}, cwd="/", **nobody
            )
        except OSError:
            continue  # nobody may not even look into its folder
        if done.returncode == 0:
            return candidate, path
    return pytest.skip("no Python here that nobody may run has what harness needs")


@pytest.fixture
def folder():
    """A folder of nobody's own."""
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


def test_a_whole_run(start, overflow, nobody, python, folder):
    program, path = python
    more = {"folder": folder, "program": (program, "-c", PROGRAM), "env": {**path, "HOME": str(folder)}, **nobody}
    (folder / "tmp").mkdir()
    for _ in range(3):
        command = start(*overflow("netns"), **more)
        done = command.end()
        if not done.busy:
            break
        shutil.rmtree(folder / "runs")
    assert done.code == 0, done
    assert (done.result["verdict"], done.values["connected"]) == ("pass", 6)
    assert {each["lost"] for each in done.result["packets"].values()} == {0}
    assert done.folder.stat().st_uid == NOBODY
    assert command.processes() == {}


def test_a_setting_of_its_own(start, overflow, nobody, python, folder):
    """Sysctls of a namespace belong to whoever made it; of an old kernel net.core.somaxconn is not there."""
    program, path = python
    more = {"folder": folder, "program": (program, "-c", PROGRAM), "env": {**path, "HOME": str(folder)}, **nobody}
    done = start(*overflow("netns", clients=3, somaxconn=7, backlog=9), **more).end()
    assert done.code == 0, done
    assert done.values["accept_queue_limit"] in (7, None), done


def test_a_kept_lab_is_entered_and_ended(start, nobody, python, folder):
    program, path = python
    env = {**path, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    more = {"folder": folder, "program": (program, "-c", PROGRAM), "env": env, **nobody}
    words = ("run", "backlog-overflow", "--lab", "netns", "--set", "clients=3", "--keep")
    kept = start(*words, **more)
    done = kept.end()
    try:
        assert done.code == 0, done
        (line,) = (line for line in done.err.splitlines() if line.startswith("enter server: "))
        enter = line.removeprefix("enter server: ").split()
        assert enter[-1] == "bash"
        shown = subprocess.run([*enter[:-1], "ss", "-ltn"], capture_output=True, text=True, check=False, **nobody)
        assert ":8000" in shown.stdout, shown
    finally:
        cleaned = start(
            "clean",
            **more,
        ).end()
    assert "ended the kept netns lab" in cleaned.out
    assert kept.processes() == {}


@pytest.mark.vm
@pytest.mark.timeout(600)
def test_a_guest_built_booted_and_run(start, nobody, python, folder):
    program, path = python
    env = {**path, "HOME": str(folder), "TMPDIR": str(folder), "XDG_CACHE_HOME": "", "XDG_DATA_HOME": ""}
    more = {"folder": folder, "program": (program, "-c", PROGRAM), "env": env, **nobody}
    command = start("run", "kernel-handshake", "--image", "linux-6.1", "--json", "-", **more)
    done = command.end()
    assert done.code == 0, done
    assert (done.result["verdict"], done.result["kernel"][:4]) == ("pass", "6.1.")
    assert (folder / ".cache" / "harness" / "states").stat().st_uid == NOBODY
    assert command.processes() == {}


def test_a_current_folder_that_nobody_may_read(nobody, python, folder):
    program, path = python
    folder.chmod(0o700)
    os.chown(folder, 0, 0)
    done = subprocess.run(
        [program, "-c", PROGRAM, "list"],
        cwd=folder, env={**os.environ, **path}, capture_output=True, text=True, check=False, **nobody,
    )  # fmt: skip
    assert (done.returncode, "backlog-overflow" in done.stdout) == (0, True), done
