import re

import pytest

from harness import spec
from harness.report.about import render
from harness.report.text import columns
from harness.session.predict import about

NAMES = [listed.name for listed in spec.experiments()]


@pytest.fixture(scope="module")
def overflow():
    return about("backlog-overflow")


def test_it_asks_explains_predicts_and_says_how_to_run(overflow):
    text = render(overflow, 100)
    assert text.startswith("backlog-overflow: More clients than the accept queue can hold\n")
    assert "What happens to a client that arrives when the queue is full?" in text
    assert "Linux drops it without an answer" in text
    assert text.endswith("Run it: harness run backlog-overflow\n")


def test_both_modes_and_what_only_the_full_one_changes(overflow):
    quick, full = render(overflow, 100).split("With the kernel's own settings (--full) instead:")
    assert "tcp_syn_retries 2" in quick
    assert "tcp_syn_retries 6" in full.split("\n\n")[0]
    assert quick.count("min(backlog 5") == 1
    assert "min(backlog 5" not in full


def test_every_claim_is_told_with_what_is_different_here(overflow):
    text = " ".join(render(overflow, 100).split())
    for claim in overflow.criteria.claims:
        assert claim.says in text
        assert claim.differs is None or f"({claim.differs})" in text


def test_a_parameter_left_to_the_kernel_is_a_dash(overflow):
    assert re.search(r"^syn_retries +2 +–$", render(overflow, 100), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [40, 80])
def test_every_experiment_can_be_told_in_any_width(name, width):
    text = render(about(name), width)
    for line in text.splitlines():
        assert columns(line) <= width or " " not in line.strip()
