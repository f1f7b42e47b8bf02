import pytest

from harness import spec
from harness.errors import UsageError
from harness.session.prepare import Request, plan_for
from harness.session.standing import KERNEL_WARNINGS, with_console

NAMED = """\
experiment: named
title: A finding with a name that is taken
question: Is that said?
limit: 5
hosts: {server: {}}
steps:
  - server: {listen: door, port: 8000, backlog: 5}
findings: {kernel_warnings: {queue: door, take: limit}}
expect: {kernel_warnings: 5}
"""


def test_a_guests_criteria_expect_a_quiet_console():
    _, criteria = plan_for(Request("connect-timeout"), "linux-6.1")
    more = with_console(criteria)
    assert [finding.name for finding in more.findings] == [*spec.load("connect-timeout").findings, KERNEL_WARNINGS]
    assert more.expectations[KERNEL_WARNINGS].value == 0
    assert type(more).from_json(more.to_json()) == more


def test_no_experiment_may_take_its_name(tmp_path):
    file = tmp_path / "named.yaml"
    file.write_text(NAMED)
    _, criteria = plan_for(Request(str(file)), "linux-6.1")
    with pytest.raises(UsageError, match="may not be called kernel_warnings"):
        with_console(criteria)
