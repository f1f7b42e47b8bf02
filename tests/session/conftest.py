from __future__ import annotations

import threading
from pathlib import Path

import pytest

from harness.result import RunResult, Verdict
from harness.session.progress import Silent

QUIET = """\
experiment: {name}
title: A short wait
question: Does anything happen?
limit: {limit}
hosts: {{server: {{}}, client: {{}}}}
steps:
  - server: {{listen: door, port: 8000, backlog: 5}}
  - client: {{connect: visitor, to: door}}
  - wait: {{until: settled, of: visitor}}
  - wait: {{for: {seconds}}}
findings:
  connected: {{calls: connect, of: visitor, that: ok, take: count}}
expect:
  connected: {expected}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder, made the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(here):
    """Write an experiment that connects once and waits; its name."""

    def write(name, *, seconds=0.1, expected=1, limit=30):
        folder = here / "experiments"
        folder.mkdir(exist_ok=True)
        text = QUIET.format(name=name, seconds=seconds, expected=expected, limit=limit)
        (folder / f"{name}.yaml").write_text(text)
        return name

    return write


class Heard(Silent):
    """Keeps what it is told, and may act on an event."""

    def __init__(self, name, several):
        self._name = name
        self._several = several

    def event(self, event):
        self._several.events.setdefault(self._name, []).append(event)
        self._several.on_event(self._name, event)


class Several:
    """Keeps what several runs tell."""

    def __init__(self):
        self.said, self.expected, self.outcomes, self.events = [], [], [], {}
        self.lock = threading.Lock()
        self.on_event = lambda _name, _event: None

    def say(self, text):
        self.said.append(text)

    def expect(self, names):
        self.expected.extend(names)

    def of(self, name):
        return Heard(name, self)

    def ended(self, name, verdict, reason):
        with self.lock:
            self.outcomes.append((name, verdict, reason))


@pytest.fixture
def several():
    return Several()


@pytest.fixture
def result():
    """Make a result."""

    def make(**more):
        values = {
            "experiment": "backlog-overflow",
            "title": "More clients than the accept queue can hold",
            "lab": "netns",
            "via": None,
            "clock": "real",
            "family": 4,
            "mode": "quick",
            "parameters": {},
            "image": "host",
            "kernel": "6.12.57",
            "hosts": {},
            "verdict": Verdict.PASS,
            "reason": None,
            "seconds": {"wall": 1.2, "experiment": 1.0},
            "folder": None,
        }
        return RunResult(**{**values, **more})

    return make


def _children(pid):
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {int(each) for task in tasks for each in (task / "children").read_text().split()}


@pytest.fixture
def children():
    """The process ids of a process' children; of this one by default."""
    return lambda pid="self": _children(pid)


@pytest.fixture
def descendants():
    """The process ids below this one, by the processes' names."""

    def walk(pid):
        for child in _children(pid):
            yield (Path(f"/proc/{child}/comm").read_text().strip(), child)
            yield from walk(child)

    return lambda: dict(walk("self"))
