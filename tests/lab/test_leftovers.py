"""What a killed run leaves on the engine goes with the next; what belongs to a live run never does."""

import json
import os
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from harness.lab.docker import Docker, leftovers
from harness.lab.interface import Order
from harness.lab.kept import start_time
from harness.runtime.events import Stepped

pytestmark = pytest.mark.docker

PERFORM = """
import json, sys
from contextlib import closing
from harness.lab.docker import Docker
from harness.lab.interface import Order
from harness.lab.kept import start_time
from harness.runtime.events import Stepped
from harness.runtime.plan import Plan
run, image, keep = sys.argv[1:]
plan = Plan.loads(sys.stdin.readline())
with closing(Docker().perform(Order(run, plan, {"debian": image}, keep == "keep"))) as events:
    for event in events:
        if isinstance(event, Stepped):
            print(event.step, event.phase, flush=True)
"""

FOREVER = (None, "wait", None, {"for": 19})


class Ours:
    """The engine's API, blind to every run but those of one test: nothing of a user's is touched."""

    def __init__(self, api, *runs):
        self._api = api
        self._runs = runs

    def __getattr__(self, name):
        return getattr(self._api, name)

    def _ours(self, items):
        return [item for item in items if item["Labels"].get("harness.run") in self._runs]

    def containers(self, **how):
        return self._ours(self._api.containers(**how))

    def networks(self, **how):
        return self._ours(self._api.networks(**how))


@contextmanager
def another(api, run, plan, image, *, keep=False):
    """A run of another process's that has got as far as its last step (of a kept lab: to its end)."""
    words = [sys.executable, "-c", PERFORM, run, image, "keep" if keep else "-"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        process.stdin.write(json.dumps(plan.to_json()) + "\n")
        process.stdin.flush()
        last = f"{plan.steps[-1].number} {'done' if keep else 'begun'}\n"
        assert last in iter(process.stdout.readline, "")
        if keep:
            assert process.wait() == 0
        yield process
    finally:
        process.kill()
        process.communicate()
        leftovers.remove_run(api, run)


def test_a_killed_runs_leftovers_go_and_a_live_runs_stay(api, debian, make_plan, run_id, left):
    dead, live = run_id + "a", run_id + "b"
    ours = Ours(api, dead, live)
    with another(api, dead, make_plan(FOREVER), debian) as killed, another(api, live, make_plan(FOREVER), debian):
        assert leftovers.sweep(ours, kept=True) == []
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        assert len(left(dead)) == 5  # two containers a host, and the network
        assert leftovers.sweep(ours, kept=False) == [f"removed what run {dead} left on the engine"]
        assert (len(left(dead)), len(left(live))) == (0, 5)
        assert leftovers.sweep(ours, kept=True) == []
        assert len(left(live)) == 5


def test_the_next_run_removes_what_a_killed_one_left(api, debian, make_plan, run_id, left):
    with another(api, run_id, make_plan(FOREVER), debian) as killed:
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        with closing(Docker().perform(Order(run_id + "n", make_plan(), {"debian": debian}))) as events:
            list(events)
        assert (left(run_id), left(run_id + "n")) == ([], [])


def test_the_programs_of_a_killed_run_end_by_themselves(api, debian, make_plan, run_id):
    with another(api, run_id, make_plan(FOREVER), debian) as killed:
        containers = api.containers(filters={"label": f"harness.run={run_id}"})
        os.kill(killed.pid, signal.SIGKILL)
        for container in containers:
            api.wait(container["Id"], timeout=10)  # the engine closed their stdin with the connection


def test_a_kept_lab_stays_until_it_is_cleaned(api, debian, make_plan, run_id, left):
    with another(api, run_id, make_plan(), debian, keep=True):
        assert leftovers.sweep(Ours(api, run_id), kept=False) == []
        entry = Docker().entry(Order(run_id, make_plan(), {}, keep=True))
        command = dict(line.split(": ", 1) for line in entry)["server"].split()
        assert command[:3] == ["docker", "exec", "-it"]
        shown = subprocess.run(
            ["docker", "exec", *command[3:-1], "ss", "-ltn"], capture_output=True, text=True, check=True
        )
        assert ":8000" in shown.stdout  # the listener is still there
        assert leftovers.sweep(Ours(api, run_id), kept=True) == [f"removed what run {run_id} left on the engine"]
        assert left(run_id) == []


def labels(run, owner, kept="no"):
    return {"harness.run": run, "harness.owner": owner, "harness.kept": kept}


ELSEWHERE = "elsewhere boot-1 pid:[1] 77 1234"


def test_a_run_of_another_machine_counts_as_live_while_its_containers_run():
    assert not leftovers._dead(labels("r", ELSEWHERE), {"r"}, kept=False)
    assert leftovers._dead(labels("r", ELSEWHERE), set(), kept=False)


def test_a_network_of_another_machines_waits_a_minute_for_its_containers(api, run_id, left, monkeypatch):
    ours = Ours(api, run_id)
    api.create_network(f"harness-{run_id}", internal=True, labels=labels(run_id, ELSEWHERE))
    try:
        assert leftovers.sweep(ours, kept=True) == []
        monkeypatch.setattr(leftovers, "_YOUTH", timedelta())
        assert leftovers.sweep(ours, kept=True) == [f"removed what run {run_id} left on the engine"]
        assert left(run_id) == []
    finally:
        leftovers.remove_run(api, run_id)


def test_an_owner_is_more_than_a_process_id():
    mine = leftovers.labels("r", keep=False)
    assert not leftovers._dead(mine, set(), kept=True)
    *place, pid, start = mine["harness.owner"].split()
    reused = labels("r", " ".join([*place, pid, str(int(start) - 1)]))
    assert leftovers._dead(reused, {"r"}, kept=False)


def test_labels_that_are_not_ours_to_read_are_left_alone_while_something_runs():
    assert not leftovers._dead(labels("r", ""), {"r"}, kept=False)


def test_a_lab_is_taken_down_when_its_events_are_no_longer_wanted(api, debian, make_plan, run_id, left):  # noqa: ARG001 (the engine)
    with closing(Docker().perform(Order(run_id, make_plan(FOREVER), {"debian": debian}))) as events:
        for event in events:
            if isinstance(event, Stepped) and event.step == 2:
                break
        assert len(left(run_id)) == 5
    assert left(run_id) == []


def test_a_process_that_died_and_is_not_waited_for_is_no_owner_any_more():
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert start_time(process.pid) is None
    assert start_time(os.getpid()) is not None
