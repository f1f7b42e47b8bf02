import re
from pathlib import Path

import pytest

from harness.report.terminal import render
from harness.report.text import Style, columns
from harness.result import ClaimResult, HostFacts, RunResult, Verdict

PLAIN = Style(colours=False)
WIDTHS = [40, 50, 59, 60, 80, 100, 200]
STORED = next((Path(__file__).parents[1] / "data").glob("*-backlog-overflow-*"))


@pytest.fixture
def stored():
    """The result of a real run."""
    from harness.evidence.folder import RunFolder  # noqa: PLC0415 (only this fixture reads a folder)

    return RunFolder.open(STORED).result


def lines(run, width=100):
    return render(run, width, PLAIN).splitlines()


def line_of(run, begin, width=100):
    return next(line for line in lines(run, width) if line.startswith(begin))


def test_the_kernel_comes_first(make_run):
    assert lines(make_run())[0] == "Linux 6.1.0 (image debian), netns lab, IPv4"


def test_hosts_on_different_kernels_are_both_named(make_run):
    hosts = {"server": HostFacts("debian", "linux", "6.1.0"), "client": HostFacts("gvisor", "gvisor", "4.4.0")}
    head = lines(make_run(hosts=hosts, clock="virtual", via="qemu", lab="vm", family=6), 120)[0]
    assert head == (
        "Linux 6.1.0 (image debian) and gVisor as Linux 4.4.0 (image gvisor), vm lab via qemu, IPv6, virtual time"
    )


def test_what_was_done_and_with_what(make_run):
    run = make_run()
    assert line_of(run, "Did") == "Did      full-queue: More clients than fit"
    assert line_of(run, "With") == "With     backlog=5 (quick); 3.0 s"


def test_a_group_shows_its_size_and_spread(make_run, finding):
    many = finding(3.05, unit="s", spread=[3.04, 3.061], members=4, expected={"at_least": 3}, expected_text="≥ 3")
    assert re.search(
        r"^waited +3\.04 to 3\.061 s ×4 +≥ 3 s +pass$",
        render(make_run(findings={"waited": many}), 100, PLAIN),
        re.MULTILINE,
    )


@pytest.mark.parametrize("width", [50, 100])
def test_a_failure_is_named_in_table_remark_and_last_line(make_run, finding, width):
    wrong = finding(7, "fail", expected=6, expected_text="6", reason="expected 6, measured 7")
    run = make_run(
        "fail", reason="connected: expected 6, measured 7", findings={"connected": wrong, "peak": finding(6)}
    )
    text = render(run, width, PLAIN)
    assert text.count("expected 6, measured 7") == 1
    assert line_of(run, "Fail", width) == "Fail     connected: expected 6, measured 7."
    assert " ".join(text.split()).endswith("FAIL 1 of 2 findings not as expected, 1 as expected")


def test_a_failed_finding_keeps_its_rule(make_run, finding):
    inputs = {"backlog": 5}
    more = {"because": "the limit is five", "inputs": inputs, "reason": "expected 5, measured 6"}
    findings = {"connected": finding(6, because="six fit", inputs=inputs), "limit": finding(6, "fail", **more)}
    assert line_of(make_run("fail", findings=findings), "Why") == "Why      six fit. The limit is five."


def test_a_doubt_is_said_once_with_all_that_it_touches(make_run, finding):
    doubt = "client: 12 packets were lost"
    touched = finding([0.0], "unknown", reason=doubt)
    findings = {"syn_times": touched, "answers": touched, "connected": finding(6)}
    run = make_run(
        "unknown", reason=f"syn_times: {doubt}", findings=findings, doubts=(doubt, "server: the clock jumped")
    )
    text = render(run, 100, PLAIN)
    assert text.count(doubt) == 1
    assert line_of(run, "Unknown") == f"Unknown  syn_times, answers: {doubt}."
    assert line_of(run, "Doubt") == "Doubt    server: the clock jumped (no finding rests on it)."
    assert lines(run)[-1] == "UNKNOWN  2 of 3 findings unknown, 1 as expected"


