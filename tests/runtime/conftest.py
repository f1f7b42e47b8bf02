"""Plans performed in real boxes, and functions run inside a namespace of their own."""

import os
import pickle
import signal
import traceback
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from harness.lab import kept
from harness.lab.interface import Order
from harness.lab.netns import Netns
from harness.runtime import box
from harness.runtime.events import Call, Stepped
from harness.runtime.plan import Host, Plan, Step


class Seen(list):
    """The events of one performance."""

    def of(self, kind, **fields):
        """The events of a kind whose fields have these values."""
        return [
            event
            for event in self
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items())
        ]

    def calls(self, label, verb=None):
        """A label's calls, in the order of their indexes."""
        found = [call for call in self.of(Call, label=label) if verb in (None, call.verb)]
        return sorted(found, key=lambda call: call.index)

    def call(self, label, verb=None):
        """A label's only call."""
        (call,) = self.calls(label, verb)
        return call


def step_of(number, text):
    """A step from its form in experiment files: ``{HOST: {VERB: LABEL, ARGUMENT: VALUE, ...}}``."""
    ((host, words),) = text.items()
    words = {"on" if key is True else key: value for key, value in words.items()}  # YAML 1.1 reads `on` as true
    if host == "wait":
        within = words.pop("within", None)
        return Step(number, None, "wait", None, words, within)
    verb = next(iter(words))
    return Step(number, host, verb, words.pop(verb), words)


def plan_of(*steps, hosts=("server", "client"), sysctls=None, family=4, limit=10):
    """A plan whose steps are written as in an experiment file, each in one line."""
    text = "\n".join(line.strip() for part in steps for line in part.splitlines())
    return Plan(
        experiment="test",
        parameters={},
        mode="quick",
        family=family,
        hosts=tuple(Host(name, "host", (sysctls or {}).get(name, {})) for name in hosts),
        steps=tuple(step_of(number, text) for number, text in enumerate(yaml.safe_load(text) or [], 1)),
        needs=(),
        limit=limit,
    )


def perform_plan(*steps, on_event=None, **more):
    """Perform steps in a real box; ``on_event`` hears of each event as it comes."""
    seen = Seen()
    with closing(Netns().perform(Order("test", plan_of(*steps, **more), {}))) as events:
        for event in events:
            seen.append(event)
            if on_event is not None:
                on_event(event)
    return seen


@pytest.fixture
def perform():
    return perform_plan


@pytest.fixture
def make_plan():
    return plan_of


def run_inside(function):
    """What a function gives in a process with namespaces of its own (the first in its pid namespace)."""
    read, write = os.pipe()
    outer = os.fork()
    if outer == 0:
        status = 1
        try:
            box.leave()
            inner = os.fork()
            if inner == 0:
                answer(function, write)
            status = os.waitpid(inner, 0)[1]
        finally:
            os._exit(1 if status else 0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        data = file.read()
    os.waitpid(outer, 0)
    worked, value = pickle.loads(data)  # noqa: S301 (written by this very program)
    if not worked:
        pytest.fail(value)
    return value


def answer(function, descriptor):
    """Call the function and write what it gives, or its traceback; then end this process."""
    try:
        value = (True, function())
    except BaseException:  # noqa: BLE001 (whatever it was, the test must say so)
        value = (False, traceback.format_exc())
    with os.fdopen(descriptor, "wb") as file:
        pickle.dump(value, file)
    os._exit(0)


@pytest.fixture
def inside():
    return run_inside


def process_of(name):
    """The process id, as this machine numbers it, of the process of that name among our children's children."""
    ours = [os.getpid()]
    for pid in ours:
        children = (int(path.name) for path in kept._processes() if kept._parent(path) == pid)
        ours.extend(child for child in children if child not in ours)
    (found,) = (pid for pid in ours if Path(f"/proc/{pid}/comm").read_text().strip() == name)
    return found


@pytest.fixture
def killer():
    """Makes an ``on_event`` that kills a host's process (by its name: ``agent:server``) when a step has begun."""

    def make(name, step):
        def kill(event):
            if isinstance(event, Stepped) and (event.step, event.phase) == (step, "begun"):
                os.kill(process_of(name), signal.SIGKILL)

        return kill

    return make
