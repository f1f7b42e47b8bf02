import pytest

from harness.report.html.findings import findings
from harness.result import EvidenceItem


@pytest.mark.parametrize(
    ("source", "items", "said"),
    [
        ("packets", [1, 2, 3, 7, 9, 10], "packets on client: frames 1–3, 7, 9–10 of client.pcap"),
        ("calls", [[4, 9], [12, 12]], "calls on client: lines 4–9, 12 of events.jsonl"),
        ("socket table", [5], "socket table on client: lines 5 of events.jsonl"),
        ("counters", ["TcpExt.ListenDrops"], "counters on client: TcpExt.ListenDrops"),
        ("packets", list(range(1, 61, 3)), "31, 34 and 8 more places of client.pcap"),
    ],
)
def test_evidence_is_told_by_its_place_in_the_run_folder(make_run, finding, source, items, said):
    evidence = (EvidenceItem(source, "client", items),)
    run = make_run(findings={"some": finding(1, evidence=evidence, witnesses={source: 1})})
    assert said in str(findings(run))


def test_inputs_bounds_and_spread_are_told(make_run, finding):
    found = finding(
        1.5,
        unit="s",
        expected={"nominal": 1.0, "at_least": 1.0, "at_most": 2.0},
        expected_text="1.00 to 2.00",
        spread=[1.25, 1.5],
        members=4,
        because="a rule",
        inputs={"net.core.somaxconn": 4096},
    )
    text = str(findings(make_run(findings={"some": found})))
    for said in ("1.25 to 1.5 s ×4", "1.00 to 2.00 s", "net.core.somaxconn = 4096", "<dd>1 to 2</dd>", "of 4"):
        assert said in text


def test_a_finding_that_nobody_saw_unfolds_nothing(make_run, finding):
    text = str(findings(make_run(findings={"some": finding(None, None, expected=None, expected_text="")})))
    assert "<details" not in text
    assert "no expectation" in text
