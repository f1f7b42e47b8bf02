"""The commands that make several runs, as a user gives them."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from harness import spec
from harness.session.article import REFERENCE, carriers

HARNESS = [str(Path(sys.executable).with_name("harness"))]
WAITING = """\
experiment: {name}
title: A wait
question: Does anything happen?
article: waiting
limit: 60
hosts: {{server: {{}}, client: {{}}}}
steps:
  - server: {{listen: door, port: 8000, backlog: 5}}
  - client: {{connect: visitor, to: door}}
  - wait: {{for: {seconds}}}
findings:
  connected: {{calls: connect, of: visitor, that: ok, take: count}}
expect:
  connected: {expected}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").mkdir()
    return tmp_path


@pytest.fixture
def write(here):
    def write(name, seconds=0.1, expected=1):
        text = WAITING.format(name=name, seconds=seconds, expected=expected)
        (here / "experiments" / f"{name}.yaml").write_text(text)
        return name

    return write


def harness(*words, **more):
    return subprocess.run([*HARNESS, *words], capture_output=True, text=True, check=False, timeout=100, **more)


def left_by(mark):
    """Processes that carry the mark in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                if mark.encode() in (folder / "environ").read_bytes():
                    found.append(folder.name)
            except OSError:
                continue
    return found


@pytest.mark.netns
def test_the_whole_article_on_this_kernel(here):
    ran = harness(
        "article", "--lab", "netns", "--json", "a.json", "--markdown", "a.md", env={**os.environ, "COLUMNS": "80"}
    )
    result = json.loads((here / "a.json").read_text())
    assert (ran.returncode, result["verdict"]) == (0, "pass"), ran.stdout + ran.stderr
    runs = {run["experiment"]: run for run in result["runs"]}
    assert set(runs) == set(carriers())
    # Every statement of the reference is in the table, in text and Markdown.
    text, markdown = " ".join(ran.stdout.split()), (here / "a.md").read_text()
    claims = spec.load_reference(REFERENCE).claims
    assert f"{len(claims)} statements:" in text
    assert markdown.count("\n| ") == len(claims) + 2
    # Linux answers RST,ACK (net/ipv4/tcp_ipv4.c, tcp_v4_rcv: no socket), macOS is silent; listen(5) holds 6.
    refused = runs["bound-not-listening"]
    assert refused["findings"]["connect_error"]["value"] == "ECONNREFUSED"
    assert refused["claims"][REFERENCE]["connect_error"]["agrees"] is False
    full = runs["backlog-overflow"]
    assert (full["findings"]["connected"]["value"], full["claims"][REFERENCE]["connected"]["agrees"]) == (6, False)
    assert max(map(len, ran.stdout.splitlines())) <= 80


@pytest.mark.netns
def test_json_on_stdout_is_all_there_is_on_stdout(write):
    names = [write("one"), write("two")]
    ran = harness("run", *names, "--lab", "netns", "--jobs", "2", "--json", "-")
    assert (ran.returncode, [run["experiment"] for run in json.loads(ran.stdout)["runs"]]) == (0, names)
    assert "two: pass" in ran.stderr.splitlines()


@pytest.mark.netns
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_takes_every_lab_down(here, write, number):
    names = [write("one", 50), write("two", 50)]
    mark = f"HARNESS_TEST_MARK={uuid.uuid4()}"
    name, _, value = mark.partition("=")
    with subprocess.Popen(
        [*HARNESS, "run", *names, "--lab", "netns", "--jobs", "2"],
        env={**os.environ, name: value}, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        said = [running.stderr.readline() for _ in names]
        assert all("making the netns lab" in line for line in said)
        assert left_by(mark)
        running.send_signal(number)
        assert running.wait(30) == 130
        assert running.stderr.read().splitlines()[-1] == "harness: interrupted"
    assert left_by(mark) == []
    folders = [path for path in (here / "runs").iterdir() if path.is_dir()]
    assert all((folder / "INCOMPLETE").exists() for folder in folders)


@pytest.mark.netns
def test_the_worst_verdict_decides_and_a_broken_file_is_told(here, write):
    write("wrong", expected=2)
    (here / "experiments" / "broken.yaml").write_text("experiment: broken\n")
    names = ("wrong", write("good"))
    assert harness("run", *names, "--lab", "netns", "--jobs", "2").returncode == 1
    refused = harness("run", *names, "broken", "--lab", "netns", "--jobs", "2")
    assert (refused.returncode, refused.stdout) == (2, "")  # nothing is started


@pytest.mark.netns
def test_a_terminal_gets_one_live_line(write):
    names = [write("one", 0.5), write("two", 0.5)]
    ours, theirs = pty.openpty()
    ran = subprocess.run(
        [*HARNESS, "run", *names, "--lab", "netns", "--jobs", "2"],
        stdout=subprocess.DEVNULL, stderr=theirs, check=False, timeout=60, env={**os.environ, "COLUMNS": "120"},
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert ran.returncode == 0
    assert "0 of 2 done, running: one, two" in shown
    assert "1 of 2 done, running: " in shown
    assert "\n" not in shown
    assert shown.endswith("\r\x1b[K")


@pytest.mark.netns
def test_stored_runs_are_compared(here, write):
    write("one", expected=2)  # both fail: a difference is no failure, but a failure is
    ran = [harness("run", "one", "--lab", "netns", "--json", "-") for _ in range(2)]
    folders = [json.loads(each.stdout)["runs"][0]["folder"] for each in ran]
    compared = harness("compare", *folders, "--json", "c.json")
    value = json.loads((here / "c.json").read_text())
    assert [each.returncode for each in ran] == [1, 1]
    assert compared.returncode == 1
    assert "0 of 1 findings differ." in compared.stdout
    assert [column["folder"] for column in value["comparisons"][0]["columns"]] == folders
    assert value["comparisons"][0]["columns"][1]["same_kernel_as"] == "host #1"
    markdown = harness("compare", *folders, "--markdown", "-")
    assert markdown.stdout.startswith("## one: A wait")


@pytest.mark.netns
@pytest.mark.docker
@pytest.mark.usefixtures("debian")
def test_one_experiment_on_two_images_of_one_kernel(write):
    ran = harness(
        "compare", write("one"), "--image", "host", "--image", "debian", env={**os.environ, "COLUMNS": "80"}
    )
    text = " ".join(ran.stdout.split())
    assert (ran.returncode, "0 of 1 findings differ." in text) == (0, True), ran.stdout + ran.stderr
    assert "Same kernel: host, debian. What differs between them is no difference between kernels." in text


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["compare", "no-bind"], 2, "one image alone cannot be compared"),
        (["compare", "no-bind", "no/such/run"], 2, "cannot be mixed"),
        (["compare", "no/such/run", "nor/this"], 2, "no such run folder"),
        (["compare", "nope", "--image", "host", "--image", "host"], 2, "no experiment named 'nope'"),
        (["article", "--lab", "nets"], 2, "no lab named 'nets'"),
        (["article", "--jobs", "0"], 2, "0 is not a number of runs"),
        (["article", "--jobs", "many"], 2, "many"),
        (["new", "9x"], 2, "cannot be an experiment's name"),
        (["new", "no-bind"], 2, "there is an experiment 'no-bind' already"),
    ],
)
def test_wrong_use_starts_nothing(here, words, code, said):
    ran = harness(*words)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert said in ran.stderr
    assert not (here / "runs").exists()


def test_a_new_experiment_says_what_comes_next(here):
    ran = harness("new", "my-question")
    assert ran.returncode == 0
    assert "harness check experiments/my-question.yaml" in ran.stdout
    assert harness("check", "experiments/my-question.yaml").returncode == 0
    assert "harness run my-question" in ran.stdout
    assert (here / "experiments/my-question.yaml").exists()
