from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from harness.cli.main import parser
from harness.cli.options import request
from harness.evidence.folder import RunFolder
from harness.report.again import again
from harness.session.prepare import plan_for

STORED = next((Path(__file__).parents[1] / "data").glob("*-backlog-overflow-*"))


def plan_of(words):
    """The plan that a command line makes, short of asking whether the lab works here."""
    arguments = parser().parse_args(words)
    (experiment,) = arguments.experiments
    (image,) = arguments.image
    return plan_for(request(arguments, experiment, image), image)[0]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--full", "--family", "6", "--set", "clients=3", "--set", "somaxconn=7"],
        ["--sysctl", "net.ipv4.tcp_abort_on_overflow=1", "--sysctl", "server:net.core.somaxconn=3"],
        ["--limit", "12.5"],
    ],
)
def test_the_command_makes_the_same_plan(words, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = plan_of(["run", "backlog-overflow", "--image", "host", *words])
    run = RunFolder(STORED).result
    shown = type(run).from_json(
        {**run.to_json(), "mode": first.mode, "family": first.family, "parameters": first.parameters}
    )
    program, *rest = shlex.split(again(shown, first))
    assert program == "harness"
    assert plan_of(rest) == first


def test_a_guests_clock_and_form_are_named():
    folder = RunFolder(STORED)
    run = folder.result
    shown = type(run).from_json({**run.to_json(), "lab": "vm", "via": "docker", "clock": "virtual"})
    command = again(shown, folder.plan)
    assert "--lab vm --image host --quick --clock virtual --via docker" in command
    assert parser().parse_args(shlex.split(command)[1:]).via == "docker"
