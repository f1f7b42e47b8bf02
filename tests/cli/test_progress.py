import os
import pty
import select
import sys

import pytest

from harness.cli.progress import Shown
from harness.runtime.events import Call, Stepped
from harness.runtime.plan import Host, Plan, Step

PLAN = Plan(
    experiment="full-queue",
    parameters={},
    mode="quick",
    family=4,
    hosts=(Host("server", "host"), Host("client", "host")),
    steps=(
        Step(1, "server", "listen", "door", {"port": 8000, "backlog": 5}),
        Step(2, None, "wait", None, {"until": "settled", "of": "visitor"}),
    ),
    needs=(),
    limit=30,
)


def perform(shown):
    shown.begin(PLAN, "netns")
    shown.event(Stepped("", 0, 1, "begun"))
    shown.event(Stepped("", 0, 1, "done"))
    shown.event(Call("client", 0, 1, "visitor", 0, "connect", 0, "ok"))
    shown.event(Stepped("", 0, 2, "begun"))
    shown.end()


def test_without_a_terminal_there_is_a_plain_line_a_step(capsys):
    perform(Shown())
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.splitlines() == [
        "full-queue: making the netns lab (at most 30 s of experiment)",
        "full-queue: step 1 of 2: server listen door",
        "full-queue: step 2 of 2: wait visitor",
    ]


def test_nothing_that_is_said_steers_the_terminal(capsys):
    Shown().say("built\x1b[2J\rimage")
    assert capsys.readouterr().err == "built\\x1b[2J\\rimage\n"


class Terminal:
    """A terminal of 40 columns, to be stderr."""

    def __init__(self):
        self._ours, theirs = pty.openpty()
        self.file = os.fdopen(theirs, "w")

    def read(self):
        """What was written to it: the kernel hands it over in its own time, so a mark is awaited."""
        mark = "<all of it>"
        self.file.write(mark)
        self.file.flush()
        text = ""
        while not text.endswith(mark):
            ready, _, _ = select.select([self._ours], [], [], 10)
            assert ready, f"the terminal got no more than {text!r}"
            text += os.read(self._ours, 65536).decode()
        return text.removesuffix(mark)

    def close(self):
        self.file.close()
        os.close(self._ours)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    yield terminal
    terminal.close()


def test_a_terminal_gets_one_live_line_that_is_gone_at_the_end(terminal, monkeypatch):
    monkeypatch.setattr("harness.cli.progress._LEAST_PAUSE", 0)
    monkeypatch.setattr(sys, "stderr", terminal.file)
    perform(Shown())
    text = terminal.read()
    assert "\n" not in text
    looks = text.split("\r\x1b[K")
    assert looks[1].startswith("full-queue    0.0 s  making the lab")
    assert any("step 2 of 2: wait" in look for look in looks)
    assert all(len(look) < 40 for look in looks)
    assert looks[-1] == ""


def test_what_is_worth_a_line_stays_above_the_live_one(terminal, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal.file)
    shown = Shown()
    shown.begin(PLAN, "docker")
    shown.say("building the image")
    assert "\r\x1b[Kbuilding the image\r\n" in terminal.read()
