from dataclasses import dataclass

import pytest

from harness import judge
from harness.model import NoModel
from harness.report.prediction import expected_rows, reasons, render
from harness.report.text import Style, columns
from harness.result import HostFacts
from harness.session.prepare import Request, plan_for

PLAIN = Style(colours=False)
BEFORE_6_5 = {
    "net.core.somaxconn": "4096",
    "net.ipv4.tcp_syn_retries": "6",
    "net.ipv4.tcp_syn_linear_timeouts": None,
    "net.ipv4.tcp_syncookies": "1",
}
"""A kernel's settings before tcp_syn_linear_timeouts: SYNs at 0, 1, 3, 7 s ... (net/ipv4/tcp_timer.c)."""


@dataclass
class Prediction:
    plan: object
    criteria: object
    expected: object
    kernel: str = "6.1.0"
    fresh: bool = True
    seconds: float | None = 7.0


@pytest.fixture
def predict():
    """What is expected of backlog-overflow on a kernel 6.1, with these parameters."""

    def predict(stack="linux", **settings):
        plan, criteria = plan_for(Request("backlog-overflow", settings=settings), "host")
        facts = {host.name: HostFacts("host", stack, "6.1.0", 250) for host in plan.hosts}
        known = {host.name: BEFORE_6_5 for host in plan.hosts}
        return Prediction(plan, criteria, judge.predict(plan, criteria, facts, known))

    return predict


def test_each_finding_with_its_unit(predict):
    rows = dict(expected_rows(predict()))
    assert rows["connected"] == "6"
    assert rows["overflow_error"] == "ETIMEDOUT"
    assert rows["syn_times"] == "0, 1, 3 s"
    assert rows["overflow_seconds"].endswith(" s")
    assert rows["listen_overflows"] == "12"


def test_no_error_is_promised_where_nobody_is_refused(predict):
    rows = dict(expected_rows(predict(clients="4")))
    assert rows["overflow_error"] == rows["overflow_seconds"] == rows["syn_times"] == "nothing"
    assert rows["answers_to_overflow"] == rows["listen_overflows"] == "0"
    assert rows["connected"] == "4"


def test_what_has_no_rule_says_so(predict):
    made = predict()
    made.expected["connected"] = NoModel("nobody knows")
    assert dict(expected_rows(made))["connected"] == "no rule: nobody knows"


def test_rules_are_said_once(predict):
    said = reasons(predict())
    assert len(said) == len(set(said)) == 3
    assert sum("min(backlog 5" in rule for rule in said) == 1


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100])
def test_it_fits_its_width_and_runs_nothing(predict, width):
    lines = render(predict(), width, PLAIN).splitlines()
    assert all(columns(line) <= max(40, width) for line in lines)
    text = " ".join(" ".join(lines).split())
    assert text.startswith("Linux 6.1.0, a newly made host's settings; nothing was run Would backlog-overflow: ")
    assert "Set client: net.ipv4.tcp_syn_retries=2" in text
    assert "at most 7.0 s" in text


def test_settings_not_of_a_new_host_are_named_as_such(predict):
    made = predict()
    made.fresh, made.seconds = False, 0.0
    text = render(made, 100, PLAIN)
    assert "this machine's own settings" in text
    assert "Takes" not in text
