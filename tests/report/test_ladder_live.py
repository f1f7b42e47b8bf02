"""Ladders of real runs, through the command line."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from harness.cli.main import main
from harness.errors import ExitCode


@pytest.fixture
def harness(capsys, monkeypatch):
    """Runs a command in a terminal of 80 columns; its exit code, and what it wrote to stdout and stderr."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words):
        code = main([str(word) for word in words])
        return code, *capsys.readouterr()

    return run


def arrows(text):
    """Every arrow of a ladder: its direction and flags."""
    found = re.findall(r"│(<?)─+ ([A-Z,]+)[^─]*─+(>?)│", text)
    return [(flags, f"{left}{right}") for left, flags, right in found]


@pytest.mark.netns
def test_a_refusal(harness, tmp_path):
    code, text, _ = harness("run", "no-bind", "--lab", "netns", "--out", tmp_path)
    assert code == ExitCode.OK
    assert arrows(text) == [("SYN", ">"), ("RST,ACK", "<")]
    assert text.index("RST,ACK") < text.index("Packets") < text.index("Seen by")
    code, ladder, _ = harness("show", tmp_path / "latest", "--packets")
    assert code == ExitCode.OK
    assert arrows(ladder) == [("SYN", ">"), ("RST,ACK", "<")]
    assert "connect() ECONNREFUSED" in ladder
    assert "no socket on :8000" in ladder
    words = [sys.executable, "-c", "from harness.cli import command; command()", "show", tmp_path / "latest"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    plain = subprocess.run([*words, "--packets"], capture_output=True, check=True, env=environment).stdout
    assert plain.decode("ascii") == ladder.translate({ord("│"): "|", ord("─"): "-"})
    code, again, _ = harness("show", tmp_path / "latest")
    assert (code, "│" in again) == (ExitCode.OK, True)  # as the run's end looked, its ladder included


@pytest.mark.netns
def test_half_closed(harness, tmp_path):
    code, _, _ = harness("run", "close-from-client", "--lab", "netns", "--out", tmp_path)
    assert code == ExitCode.OK
    _, ladder, _ = harness("show", tmp_path / "latest", "--packets", "--of", "shutter")
    # SYN, SYN,ACK, ACK; then the client's half is closed, and data still flows the other way.
    assert arrows(ladder)[:5] == [("SYN", ">"), ("SYN,ACK", "<"), ("ACK", ">"), ("FIN,ACK", ">"), ("ACK", "<")]
    assert ("PSH,ACK", "<") in arrows(ladder)
    assert ladder.index("FIN,ACK") < ladder.index("FIN_WAIT_2") < ladder.index("PSH,ACK")
    assert "CLOSE_WAIT" in ladder
    assert "accept() ok" in ladder
    code, _, error = harness("show", tmp_path / "latest", "--packets", "--of", "nobody")
    assert (code, "shutter (1)" in error) == (ExitCode.USAGE, True)
    code, _, error = harness("show", tmp_path / "latest", "--index", "1")
    assert (code, "--packets" in error) == (ExitCode.USAGE, True)
