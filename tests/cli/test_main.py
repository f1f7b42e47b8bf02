import json
import subprocess

import pytest

from harness import __version__
from harness.cli.main import _COMMANDS
from harness.errors import ExitCode


def test_the_version_is_told(command):
    assert command("--version") == (0, f"harness {__version__}\n", "")


def test_every_command_is_listed_with_what_it_does(command):
    code, out, err = command("--help")
    assert (code, err) == (0, "")
    text = " ".join(out.split())
    for name, summary in _COMMANDS.items():
        assert f" {name} {summary}" in text


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_has_its_help(command, name):
    code, out, err = command(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: harness {name}")
    summary = _COMMANDS[name]
    assert summary[0].upper() + summary[1:] + "." in " ".join(out.split())


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("rum",),
        ("run",),
        ("run", "backlog-overflow", "--labb", "docker"),
        ("run", "backlog-overflow", "--quick", "--full"),
        ("run", "backlog-overflow", "--family", "5"),
        ("run", "backlog-overflow", "--limit", "0"),
        ("run", "backlog-overflow", "--limit", "soon"),
        ("run", "backlog-overflow", "--jobs", "0"),
        ("schema", "image"),
        ("judge",),
    ],
)
def test_wrong_words_are_wrong_use(command, words):
    code, out, err = command(*words)
    assert code == ExitCode.USAGE
    assert out == ""
    assert "usage: harness" in err


@pytest.mark.netns
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set", "backlog"), "--set backlog: expected NAME=VALUE"),
        (("--set", "=5"), "--set =5: expected NAME=VALUE"),
        (("--set", "backlogg=5"), "did you mean 'backlog'"),
        (("--set", "backlog=many"), "backlog"),
        (("--sysctl", "net.core.somaxconn"), "--sysctl net.core.somaxconn: expected [HOST:]NAME=VALUE"),
        (("--sysctl", "sever:net.core.somaxconn=5"), "did you mean 'server'"),
        (("--sysctl", "net.core.somaxcon=5"), "did you mean 'net.core.somaxconn'"),
        (("--sysctl", "kernel.panic=5"), "kernel.panic"),
        (("--image", "debain"), "did you mean 'debian'"),
        (("--lab", "nets"), "did you mean 'netns'"),
    ],
)
def test_a_wrong_option_says_what_was_expected_and_starts_nothing(command, here, options, said):
    lab = () if options[0] in {"--lab", "--image"} else ("--lab", "netns")
    code, out, err = command("run", "backlog-overflow", *lab, *options, "--out", str(here / "none"))
    assert code == ExitCode.USAGE
    assert out == ""
    assert said in err
    assert not (here / "none").exists()


def test_a_mistake_in_a_file_is_told_with_its_place(command, here):
    text = (here / "quiet.yaml").read_text()
    (here / "quiet.yaml").write_text(text.replace("to: door", "too: door").replace("take: count", "take: cuont"))
    code, out, err = command("check", "quiet.yaml")
    assert code == ExitCode.USAGE
    assert out == ""
    assert err.startswith("quiet.yaml:8:")
    assert "quiet.yaml:10:" in err
    assert "did you mean 'count'" in err


def test_a_file_without_mistakes(command, here):
    assert command("check", str(here / "quiet.yaml")) == (0, "1 file: no mistakes\n", "")


@pytest.mark.usefixtures("here")
def test_a_folder_that_is_no_run(command):
    assert command("show", "nowhere") == (ExitCode.USAGE, "", "harness: nowhere: no such run folder\n")
    assert command("judge", "nowhere")[0] == ExitCode.USAGE


def test_a_lab_that_is_missing_could_not_run_and_says_what_mends_it(command, here, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    code, out, err = command("run", "backlog-overflow", "--lab", "docker", "--out", str(here / "none"))
    assert code == ExitCode.COULD_NOT_RUN
    assert out == ""
    assert len(err.splitlines()) > 1
    assert not (here / "none").exists()


def test_the_schema_is_json(command):
    code, out, _ = command("schema")
    assert code == 0
    assert json.loads(out)["$schema"].startswith("https://json-schema.org/")


def test_every_experiment_is_listed(command):
    code, out, _ = command("list")
    assert code == 0
    assert any(line.split()[0] == "backlog-overflow" for line in out.splitlines())


def test_an_encoding_without_some_character_still_gets_the_rest(start, here):
    environment = {"PYTHONIOENCODING": "ascii"}
    process = start("show", cwd=here, environment=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"ETIMEDOUT \\xd74" in out
