import os
import pty
import subprocess

import pytest

ESCAPE = b"\x1b["


@pytest.fixture
def on_a_terminal(start, here):
    """What a command writes to a terminal."""

    def call(*words, **environment):
        ours, theirs = pty.openpty()
        environment = {"TERM": "xterm", "NO_COLOR": "", **environment}
        process = start(*words, cwd=here, environment=environment, stdout=theirs, stderr=subprocess.DEVNULL)
        os.close(theirs)
        text = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # EIO: the other side has ended
                break
            if not piece:
                break
            text += piece
        os.close(ours)
        assert process.wait() == 0
        return text

    return call


def test_a_terminal_gets_colours(on_a_terminal):
    assert b"\x1b[32mpass\x1b[0m" in on_a_terminal("show")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_unless_it_wants_none(on_a_terminal, environment):
    text = on_a_terminal("show", **environment)
    assert b"PASS" in text
    assert ESCAPE not in text


def test_a_pipe_gets_none(start, here):
    process = start("show", cwd=here, stdout=subprocess.PIPE)
    assert ESCAPE not in process.communicate()[0]


@pytest.mark.parametrize("width", [50, 80, 120])
def test_the_terminal_decides_the_width(on_a_terminal, width):
    lines = on_a_terminal("show", NO_COLOR="1", COLUMNS=str(width)).decode().splitlines()
    assert max(len(line) for line in lines if not line.startswith("Evidence") and "runs/" not in line) <= width
