"""The runtime on the oldest Python it may meet: 3.9."""

import ast
import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from harness.lab.bundle import bundle, root, stub
from harness.runtime.events import Call, Ended, Started, loads

RUNTIME = [root() / "harness/__init__.py", *sorted((root() / "harness/runtime").rglob("*.py"))]


@pytest.mark.parametrize("file", RUNTIME, ids=lambda file: str(file.relative_to(root())))
def test_every_file_is_python_3_9(file):
    ast.parse(file.read_text("utf-8"), filename=str(file), feature_version=(3, 9))


def python39():
    """A Python 3.9, or None: on PATH, or among pyenv's versions."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [shutil.which("python3.9")]
    with suppress(PermissionError):  # another user's
        candidates += sorted(pyenv.glob("versions/3.9*/bin/python3.9"))
    for candidate in candidates:
        if candidate is None:
            continue
        tried = subprocess.run(
            [candidate, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, check=False
        )
        if tried.stdout.strip() == b"(3, 9)":
            return str(candidate)
    return None


@pytest.fixture(scope="module")
def old_python():
    return python39() or pytest.skip("there is no Python 3.9 here (looked on PATH and in pyenv's versions)")


STEPS = """
- server: {listen: door, port: 8000, backlog: 5}
- client: {connect: visitor, to: door, count: 3, at_once: true}
- wait: {until: settled, of: visitor}
- server: {accept: guest, from: door, count: 3, blocking: true}
- wait: {until: settled, of: guest}
- server: {filter: wall, on: door, drop: all}
- client: {send: words, on: visitor, data: hello}
- server: {recv: heard, on: guest, blocking: false}
- client: {kill: crash, on: visitor}
- server: {close: gone, on: guest, abort: true}
"""


@pytest.mark.netns
def test_a_whole_plan_in_a_box(old_python, make_plan):
    script = "import sys; sys.path.insert(0, sys.argv.pop(1)); from harness.runtime.__main__ import main; "
    script += "sys.exit(main(sys.argv[1:]))"
    order = {"plan": make_plan(STEPS).to_json(), "keep": False}
    with subprocess.Popen(
        [old_python, "-S", "-E", "-W", "error::DeprecationWarning", "-c", script, str(root()), "box"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as box:
        box.stdin.write(json.dumps(order) + "\n")
        box.stdin.flush()
        events = [loads(line) for line in box.stdout]
        said = box.stderr.read()
    assert (box.returncode, said) == (0, "")
    versions = {event.facts["python"][:4] for event in events if isinstance(event, Started)}
    assert versions == {"3.9."}
    assert {event.status for event in events if isinstance(event, Ended)} == {0}
    assert {event.log for event in events if isinstance(event, Ended)} == {""}
    calls = [event for event in events if isinstance(event, Call)]
    assert len(calls) == 1 + 3 + 3 + 1 + 3 + 3 + 3 + 3
    assert {call.result for call in calls} == {"ok"}


@pytest.mark.parametrize("kind", ["old", "own"])
def test_the_bundle_starts_through_its_stub(request, kind):
    python = sys.executable if kind == "own" else request.getfixturevalue("old_python")
    words = [python, *stub("agent", "server", {"family": 4})[1:]]
    command = b'{"do":"finish"}\n'
    done = subprocess.run(
        words, input=b"%d\n%s%s" % (len(bundle()), bundle(), command), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    events = [loads(line) for line in done.stdout.decode().splitlines()]
    # The bundle's own bytes were not taken for commands, nor the command for a part of the bundle.
    assert [type(event).__name__ for event in events] == ["Clock", "Started", "Clock", "Ended"]
