"""`git bisect run` finds the first commit whose kernel differs; its repository's commits hold real kernels."""

import lzma
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.image import catalogue, kernel

pytestmark = [
    pytest.mark.vm,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("git") is None, reason="there is no git command"),
]

CONFIG = Path(__file__).parents[1] / "data" / "config-6.1.0-56-cloud-amd64.xz"

SEVEN = """\
experiment: seven
title: How often is a SYN sent?
question: Does a client give up after seven?
limit: 200
hosts: {server: {}, client: {}}
steps:
  - server: {listen: door, port: 8000, backlog: 5}
  - server: {filter: silence, on: door, drop: all}
  - client: {connect: visitor, to: door}
  - wait: {until: settled, of: visitor}
findings: {syns: {packets: SYN, of: visitor, on: client, take: count}}
expect: {syns: 7}
"""

SCRIPT = """\
#!/bin/sh
harness images build --bisect --kernel vmlinuz --config config --modules modules --name bisected || exit
harness run ../seven.yaml --bisect --image bisected --out ../runs
"""


def lay_out(tree, image, members):
    """A kernel and its modules, as a build leaves them."""
    built = kernel.ensure(catalogue.find(image), print)
    (tree / "vmlinuz").write_bytes(built.kernel.read_bytes())
    folder = tree / "modules" / "lib" / "modules" / built.release / "kernel"
    folder.mkdir(parents=True)
    for name, data in members(built.modules.read_bytes()):
        if data:
            (folder / name.rpartition("-")[2]).write_bytes(data)


def git(tree, *words, **more):
    done = subprocess.run(["git", *words], cwd=tree, capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done
    return done.stdout


@pytest.fixture
def history(tmp_path, members):
    """Seven commits: the fourth's kernel lacks VETH, from the sixth on it is another kernel."""
    tree = tmp_path / "tree"
    tree.mkdir()
    git(tree, "init", "-q", "-b", "main")
    for setting in ("user.name Somebody", "user.email somebody@example.org", "core.compression 0"):
        git(tree, "config", *setting.split())
    whole = lzma.decompress(CONFIG.read_bytes()).decode()
    for number in range(1, 8):
        if number in (1, 6):
            git(tree, "rm", "-rq", "--ignore-unmatch", "modules")
            lay_out(tree, "linux-6.1" if number == 1 else "linux-6.12", members)
        # The other kernel has some of them built in.
        text = whole if number < 6 else whole.replace("=m\n", "=y\n")
        (tree / "config").write_text(text if number != 4 else text.replace("CONFIG_VETH=m", "CONFIG_VETH=n"))
        (tree / "number").write_text(f"{number}\n")
        git(tree, "add", "-A")
        git(tree, "commit", "-qm", f"commit {number}")
    (tmp_path / "seven.yaml").write_text(SEVEN)
    script = tmp_path / "test.sh"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    return tree


def test_the_first_bad_commit_is_found(history, tmp_path):
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    git(history, "bisect", "start", "main", "main~6")
    out = git(history, "bisect", "run", "../test.sh", env=environment)
    found = re.search(r"([0-9a-f]{40}) is the first bad commit", out)
    assert found, out
    assert git(history, "show", f"{found[1]}:number") == "6\n"
    log = git(history, "bisect", "log")
    assert "git bisect skip" in log  # the fourth commit is the middle one, and cannot be tested