def test_a_disagreement_of_witnesses_is_told(make_run, finding):
    split = finding(
        6, "unknown", witnesses={"calls": 6, "packets": 5}, reason="the witnesses disagree (calls: 6; packets: 5)"
    )
    run = make_run("unknown", findings={"connected": split})
    assert "they disagree on connected" in line_of(run, "Seen by")


def test_a_skipped_run_says_why_and_shows_nothing_more(make_run):
    run = make_run(
        "skip",
        reason="server: this kernel does not have net.ipv4.tcp_none",
        findings={},
        packets={},
        yours=("ss -ltn",),
    )
    assert line_of(run, "Skipped") == "Skipped  server: this kernel does not have net.ipv4.tcp_none."
    assert not any(line.startswith(("Seen by", "Yours")) for line in lines(run))
    assert lines(run)[-1] == "SKIP"


def test_an_error_before_anything_was_seen(make_run):
    hosts = {"server": HostFacts("host"), "client": HostFacts("host")}
    run = make_run("error", reason="the box ended with status 1", hosts=hosts, findings={}, seconds={}, packets={})
    assert lines(run)[0] == "kernel not seen (image host), netns lab, IPv4"
    assert line_of(run, "With") == "With     backlog=5 (quick)"
    assert line_of(run, "Error") == "Error    The box ended with status 1."
    assert lines(run)[-1] == "ERROR"


def test_a_run_without_hosts_can_be_shown(make_run):
    assert lines(make_run("error", reason="died", hosts={}, findings={}))[0].startswith("no host was seen")


def test_a_finding_without_expectation_has_no_verdict_and_is_not_counted(make_run, finding):
    run = make_run(findings={"connected": finding(6), "drops": finding(8, None, expected=None, expected_text="")})
    assert re.search(r"^drops +8 +–$", render(run, 100, PLAIN), re.MULTILINE)
    assert lines(run)[-1] == "PASS     1 of 1 findings as expected, 1 without expectation"


@pytest.mark.parametrize(
    ("packets", "said"),
    [
        (
            {"server": {"captured": 40, "lost": 0}, "client": {"captured": 2, "lost": 3}},
            "42 packets captured on server and client, 3 lost.",
        ),
        ({"server": {"captured": 40, "lost": None}}, "40 packets captured on server, an unknown number lost."),
        ({}, "No packets were captured."),
    ],
)
def test_packets_captured_and_lost(make_run, packets, said):
    assert paragraph_of(make_run(packets=packets), "Seen by").endswith(said)


def test_how_many_findings_more_than_one_witness_saw(make_run, finding):
    several = finding(6, witnesses={"packets": 6, "packets on client": 6, "TCP_INFO": 6})
    findings = {"connected": several, "error": finding("ok", witnesses={"calls": "ok"})}
    said = line_of(make_run(findings=findings), "Seen by")
    assert said.startswith(
        "Seen by  packets, TCP_INFO, calls; more than one of them saw 1 of 2 findings, and they agree."
    )


def claim(says, agrees, differs=None):
    return ClaimResult(None, agrees, says, "somewhere", differs)


def paragraph_of(run, label):
    """A paragraph's text on one line."""
    found = re.search(rf"^{label} +(.*(?:\n {{9}}.*)*)", render(run, 100, PLAIN), re.MULTILINE)
    return " ".join(found[1].split()) if found else None


def test_the_article_is_compared_claim_by_claim(make_run):
    claims = {
        "connected": claim("the queue holds 5", agrees=False, differs="Linux admits one more"),
        "error": claim("connect gets ETIMEDOUT", agrees=True),
        "connected (2)": claim("Linux: nobody is refused", agrees=True),
        "uncheckable 1": claim("the server only delays", agrees=None, differs="nobody accepts"),
    }
    said = paragraph_of(make_run(claims={"article-macos": claims}), "Article")
    assert said == (
        "Seen on macOS, and here too: connect gets ETIMEDOUT. Said of Linux, and here too: nobody is refused. "
        "Seen on macOS, not here: the queue holds 5 – here connected is 6: Linux admits one more."
    )


