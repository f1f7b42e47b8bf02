from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.main import main

STORED = next((Path(__file__).parents[1] / "data").glob("*-backlog-overflow-*"))
HARNESS = str(Path(sys.executable).with_name("harness"))

QUIET = """\
experiment: quiet
title: A client connects
question: Does it?
limit: 20
hosts: {server: {}, client: {}}
steps:
  - server: {listen: door, port: 8000, backlog: 5}
  - client: {connect: visitor, to: door}
  - wait: {until: settled, of: visitor}
findings: {connected: {calls: connect, of: visitor, that: ok, take: count}}
expect: {connected: 1}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, made the current one, with a stored run and an experiment of its own."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(STORED, tmp_path / "runs" / STORED.name)
    (tmp_path / "runs" / "latest").symlink_to(STORED.name)
    (tmp_path / "quiet.yaml").write_text(QUIET)
    return tmp_path


@pytest.fixture
def command(capsys, monkeypatch):
    """Call the command in this process: exit code, stdout, stderr. argparse's own exits count as well."""
    monkeypatch.setenv("COLUMNS", "100")

    def call(*words):
        try:
            code = main(list(words))
        except SystemExit as end:
            code = end.code
        out = capsys.readouterr()
        return int(code or 0), out.out, out.err

    return call


@pytest.fixture
def start():
    """Start the installed command as a user's shell would; whatever still runs at the end is killed."""
    started = []

    def start(*words, environment=None, **options):
        process = subprocess.Popen(
            [HARNESS, *words],
            env={**os.environ, "COLUMNS": "100", **(environment or {})},
            start_new_session=True,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
