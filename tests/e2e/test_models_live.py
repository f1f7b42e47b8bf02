"""The models against the kernel, for settings that nobody tuned them to: measured beside expected."""

import itertools

import pytest

from harness.result import Verdict
from harness.session.many import run_all
from harness.session.prepare import Request
from harness.session.progress import SilentSeveral

pytestmark = pytest.mark.netns


WORKERS = 8
TRIES = 3


def outcomes(out, experiment, settings, limit):
    """Each setting's result; where the tool says that the machine was too busy to tell, it is asked again."""
    found = {}
    for _ in range(TRIES):
        wanted = [each for each in settings if found.get(key(each), unknown).verdict is Verdict.UNKNOWN]
        requests = [
            Request(experiment, lab="netns", mode="quick", settings=each, limit=limit, out=out) for each in wanted
        ]
        for each, outcome in zip(wanted, run_all(requests, SilentSeveral(), WORKERS), strict=True):
            found[key(each)] = outcome.result
    return [(each, found[key(each)]) for each in settings]


def key(settings):
    return tuple(settings.items())


class unknown:  # noqa: N801 (stands for a result that is not there yet)
    verdict = Verdict.UNKNOWN


def judged(result):
    return {name: finding.verdict for name, finding in result.findings.items() if finding.verdict}


def explained(result):
    return {name: (finding.value, finding.expected) for name, finding in result.findings.items()}


def test_connect_timeout_for_every_schedule(tmp_path):
    """Retries and linear timeouts together decide how many SYNs there are, and which of two rules ends them."""
    settings = [
        {"syn_retries": str(retries), "linear_timeouts": str(linear)}
        for retries, linear in itertools.product(range(1, 5), range(7))
    ]
    for each, result in outcomes(tmp_path, "connect-timeout", settings, limit=60):
        assert result.verdict is Verdict.PASS, (each, result.reason, explained(result))
        timed = ("connect_seconds", "syn_times")
        assert [judged(result).get(name) for name in timed] == [Verdict.PASS] * 2, each


def test_backlog_overflow_for_every_backlog_and_somaxconn(tmp_path):
    settings = [
        {"backlog": str(backlog), "somaxconn": str(somaxconn), "clients": "140", "syn_retries": "1"}
        for backlog, somaxconn in itertools.product((0, 1, 5, 128), (1, 4, 100, 4096))
    ]
    for each, result in outcomes(tmp_path, "backlog-overflow", settings, limit=30):
        limit = min(int(each["backlog"]), int(each["somaxconn"]))
        assert result.verdict is Verdict.PASS, (each, result.reason, explained(result))
        assert result.findings["accept_queue_limit"].value == limit, each
        assert result.findings["connected"].value == limit + 1, each


def test_backlog_max_under_a_small_somaxconn(tmp_path):
    settings = [{"somaxconn": str(somaxconn)} for somaxconn in (1, 7, 128)]
    for each, result in outcomes(tmp_path, "backlog-max", settings, limit=30):
        assert result.verdict is Verdict.PASS, (each, result.reason, explained(result))
        assert result.findings["limit_of_100000"].value == int(each["somaxconn"])