def test_claims_that_nobody_checked_are_not_shown(make_run):
    run = make_run(claims={"article-macos": {"uncheckable 1": claim("it delays", agrees=None)}})
    assert paragraph_of(run, "Article") is None


def test_other_references_take_one_line(make_run):
    claims = {
        "xnu": {"a": claim("x", agrees=True), "b": claim("y", agrees=False)},
        "freebsd": {"a": claim("z", agrees=False)},
    }
    assert paragraph_of(make_run(claims=claims), "Others") == "claims that hold here: xnu 1 of 2, freebsd 0 of 1"


def test_commands_for_the_reader_stay_whole_and_their_comments_comments(make_run):
    command = (
        "ss -ltn                            # a listener's Recv-Q is its accept queue, Send-Q the queue's limit"
    )
    run = make_run(yours=(command, "nstat -az"))
    assert line_of(run, "Yours", 120) == f"Yours    {command}"
    assert line_of(run, "Yours", 100).startswith("Yours    ss -ltn  # a listener's")
    narrow = lines(run, 60)
    at = narrow.index("Yours    ss -ltn")
    assert all(line.strip().startswith("#") for line in narrow[at + 1 : at + 3])
    assert "         nstat -az" in narrow


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal(stored, make_run, finding, width):
    long = finding(
        "x" * 4000,
        "fail",
        expected_text="SYN, SYN,ACK, ACK, FIN,ACK " * 20,
        reason="measured " + "a lot " * 80,
        witnesses={"packets on client": 1},
    )
    wordy = make_run(
        "fail", title="a word " * 40, findings={"a_finding_with_a_long_name": long, "b": finding(None)}
    )
    for run in (stored, wordy):
        for line in lines(run, width):
            assert columns(line) <= width or " " not in line.removeprefix("Evidence").strip(), line


@pytest.mark.parametrize("width", [10, 40])
def test_forty_columns_are_the_least(make_run, width):
    assert render(make_run(), width, PLAIN) == render(make_run(), 40, PLAIN)


def test_a_real_run_fits_one_screen(stored):
    assert len(lines(stored)) <= 40


HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\x9b"


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_that_a_host_or_file_says_acts_on_the_terminal(make_run, finding, width):
    bad = finding(
        HOSTILE,
        "fail",
        expected_text=HOSTILE,
        reason=HOSTILE,
        because=HOSTILE,
        witnesses={HOSTILE: HOSTILE, "calls": HOSTILE},
    )
    run = make_run(
        "fail",
        title=HOSTILE,
        reason=HOSTILE,
        experiment=HOSTILE,
        mode=HOSTILE,
        parameters={HOSTILE: HOSTILE},
        hosts={HOSTILE: HostFacts(HOSTILE, HOSTILE, HOSTILE)},
        lab=HOSTILE,
        folder=HOSTILE,
        findings={HOSTILE: bad},
        claims={
            "article-" + HOSTILE: {HOSTILE: claim(HOSTILE, agrees=False, differs=HOSTILE)},
            HOSTILE: {HOSTILE: claim(HOSTILE, agrees=True)},
        },
        packets={HOSTILE: {"captured": 1, "lost": 0}},
        notes=(HOSTILE,),
        yours=(HOSTILE,),
        doubts=(HOSTILE + "!",),
    )
    assert set(render(run, width, PLAIN)) & set("\x1b\x07\r\x9b") == set()


def test_data_with_line_ends_stays_in_its_row(make_run, finding):
    text = render(make_run(findings={"heard": finding("one\ntwo\n" * 500, expected_text="")}), 100, PLAIN)
    assert "one\\ntwo" in text
    assert len(text.splitlines()) < 30


@pytest.mark.parametrize("verdict", list(Verdict))
def test_colours_change_no_text(stored, verdict):
    values = {**stored.to_json(), "verdict": verdict}
    run = RunResult.from_json(values)
    coloured = render(run, 100, Style(colours=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == render(run, 100, PLAIN)
