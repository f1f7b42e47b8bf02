"""What must be in the page: every run, finding, verdict and reference, and where its evidence lies."""

from dataclasses import replace

import pytest

from harness.evidence.folder import RunFolder
from harness.report.again import again
from harness.report.html import Recorded, recorded, render
from harness.report.values import measured
from harness.result import ClaimResult, HostFacts, Verdict
from harness.session.compare import compare

pytestmark = pytest.mark.browser

ROWS = """table => [...table.querySelectorAll("tbody tr")].map(
    row => [...row.querySelectorAll("th, td")].map(cell => cell.textContent))"""
SIGNS = {"pass": "✓", "fail": "✗", "unknown": "?", "skip": "–", "error": "!"}
RUN = "#run-1-backlog-overflow"


def rows(shown, selector):
    """The texts of a table's body, row by row."""
    return shown.page.locator(selector).first.evaluate(ROWS)


def sign(verdict):
    return f"{SIGNS[verdict]}{verdict}"


def test_every_finding_is_there_with_its_values_and_verdict(opened, alone, stored):
    run = RunFolder.open(stored).result
    with opened(alone) as shown:
        found = rows(shown, f"{RUN} .findings")[::2]
    assert [(row[0], row[1], row[3]) for row in found] == [
        (name, measured(finding), sign(finding.verdict)) for name, finding in run.findings.items()
    ]
    expected = {row[0]: row[2] for row in found}
    assert expected["overflow_seconds"] == "7.00 to 7.29 s"
    assert expected["accept_queue_peak"] == "6 (same as connected)"


def test_each_finding_has_its_rule_formula_witnesses_and_evidence(opened, alone):
    with opened(alone) as shown:
        found = rows(shown, f"{RUN} .findings")
    told = {first[0]: second[0] for first, second in zip(found[::2], found[1::2], strict=True)}
    assert "min(backlog 5, net.core.somaxconn 4096) + 1 = 6 connections fit" in told["connected"]
    assert "formulamin(clients, min(backlog, net.core.somaxconn) + 1)" in told["connected"]
    assert "sourceinclude/net/sock.h, sk_acceptq_is_full" in told["connected"]
    assert "socket table6" in told["connected"]
    assert "calls on client: lines 217–222 of events.jsonl" in told["connected"]
    assert "counters on server: TcpExt.ListenOverflows" in told["listen_overflows"]
    assert "of client.pcap" in told["syn_times"]


def test_a_run_is_told_whole(opened, alone, stored):
    folder = RunFolder.open(stored)
    with opened(alone) as shown:
        shown.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        text = shown.page.inner_text("main")
        counters = {row[0]: row[1:] for row in rows(shown, f"{RUN} .numbers:has-text('TcpExt')")}
        facts = {row[0]: row[1:] for row in rows(shown, f"{RUN} .facts")}
        command = shown.page.inner_text(f"{RUN} .command")
    assert folder.criteria.question in text
    assert all(note in text for note in folder.result.notes)
    assert all(line in text for line in folder.result.yours)
    assert counters["TcpExt.ListenOverflows"] == ["+24", ""]
    assert counters["Tcp.RetransSegs"] == ["", "+20"]
    assert facts["kernel"] == ["6.18.44-fc-v669"] * 2
    assert facts["HZ"] == ["250", "250"]
    assert facts["set for this run"] == ["nothing", "net.ipv4.tcp_syn_retries=2 "]
    assert command == again(folder.result, folder.plan)
    assert "net.ipv4.tcp_fin_timeout" in text


def test_every_claim_stands_under_its_reference(opened, alone, stored):
    claims = RunFolder.open(stored).result.claims
    with opened(alone) as shown:
        found = rows(shown, f"{RUN} .claims")
    heads = [row[0] for row in found if len(row) == 1]
    assert sorted(heads) == sorted(claims)
    assert heads[0] == "article-macos"
    said = [row for row in found if len(row) > 1]
    assert len(said) == sum(map(len, claims.values()))
    assert any(row[0].startswith("listen(5) holds 8 connections, by the 3/2 rule") for row in said)
    assert {row[2] for row in said} == {"✓holds", "≠differs"}


