"""Several runs at once, on real labs."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from harness.errors import SpecError, UnknownName
from harness.result import Verdict
from harness.runtime.events import Sampled, Stepped
from harness.session.many import run_all
from harness.session.prepare import Request

pytestmark = pytest.mark.netns


def request(name, **more):
    return Request(name, lab="netns", out=Path("runs"), **more)


def steps(several, name):
    """The moments of a run's first and last step."""
    moments = [event.mono for event in several.events[name] if isinstance(event, Stepped)]
    return min(moments), max(moments)


def test_waiting_overlaps_and_results_keep_the_order_asked_for(write, several):
    names = [write("short"), write("long", seconds=1.5), write("middle", seconds=0.8)]
    outcomes = run_all([request(name) for name in names], several)
    assert [outcome.result.experiment for outcome in outcomes] == ["short", "long", "middle"]
    assert [outcome.result.verdict for outcome in outcomes] == [Verdict.PASS] * 3
    assert several.expected == names
    assert next(iter(several.events)) == "long"  # the longest is started first
    began = {name: steps(several, name) for name in names}
    assert max(first for first, _ in began.values()) < began["long"][1]
    assert {name for name, _, _ in several.outcomes} == set(names)


def test_one_worker_takes_them_one_after_another(write, several):
    names = [write("one", seconds=0.2), write("two", seconds=0.3)]
    run_all([request(name) for name in names], several, workers=1)
    (first, first_end), (second, _) = sorted(steps(several, name) for name in names)
    assert first < first_end < second


def test_one_that_fails_does_not_stop_the_others(here, write, several):
    write("good")
    write("wrong", expected=2)
    (here / "experiments" / "broken.yaml").write_text("experiment: broken\nstepps: []\n")
    names = ["wrong", "broken", "absent", "good"]
    wrong, broken, absent, good = run_all([request(name) for name in names], several)
    assert wrong.result.verdict is Verdict.FAIL
    assert "expected 2, measured 1" in wrong.result.reason
    assert isinstance(broken.error, SpecError)
    assert "broken.yaml:2:1" in broken.result.reason
    assert isinstance(absent.error, UnknownName)
    assert good.result.verdict is Verdict.PASS
    assert ("broken", Verdict.ERROR, broken.result.reason) in several.outcomes


def test_a_lab_that_dies_does_not_stop_the_others(write, several, children):
    names = [write("victim", seconds=5), write("other", seconds=0.5)]
    before = children()

    def kill(name, event):
        if name == "victim" and isinstance(event, Stepped) and event.step == 4:
            # The victim is the longer one, so its box was the first.
            os.kill(min(children() - before), signal.SIGKILL)

    several.on_event = kill
    victim, other = run_all([request(name) for name in names], several)
    assert victim.result.verdict is Verdict.ERROR
    assert "the box ended with status" in victim.result.reason
    assert other.result.verdict is Verdict.PASS
    assert children() == before


def test_no_place_for_a_run_folder_is_that_runs_error(here, write, several):
    (here / "taken").write_text("a file")
    requests = [request(write("good")), Request(write("homeless"), lab="netns", out=Path("taken"))]
    good, homeless = run_all(requests, several)
    assert good.result.verdict is Verdict.PASS
    assert homeless.result.verdict is Verdict.ERROR
    assert "taken" in homeless.result.reason


def test_an_interrupt_takes_every_lab_down(here, write, several, children):
    names = [write("one", seconds=20), write("two", seconds=20)]
    before = children()
    waiting = set()

    def interrupt(name, event):
        if isinstance(event, Stepped) and event.step == 4:
            waiting.add(name)
            if len(waiting) == 2:
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    several.on_event = interrupt
    with pytest.raises(KeyboardInterrupt):
        run_all([request(name) for name in names], several)
    assert children() == before
    assert not [thread for thread in threading.enumerate() if thread.name in names]
    folders = [path for path in (here / "runs").iterdir() if path.is_dir()]
    assert len(folders) == 2
    assert all((folder / "INCOMPLETE").exists() for folder in folders)


def test_a_busy_machine_gets_a_second_chance(write, several, descendants):
    name = write("queue", seconds=1.5)
    path = Path("experiments/queue.yaml")
    text = path.read_text().replace("findings:\n", "findings:\n  peak: {queue: door, take: peak}\n")
    path.write_text(text + "  peak: 1\n")
    held_up = []

    def hold_up(_name, event):
        waiting = any(isinstance(each, Stepped) and each.step == 4 for each in several.events[name])
        if waiting and not held_up and isinstance(event, Sampled) and not event.asked and event.host == "server":
            held_up.append(descendants()["obser:server"])
            os.kill(held_up[0], signal.SIGSTOP)
            threading.Event().wait(0.3)  # its sampler is due in this time
            os.kill(held_up[0], signal.SIGCONT)

    several.on_event = hold_up
    (outcome,) = run_all([request(name)], several, again=True)
    assert outcome.result.verdict is Verdict.PASS
    assert [verdict for _, verdict, _ in several.outcomes] == [Verdict.UNKNOWN, Verdict.PASS]
    assert any("once more: queue" in text for text in several.said)
