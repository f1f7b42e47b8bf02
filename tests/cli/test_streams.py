"""The command's own stdout and stderr, as a shell and GitHub's runner see them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import ExitCode

FAILS = ("expect: {connected: 1}", "expect: {connected: 2}")


def gone(start, *words, **options):
    """Start it with a stdout whose reader has already left."""
    reader, writer = os.pipe()
    os.close(reader)
    process = start(*words, stdout=writer, stderr=subprocess.PIPE, **options)
    os.close(writer)
    return process


@pytest.mark.parametrize(
    "words",
    [("schema",), ("list",), ("show",), ("judge", "runs/latest"), ("report", "runs/latest", "--json", "-")],
)
def test_a_reader_who_has_seen_enough_changes_nothing(start, here, words):
    process = gone(start, *words, cwd=here)
    assert process.stderr.read() == b""
    assert process.wait() == ExitCode.OK


@pytest.mark.netns
def test_the_verdict_is_the_exit_code_also_when_nobody_reads(start, here):
    text = (here / "quiet.yaml").read_text()
    (here / "quiet.yaml").write_text(text.replace(*FAILS))
    process = gone(start, "run", "quiet.yaml", "quiet.yaml", "--lab", "netns", "--junit", "out.xml", cwd=here)
    assert b"Traceback" not in process.stderr.read()
    assert process.wait() == ExitCode.FAILED
    assert (here / "out.xml").read_text().count("<testcase ") == 2


def test_the_verdict_of_a_stored_run_too(start, here):
    events = here / "runs" / "latest" / "events.jsonl"
    lines = [
        line.replace('"count":0', '"count":3') if '"lost"' in line and '"client"' in line else line
        for line in events.read_text().splitlines()
    ]
    events.write_text("\n".join(lines) + "\n")
    process = gone(start, "judge", "runs/latest", cwd=here)
    assert process.stderr.read() == b""
    assert process.wait() == ExitCode.UNKNOWN


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_a_closed_stream_is_no_error(here, closed):
    harness = Path(sys.executable).with_name("harness")
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" report runs/latest --markdown out.md --json - {closed}', harness],
        cwd=here,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (ExitCode.OK, b"")
    assert (here / "out.md").read_text("utf-8").startswith("## backlog-overflow")


def test_a_command_in_pieces_is_text_and_a_meant_one_a_command(tmp_path):
    """Whatever way a line is written; and what follows a command is guarded again."""
    program = (
        "import sys; from harness.cli import streams; streams.install()\n"
        "pieces = 'a\\n', ' ', ':', ':error', '::x\\n', 'b ::error::c ##', '[error]d'\n"
        "for piece in pieces: sys.stderr.write(piece)\n"
        "streams.tell(['::error::meant']); sys.stderr.write('::error::y\\n')\n"
        "sys.stdout.write('::error::z\\r::error::z')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "GITHUB_ACTIONS": "true"},
        capture_output=True,
        check=True,
    )
    assert done.stderr.decode() == "a\n :\\:error::x\nb ::error::c ##\\[error]d\n::error::meant\n:\\:error::y\n"
    assert done.stdout.decode() == ":\\:error::z\r:\\:error::z"