def test_each_course_of_connections_is_drawn_once_with_its_count(opened, alone):
    with opened(alone) as shown:
        heads = shown.page.locator(f"{RUN} .ladder .sub").all_inner_texts()
        texts = [each.text_content() for each in shown.page.locator(f"{RUN} .ladder pre").all()]
        names = shown.page.locator("svg[role=img]").evaluate_all(
            "each => each.map(one => one.getAttribute('aria-labelledby').split(' ').map("
            "name => document.getElementById(name).textContent))"
        )
    assert heads == [
        "visitor[6] of 10, one of 4 that went alike: connect() ETIMEDOUT",
        "visitor[0] of 10, one of 6 that went alike: connect() ok",
    ]
    assert "no answer" in texts[0]
    assert all(title and description for title, description in names)


def test_the_drawing_shows_what_the_packets_did(opened, alone):
    with opened(alone) as shown:
        first = shown.page.locator(f"{RUN} .ladder svg.wide").first
        labels = first.locator("text.packet").all_text_contents()
        waits = first.locator("text.wait").all_text_contents()
        assert labels == ["SYN", *(f"SYN ({nth})" for nth in ("2nd", "3rd", "4th", "5th", "6th"))]
        assert waits == ["1.02 s later"] * 5 + ["2.02 s later"]
        assert first.locator("circle.silent").count() == 6
        assert first.locator("line.tie").count() == 5
        assert first.locator("text.state").all_text_contents() == ["LISTEN", "SYN_SENT", "gone"]
        assert "queue 6/5, full" in first.locator("text.queue").all_text_contents()


@pytest.mark.netns
def test_several_runs_begin_with_their_verdicts(opened, several, runs):
    with opened(several) as shown:
        found = rows(shown, ".matrix")
        links = shown.page.locator(".matrix a:has(.verdict)").evaluate_all(
            "each => each.map(one => one.getAttribute('href'))"
        )
        heads = [shown.page.locator(link).first.inner_text() for link in links]
    experiments = [RunFolder.open(folder).result.experiment for folder in runs]
    assert [row[0] for row in found] == experiments
    assert len(links) == len(runs) + 1
    assert all(any(name in head for name in experiments) for head in heads)
    assert [row[-1] for row in found if row[0] != "backlog-overflow"] == ["–"] * (len(runs) - 1)
    assert [row[-1] for row in found if row[0] == "backlog-overflow"] != ["–"]


@pytest.mark.netns
def test_one_experiment_run_twice_is_compared_first(opened, several):
    with opened(several) as shown:
        text = shown.page.inner_text(".comparison")
        heads = shown.page.locator(".compared thead th").all_inner_texts()
        order = shown.page.evaluate(
            "document.querySelector('.comparison').compareDocumentPosition(document.querySelector('.run'))"
        )
    assert order & 4  # DOCUMENT_POSITION_FOLLOWING: the runs come after it
    assert "Linux" in heads[1]
    assert "same kernel as" in heads[2]
    assert {"freebsd\nclaims", "gvisor\nclaims", "xnu\nclaims", "article-macos\nclaims"} <= set(heads)
    assert "Same kernel" in text


def test_differences_between_kernels_are_marked_in_words(opened, make_run, finding):
    old = {"server": HostFacts("linux-6.1", "linux", "6.1.0", 250)}
    new = {"server": HostFacts("linux-6.12", "linux", "6.12.0", 250)}

    def seen(value):
        return finding(value, witnesses={"calls": value})

    claims = {"xnu": {"connected": ClaimResult(5, agrees=False, says="5", place="uipc_socket2.c")}}
    left = make_run(image="linux-6.1", hosts=old, findings={"connected": seen(6), "resets": seen(0)}, folder=None)
    right = make_run(
        image="linux-6.12",
        hosts=new,
        findings={"connected": seen(7), "resets": seen(0)},
        claims=claims,
        folder=None,
    )
    text = render([Recorded(left), Recorded(right)], compare([left, right]))
    with opened(text) as shown:
        found = rows(shown, ".compared")
        heads = shown.page.locator(".compared thead th").all_inner_texts()
        assert shown.page.locator("tr.apart").count() == 1
    assert heads[:3] == ["finding", "linux-6.1\nLinux 6.1.0", "linux-6.12\nLinux 6.12.0"]
    assert found == [
        ["connected≠ differs", "6expected 6", "≠ 7expected 7", "", "5"],
        ["resets", "0", "0", "0", ""],
    ]


