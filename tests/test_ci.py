import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HIDE = 'import sys; sys.modules["ensurepip"] = None; exec(sys.argv[2])'


def run(*words, **environment):
    """Run words in the repository; what CI or make above have set for their own use is taken away."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHON", "MAKEFLAGS", "MAKELEVEL"}}
    return subprocess.run(
        words,
        cwd=ROOT,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def one_docker_test(tmp_path, **environment):
    test = "tests/image/test_engine.py::test_the_engine_here_gives_a_client_with_the_timeout_asked_for"
    nowhere = f"unix://{tmp_path}/none.sock"
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test]
    return run(*words, **{"DOCKER_HOST": nowhere, "HARNESS_REQUIRE": "", **environment})


def test_a_missing_engine_skips_on_a_users_machine(tmp_path):
    done = one_docker_test(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout
    assert "there is no socket at" in done.stdout


def test_a_missing_engine_fails_where_it_is_required(tmp_path):
    done = one_docker_test(tmp_path, HARNESS_REQUIRE="docker,netns")
    assert done.returncode == 1, done.stdout
    assert "HARNESS_REQUIRE asks for it" in done.stdout


def test_a_lab_nobody_knows_cannot_be_required(tmp_path):
    done = one_docker_test(tmp_path, HARNESS_REQUIRE="dokcer")
    assert done.returncode == 4, done.stdout
    assert "HARNESS_REQUIRE: unknown: dokcer" in done.stderr


def test_ci_demands_every_lab_and_runs_the_readmes_command():
    script = (ROOT / ".ci" / "run").read_text()
    assert "export HARNESS_REQUIRE=docker,netns,vm,tshark,browser" in script
    assert script.rstrip().endswith("make test")
    assert "make test" in (ROOT / "README.md").read_text()
    assert run("bash", "-n", ".ci/run").returncode == 0


@pytest.fixture
def no_python(tmp_path):
    """A PATH with what make's recipes need, and no Python."""
    for name in ("sh", "make", "touch", "rm"):
        (tmp_path / name).symlink_to(shutil.which(name))
    return str(tmp_path)


def make(*words, **environment):
    return run("make", "--file", str(ROOT / "Makefile"), *words, **environment)


@pytest.fixture
def empty(tmp_path):
    """A folder with the project's description alone: there is no environment yet."""
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(ROOT / "pyproject.toml", folder)
    return str(folder)


def test_without_python_make_says_what_to_install(empty, no_python):
    done = make("--directory", empty, "demo", PATH=no_python)
    assert done.returncode == 2
    assert "needs Python 3.11 or newer" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr


def test_a_python_that_cannot_make_environments_names_the_package(empty, tmp_path):
    # As Debian's python3 without python3-venv: an interpreter that finds no ensurepip at all.
    bare = tmp_path / "python-bare"
    (tmp_path / "hide.py").write_text(HIDE)
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/hide.py" "$@"\n')
    bare.chmod(0o755)
    done = make("--directory", empty, "demo", PYTHON=str(bare))
    assert done.returncode == 2
    version = "{}.{}".format(*sys.version_info)
    assert f"apt-get install python{version}-venv" in done.stderr


def test_make_passes_over_a_python_that_does_not_start(empty, no_python):
    # pyenv leaves such commands: there by name, of no use.
    Path(no_python, "python3.13").write_text("#!/bin/sh\nexit 127\n")
    Path(no_python, "python3.13").chmod(0o755)
    Path(no_python, "python3").symlink_to(sys.executable)
    done = make("--directory", empty, "--dry-run", "demo", PATH=no_python)
    assert re.search(r'^"python3" -m venv', done.stdout, re.MULTILINE), done.stdout + done.stderr
