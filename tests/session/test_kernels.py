"""Kernels that really differ, compared, and why they do: real guests in virtual time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.result import Verdict
from harness.session.article import articles
from harness.session.cause import Word
from harness.session.compare_json import comparisons_json
from harness.session.many import run_all
from harness.session.matrix import common_mode, compare_images
from harness.session.prepare import Request

pytestmark = [pytest.mark.vm, pytest.mark.timeout(600)]

OLD, NEW = "linux-6.1", "linux-6.12"
LINEAR = "net.ipv4.tcp_syn_linear_timeouts"


def requests(*experiments, out, **more):
    return [Request(name, image=image, out=out, **more) for name in experiments for image in (OLD, NEW)]


def test_the_setting_that_makes_two_kernels_differ_is_found_and_proven(tmp_path, several, published):
    """6.5 brought tcp_syn_linear_timeouts = 4 (ccce324dabfe); with 0 a client sends its seven SYNs as before."""
    made = compare_images(requests("backlog-overflow", "bound-not-listening", out=tmp_path), several)
    overflow, bound = made.comparisons
    assert {column.result.mode for each in made.comparisons for column in each.columns} == {"full"}
    assert {outcome.result.verdict for outcome in made.outcomes} == {Verdict.PASS}
    (cause,) = overflow.causes
    assert (cause.word, cause.by, cause.together) == (Word.CONFIRMED, (LINEAR,), False)
    assert set(cause.split.findings) == {"overflow_seconds", "syn_times", "listen_overflows", "listen_drops"}
    (trial,) = cause.trials
    assert trial.sysctls == {"client": {LINEAR: "0"}}
    assert len(trial.result.findings["syn_times"].value) == 7
    assert (Path(trial.result.folder) / "events.jsonl").exists()
    # Linux shows bound sockets from 6.8 on, whatever its settings.
    (code,) = bound.causes
    assert (code.word, code.split.findings, code.trials) == (Word.NO_SUSPECT, ("server_own_rows",), ())
    assert ">=6.8" in code.reason
    compared = json.loads(json.dumps(comparisons_json(made.comparisons)))
    published({"schema": 1, "verdict": "pass", "runs": [], "comparisons": compared})


def test_real_time_comes_first_and_alone(tmp_path, several):
    """A guest keeps a processor busy: none has begun while timers go by this machine's clock."""
    asked = [Request("backlog-overflow", image=image, out=tmp_path, mode="quick") for image in (OLD, "host")]
    guest, here = run_all(asked, several)
    names = ["backlog-overflow on host", f"backlog-overflow on {OLD}"]
    assert [name for name, _, _ in several.outcomes] == names
    assert list(several.events) == names
    assert (guest.result.clock, here.result.clock) == ("virtual", "real")


def test_one_set_of_parameters_is_full_only_where_waiting_costs_nothing_anywhere(tmp_path):
    guests = requests("backlog-overflow", out=tmp_path)
    here = Request("backlog-overflow", image="host")
    assert common_mode(guests) == "full"
    assert common_mode([*guests, here]) == "quick"
    assert common_mode([replace(each, clock="real") for each in guests]) == "quick"
    assert common_mode([replace(each, mode="full") for each in (*guests, here)]) == "full"


def test_the_article_on_two_kernels_is_asked_alike(tmp_path, several):
    old, new = articles([Request("", image=image, out=tmp_path) for image in (OLD, NEW)], several)
    said = [{each.says: each.agrees for each in done.statements} for done in (old, new)]
    assert [says for says in said[0] if said[0][says] != said[1][says]] == [
        "netstat shows one row of the bound socket, state CLOSED"
    ]