def test_what_differs_between_kernels_is_told_in_words_over_all_experiments(opened, make_run, finding):
    def run(experiment, kernel, value):
        hosts = {"server": HostFacts(f"linux-{kernel}", "linux", kernel, 250)}
        found = {"connected": finding(value, witnesses={"calls": value})}
        return make_run(
            experiment=experiment, image=f"linux-{kernel}", kernel=kernel, hosts=hosts, findings=found, folder=None
        )

    runs = [
        run(name, kernel, value)
        for name, values in (("first", (6, 7)), ("second", (1, 1)))
        for kernel, value in zip(("6.1.0", "6.12.0"), values, strict=True)
    ]
    with opened(render([Recorded(each) for each in runs], compare(runs))) as shown:
        text = shown.page.inner_text("#differences")
        found = rows(shown, ".matrix")
    assert "6.1.0 ≠ 6.12.0" in text
    assert "connected of first: 6 on 6.1.0; 7 on 6.12.0" in text
    assert "second" not in text
    assert [(row[0], row[-1]) for row in found] == [("first", "≠ 1 of 1 differ"), ("second", "alike")]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_is_seen_with_its_sign_word_and_reason(opened, make_run, finding, verdict):
    run = make_run(
        verdict=verdict.value,
        reason="the observer of server ended early",
        doubts=("the sampler woke 12 ms late",),
        findings={"connected": finding(6, verdict.value, reason="it was not seen")},
    )
    with opened(render([Recorded(run)])) as shown:
        text = shown.page.inner_text("main")
        assert shown.page.locator("h1 .verdict").inner_text().split() == [SIGNS[verdict], verdict.value]
        assert shown.page.locator(".findings .verdict").inner_text().split() == [SIGNS[verdict], verdict.value]
        box = shown.page.locator(".findings .verdict").bounding_box()
    assert 0 < box["x"] < 1280
    assert "the sampler woke 12 ms late" in text
    assert ("the observer of server ended early" in text) is (verdict is not Verdict.PASS)


def test_a_run_that_could_not_be_made_is_a_page_too(opened, make_run):
    run = make_run("error", hosts={}, findings={}, packets={}, folder=None, reason="no such image", image=None)
    with opened(render([Recorded(run)])) as shown:
        text = shown.page.inner_text("main")
    assert "no such image" in text
    assert "no host was seen" in text


def test_without_any_run_there_is_a_page(opened):
    with opened(render([])) as shown:
        assert shown.page.inner_text("h1").startswith("No run")


def test_a_damaged_folder_is_told_and_the_result_shown(opened, make_run, tmp_path):
    run = recorded(make_run(folder=str(tmp_path / "gone")))
    with opened(render([run])) as shown:
        text = shown.page.inner_text("main")
    assert "Evidence not shown: " in text
    assert "no such run folder" in text
    assert "connected" in text


def test_the_page_is_the_same_each_time(stored, report):
    assert report(stored) == report(stored)


def test_a_run_without_packets_or_socket_table_has_its_findings(opened, stored):
    whole = recorded(replace(RunFolder.open(stored).result, folder=str(stored)))
    bare = replace(whole.evidence, captures={}, flows={}, sockets={}, queues={}, counters={}, clocks={})
    with opened(render([replace(whole, evidence=bare)])) as shown:
        text = shown.page.inner_text("main")
        assert shown.page.locator(f"{RUN} .ladder").count() == 2
        assert shown.page.locator(f"{RUN} .plot").count() == 1  # the residuals stand in the result
    assert "No packets were captured." in text
    assert "overflow_seconds" in text
